"""The pieces that the expressions share. The operator's names are its own (docs/metrics.md)."""

RELEASE = "namespace, name"
"""What names an AddonRelease. Aggregating over it hides which replica of the operator leads."""

_JOB = 'job=~"$job"'
_ADDON = 'addon=~"$addon"'
_RELEASES = f'{_JOB}, namespace=~"$namespace", {_ADDON}'


def release(metric: str, *matchers: str) -> str:
    """A metric of releases, those that the dashboard's variables select."""
    return f"addon_updater_{metric}{{{', '.join((_RELEASES, *matchers))}}}"


def addon(metric: str, *matchers: str) -> str:
    """A metric that knows addons and no releases."""
    return f"addon_updater_{metric}{{{', '.join((_JOB, _ADDON, *matchers))}}}"


def own(metric: str, *matchers: str) -> str:
    """A metric of the operator's own processes, with its full name."""
    return f"{metric}{{{', '.join((_JOB, *matchers))}}}"


def count(vector: str) -> str:
    """How many releases the vector has; 0, and not nothing, when there is none."""
    return f"count(max by ({RELEASE}) ({vector})) or vector(0)"


def per_release(vector: str, *labels: str) -> str:
    """One series for each release and value of the labels."""
    return f"max by ({', '.join((RELEASE, *labels))}) ({vector})"
