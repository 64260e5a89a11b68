"""What was found out about a coming minor, release by release and about the nodes, and the report made of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from addon_updater.api.readiness import (
    ADDONS,
    FINDINGS,
    KUBELETS,
    NAMED,
    AddonReadiness,
    ReadinessFinding,
    ReadinessRule,
    ReadinessVerdict,
    UpgradeReadinessStatus,
)
from addon_updater.api.versions import Minor

_LONGEST = 1024
_VERDICTS = {
    ReadinessRule.FITS: ReadinessVerdict.PASSING,
    ReadinessRule.HOPS_FIRST: ReadinessVerdict.WARNING,
    ReadinessRule.KUBELETS_FIRST: ReadinessVerdict.WARNING,
    ReadinessRule.NOT_KNOWN: ReadinessVerdict.UNKNOWN,
    ReadinessRule.NOT_SEEN: ReadinessVerdict.UNKNOWN,
    ReadinessRule.KUBELETS_NOT_SEEN: ReadinessVerdict.UNKNOWN,
    ReadinessRule.NOTHING_FITS_BOTH: ReadinessVerdict.ERROR,
    ReadinessRule.NOTHING_FITS: ReadinessVerdict.ERROR,
}


@dataclass(frozen=True, slots=True)
class Assessment:
    """What was found out about one release, or about nodes."""

    addon: str
    """Key of the addon, or KUBELETS."""
    release: str | None
    """As namespace/name; None: it is about nodes."""
    rule: ReadinessRule
    message: str
    remedy: str = ""
    count: int = 1
    """For how many releases or nodes it holds."""

    @property
    def verdict(self) -> ReadinessVerdict:
        """What that means."""
        return _VERDICTS[self.rule]


def summarize(
    assessments: Iterable[Assessment], settled: Minor, coming: Minor, now: datetime
) -> UpgradeReadinessStatus:
    """The status of the object for the coming minor. The worst finding decides; without a release nothing is known."""
    every = sorted(
        assessments, key=lambda one: (-one.verdict.severity, one.addon, one.rule, one.release or "")
    )
    groups: dict[tuple[ReadinessRule, str], list[Assessment]] = {}
    addons: dict[str, list[Assessment]] = {}
    for one in every:
        addons.setdefault(one.addon, []).append(one)
        if one.verdict is not ReadinessVerdict.PASSING:
            groups.setdefault((one.rule, one.addon), []).append(one)
    return UpgradeReadinessStatus(
        verdict=_worst(every),
        message=_sentence(every, coming),
        observed_kubernetes_minor=str(settled),
        observed_at=now,
        addons=[
            AddonReadiness(
                addon=name,
                verdict=found[0].verdict,
                releases=sum(one.release is not None for one in found),
            )
            for name, found in sorted(list(addons.items())[:ADDONS])
        ],
        findings=[_finding(found) for found in groups.values()][:FINDINGS],
    )


def _worst(every: Sequence[Assessment]) -> ReadinessVerdict:
    """The worst verdict of all, sorted already; at best Unknown where no release is governed."""
    worst = every[0].verdict if every else ReadinessVerdict.UNKNOWN
    if any(one.release is not None for one in every):
        return worst
    return max(worst, ReadinessVerdict.UNKNOWN, key=lambda verdict: verdict.severity)


def _finding(found: Sequence[Assessment]) -> ReadinessFinding:
    first = found[0]
    return ReadinessFinding(
        rule=first.rule,
        addon=first.addon,
        verdict=first.verdict,
        count=sum(one.count for one in found),
        message=_cut(first.message),
        remedy=_cut(first.remedy),
        releases=[one.release for one in found if one.release is not None][:NAMED],
    )


def _sentence(every: Sequence[Assessment], coming: Minor) -> str:
    releases = [one for one in every if one.release is not None]
    nodes = next((one.verdict for one in every if one.addon == KUBELETS), None)
    kubelets = f"; kubelets: {nodes}" if nodes is not None else ""
    if not releases:
        return f"no AddonRelease exists, so nothing is known{kubelets}"
    counts = [
        f"{number} {verdict}"
        for verdict in reversed(ReadinessVerdict)
        if (number := sum(one.verdict is verdict for one in releases))
    ]
    return f"Kubernetes {coming}, by release: {', '.join(counts)}{kubelets}"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
