"""AddonCatalogs that the API server must refuse, one wrong field per row."""

from cluster.invalid_objects import CATALOG, MISSING, Invalid


def _catalog(name: str, path: str, value: object, remedy: str, *, field: str) -> Invalid:
    return Invalid(name, CATALOG, f"spec.{path}", value, field, remedy)


INVALID_CATALOGS = (
    _catalog("mode unknown", "mode", "Merge", 'supported values: "Extend", "Replace"', field="spec.mode"),
    _catalog("mode left out", "mode", MISSING, "Required value", field="spec.mode"),
    _catalog("serial left out", "serial", MISSING, "Required value", field="spec.serial"),
    _catalog("serial negative", "serial", -1, "should be greater than or equal to 0", field="spec.serial"),
    _catalog(
        "priority too high", "priority", 5000, "should be less than or equal to 1000", field="spec.priority"
    ),
    _catalog(
        "addon name in capitals", "addons.0.name", "CoreDNS", "should match", field="spec.addons[0].name"
    ),
    _catalog(
        "an addon twice",
        "addons",
        [{"name": "coredns"}, {"name": "coredns"}],
        "Duplicate value",
        field="spec.addons[1]",
    ),
    _catalog(
        "release without its patch",
        "addons.0.releases.0.version",
        "1.12",
        "should match",
        field="spec.addons[0].releases[0].version",
    ),
    _catalog(
        "a release twice",
        "addons.0.releases",
        [{"version": "1.12.1"}, {"version": "1.12.1"}],
        "Duplicate value",
        field="spec.addons[0].releases[1]",
    ),
    _catalog(
        "evidence unknown",
        "addons.0.releases.0.evidence.0.level",
        "Proven",
        'supported values: "Tested", "Declared", "Assumed"',
        field="spec.addons[0].releases[0].evidence[0].level",
    ),
    _catalog(
        "evidence without a source",
        "addons.0.releases.0.evidence.0.source",
        MISSING,
        "Required value",
        field="spec.addons[0].releases[0].evidence[0].source",
    ),
    _catalog(
        "a source that is not https",
        "addons.0.sources.trial.url",
        "http://git.example.com",
        "should match '^https://'",
        field="spec.addons[0].sources.trial.url",
    ),
    _catalog(
        "a minor unquoted in YAML",
        "addons.0.kubernetes.0.minor",
        1.34,
        "must be of type string",
        field="spec.addons[0].kubernetes[0].minor",
    ),
    _catalog(
        "a denial without a reason",
        "addons.0.releases.0.denied",
        {"source": "trial"},
        "Required value",
        field="spec.addons[0].releases[0].denied.reason",
    ),
    _catalog(
        "a digest cut short",
        "addons.0.releases.0.image",
        {"digest": "sha256:abc"},
        "should match",
        field="spec.addons[0].releases[0].image.digest",
    ),
    _catalog(
        "a misspelled field",
        "addons.0.release",
        [],
        "unknown field",
        field="spec.addons[0].release",
    ),
    _catalog(
        "a line without its last day",
        "addons.0.lts.0.until",
        MISSING,
        "Required value",
        field="spec.addons[0].lts[0].until",
    ),
    _catalog(
        "a last day in words",
        "addons.0.lts.0.until",
        "July 2027",
        "write a day as in 2026-03-06",
        field="spec.addons[0].lts[0].until",
    ),
    _catalog(
        "a line twice",
        "addons.0.lts",
        [{"versions": "1.12.x", "until": "2027-07-31", "source": "trial"}] * 2,
        "Duplicate value",
        field="spec.addons[0].lts[1]",
    ),
)
