"""Asks the operator's own decision about a cluster that is made up: one settled minor, one workload at rest.

The workload has the addon's usual name and upstream's image, and no configuration. What depends on more than that is
named as not looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from addon_updater.addons.data_only import DataOnly
from addon_updater.api.release_status import PlanStatus, SecurityStatus
from addon_updater.api.versions import Version
from addon_updater.catalog import AddonEntryIndex, Catalog, in_clusters_of
from addon_updater.cli.offline.question import Question
from addon_updater.errors import UsageError
from addon_updater.reasons import Reason
from addon_updater.resolve import Candidate, ClusterMinors, Hop, Resolution, Verdict, threats
from addon_updater.resolve.nodes import ClusterFacts
from addon_updater.resolve.vendor import Recognition
from addon_updater.rollout.breaking import rule
from addon_updater.rollout.decision import Decision
from addon_updater.rollout.engine import decide
from addon_updater.rollout.flaws import open_flaws
from addon_updater.rollout.observed import NOTHING, Release
from addon_updater.rollout.plan import Plan
from addon_updater.rollout.revision import BASELINE_ANNOTATION, Result, Revision
from addon_updater.rollout.revision import Verdict as Ending
from addon_updater.rollout.situation import Situation
from addon_updater.rollout.status import project, security_status
from addon_updater.rollout.workload import Workload, read_workload

NOT_LOOKED_AT = (
    "the workload: no configuration, flag or volume is read, so there are no findings about one and no plan hash",
    "what happened there: quarantines, approvals, running updates and other AddonReleases",
    "windows, freezes, limits and allowed repositories of the release and of the operator's settings",
    "the API servers: all of them are taken to have settled on the minor that was given",
)
_NO_HASH = "0" * 16


@dataclass(frozen=True, slots=True)
class Answer:
    """What the operator would choose and by which way."""

    question: Question
    entry: AddonEntryIndex
    resolution: Resolution
    hops: tuple[Hop, ...]
    """The way to the target; where only an older version fits, the way back to it."""
    plan: PlanStatus
    """The same hops with what the policy says about each."""
    meanwhile: PlanStatus | None
    """A smaller update that starts while the way to the target is held back."""
    blocked: str | None
    """Why the next hop could not be planned, as for a vendor's own build; None when it can."""
    security: list[SecurityStatus]
    """The known flaws of the current version that some configuration opens, and what of the way ends each."""

    @property
    def told(self) -> tuple[Candidate, ...]:
        """The verdicts worth telling: from the current version on, and whatever else would be taken."""
        current, also = self.question.current, {hop.to for hop in self.hops}
        return tuple(
            one
            for one in self.resolution.candidates
            if one.version >= current or one.version in also or one.verdict is Verdict.TARGET
        )


def answer(question: Question, catalog: Catalog, now: datetime) -> Answer:
    """Decide as the operator would.

    Raises:
        UsageError: the catalog knows no such addon.
    """
    entry = catalog.addon(question.spec.addon)
    if entry is None:
        known = ", ".join(catalog.addons)
        raise UsageError(f"--addon: the catalog has no addon {question.spec.addon!r}; it knows {known}")
    entry = in_clusters_of(question.vendor, entry)
    addon, release = DataOnly(entry.name), _release(question, entry, now)
    workload = _workload(question, entry)
    live = addon.read(workload, entry.target.container, None)
    adopted = Revision(
        name="current",
        number=0,
        resource_version="0",
        content=live,
        outcome=Ending("Adopted", "", now, Result.ADOPTED),
        annotations={BASELINE_ANNOTATION: str(question.baseline)},
    )
    minors = ClusterMinors(servers=frozenset({question.minor}), settled=question.minor)
    cluster = ClusterFacts(Recognition(question.vendor, "--vendor"), None)
    observed = replace(NOTHING, minors=minors, workload=workload, revisions=(adopted,), cluster=cluster)
    decision = decide(release, observed, catalog, DataOnly, now)
    if decision.resolution is None:
        raise AssertionError("a made-up workload is always there and readable")
    situation = Situation(release, observed, addon, workload, live, now)
    return _answer(question, entry, decision, decision.resolution, situation)


def _answer(
    question: Question,
    entry: AddonEntryIndex,
    decision: Decision,
    resolution: Resolution,
    situation: Situation,
) -> Answer:
    planned = decision.plan.hops if decision.plan is not None else ()
    hops = resolution.hops or planned
    is_smaller = bool(planned) and planned != hops
    return Answer(
        question=question,
        entry=entry,
        resolution=resolution,
        hops=hops,
        plan=_ruled(situation, decision, resolution, hops),
        meanwhile=_ruled(situation, decision, resolution, planned) if is_smaller else None,
        blocked=decision.update.message if decision.update.reason == Reason.BLOCKED else None,
        security=_security(entry, resolution, situation, hops),
    )


def _security(
    entry: AddonEntryIndex, resolution: Resolution, situation: Situation, hops: tuple[Hop, ...]
) -> list[SecurityStatus]:
    """Nobody has looked at the configuration, so whatever one can open counts."""
    installed = Version.parse(situation.live.version)
    exposures = situation.addon.exposures(situation.workload, situation.live)
    found, way = threats(entry, installed, exposures), [hop.to for hop in hops]
    return security_status(open_flaws(found, way, installed=installed, addon=entry, resolution=resolution))


def _ruled(
    situation: Situation, decision: Decision, resolution: Resolution, hops: tuple[Hop, ...]
) -> PlanStatus:
    """The hops with what the policy says about each, as the status tells them."""
    rulings = tuple(rule(situation, resolution, hop, approved=False, window_open=True) for hop in hops)
    plan = Plan(hops, situation.live, (), "", _NO_HASH)
    ruled = decision.but(plan=plan, rulings=rulings)
    told = project(situation.release, situation.observed, ruled, (), situation.now).plan
    if told is None:
        raise AssertionError("a decision with a plan is told with it")
    return told


def usual_image(entry: AddonEntryIndex, version: Version) -> str:
    """The image of a version in the addon's reference repository, whether or not the catalog knows the version."""
    tag = entry.image.tag.replace("{version}", str(version).replace("+", "-"))
    return f"{entry.image.repository}:{tag}"


def _release(question: Question, entry: AddonEntryIndex, now: datetime) -> Release:
    return Release(
        name=entry.name,
        namespace="offline",
        uid="",
        generation=1,
        created_at=now,
        annotations={},
        spec=question.spec,
    )


def _workload(question: Question, entry: AddonEntryIndex) -> Workload:
    container = {"name": entry.target.container, "image": usual_image(entry, question.current)}
    metadata: dict[str, Any] = {
        "name": entry.target.name,
        "namespace": "offline",
        "uid": "offline",
        "resourceVersion": "0",
    }
    spec = {"template": {"spec": {"containers": [container]}}}
    return read_workload({"kind": entry.target.kind, "metadata": metadata, "spec": spec})
