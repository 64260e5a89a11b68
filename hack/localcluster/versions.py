"""Kubernetes minors the node can speak.

One build of Kubernetes serves several minors through `--emulated-version` (KEP-4330). The range below was
tried with the pinned build; the API server refuses anything outside it.
"""

import re

from localcluster.errors import UsageError

BUILD = "1.37.2"
MINORS = ("1.34", "1.35", "1.36", "1.37")
DEFAULT_MINOR = "1.34"

KUBEADM_COREDNS = {"1.32": "1.11.3", "1.34": "1.12.1", "1.35": "1.13.1"}
"""What kubeadm deploys on a minor; source: cmd/kubeadm/app/constants of each release branch."""

_MINOR = re.compile(r"v?(1\.\d{1,3})(?:\.\d+)?")


def parse_minor(text: str) -> str:
    """Read `1.34`, `v1.34` or `1.34.2` as the minor `1.34`.

    Raises:
        UsageError: the text is no version, or a minor that this build does not emulate.
    """
    match = _MINOR.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"kubernetes: {text!r} is not a minor such as 1.34")
    if match[1] not in MINORS:
        raise UsageError(
            f"kubernetes: {match[1]} is not served by this build ({BUILD}); choose one of {', '.join(MINORS)}"
        )
    return match[1]


def upgrade_path(current: str, target: str | None) -> tuple[str, ...]:
    """The minors to pass through, target included; without a target, the next one.

    A control plane moves one minor at a time (Kubernetes version skew policy), so none is skipped.

    Raises:
        UsageError: the target is not ahead of the current minor.
    """
    start = MINORS.index(parse_minor(current))
    if target is None:
        if start + 1 == len(MINORS):
            raise UsageError(f"kubernetes: {current} is the newest minor of this build ({BUILD})")
        return (MINORS[start + 1],)
    end = MINORS.index(parse_minor(target))
    if end <= start:
        raise UsageError(
            f"kubernetes: {target} is not ahead of the running {current}; start a new node for it"
        )
    return MINORS[start + 1 : end + 1]
