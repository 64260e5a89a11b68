"""Whether what runs now could be put back: said before the update, while there is still time to do something about it.

The running pods prove that their image can be had where they run. What nobody can tell from here is whether another
node could pull it; docs/preflight.md says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from addon_updater.api.release import ExternalBackup
from addon_updater.api.versions import Version
from addon_updater.catalog import AddonEntryIndex, Standing
from addon_updater.resolve import Hop
from addon_updater.rollout.finding import Finding, Severity
from addon_updater.rollout.rules import Rule
from addon_updater.rollout.situation import Situation

_ALWAYS = "Always"


def way_back_findings(situation: Situation, hop: Hop | None, entry: AddonEntryIndex) -> Iterator[Finding]:
    """What stands between a failed update and the version that runs."""
    yield from _target(situation, entry)
    yield from _image(situation)
    if hop is not None and not hop.reversible:
        yield _one_way(situation, hop)


def needs_consent(situation: Situation, hop: Hop | None) -> bool:
    """Whether nothing but a person's word can make up for the lack of a way back.

    An addon that keeps backups where they are needed speaks for itself. One that knows nothing about its data does not:
    there somebody has to say that a backup is taken care of.
    """
    if hop is None or hop.reversible or situation.addon.has_tasks:
        return False
    backup = situation.release.spec.backup
    database = backup.database if backup is not None else None
    return database is None or database.external is not ExternalBackup.ACKNOWLEDGED


def _target(situation: Situation, entry: AddonEntryIndex) -> Iterator[Finding]:
    version, minors = Version.parse(situation.live.version), situation.observed.minors
    judgements = [entry.evidence(version, minor) for minor in (minors.required if minors else ())]
    weakest = min(judgements, key=lambda one: one.standing, default=None)
    if weakest is None or weakest.standing >= Standing.ASSUMED:
        return
    known = "does not fit" if weakest.standing is Standing.REFUSED else "is not known to fit"
    yield Finding(
        Rule.ROLLBACK_TARGET_UNFIT,
        Severity.WARN,
        f"{situation.live.version}, which a failed update puts back, {known}: {weakest.message}",
        "watch the update: going back leads to what runs now, and to nothing better",
    )


def _image(situation: Situation) -> Iterator[Finding]:
    workload, image = situation.workload, situation.live.image
    if workload.replicas == 0 or workload.unrolled is not None or not workload.is_rolled_out:
        return
    container = workload.container(situation.live.container) or {}
    running = [pod for pod in situation.observed.pods if not pod.is_deleting and pod.may_have_run]
    # A look that shows no pod at all is older than the status beside it; the next one tells.
    if running and not any(pod.runs(situation.live) for pod in running):
        names = {
            one["image"]
            for pod in running
            for one in pod.spec.get("containers") or ()
            if one["name"] == situation.live.container
        }
        yield Finding(
            Rule.ROLLBACK_IMAGE_UNPROVEN,
            Severity.BLOCK,
            f"no pod of {workload.name} runs {image} as the workload has it (they run {', '.join(sorted(names))}), "
            "so nobody knows whether it could be put back",
            "let the pods run what the workload says: an admission webhook that changes images of pods must change "
            "those of the workload as well",
        )
    elif container.get("imagePullPolicy") == _ALWAYS:
        yield Finding(
            Rule.ROLLBACK_IMAGE_ASKED_FOR,
            Severity.INFO,
            f"imagePullPolicy Always: on the way back each pod asks the registry for {image}, and whether that still has "
            "it nobody has tried",
            "keep the image in your registry, or set imagePullPolicy: IfNotPresent",
        )


def _one_way(situation: Situation, hop: Hop) -> Finding:
    if needs_consent(situation, hop):
        remedy = (
            "back its data up, then approve the plan, or set spec.backup.database.external: Acknowledged; it does not "
            "start without either"
        )
    else:
        remedy = "nothing before the update; if its gates fail, the status names the backup and both ways out"
    return Finding(
        Rule.ONE_WAY_HOP,
        Severity.WARN,
        f"{hop.start} cannot read what {hop.to} writes (only {hop.floor} and later can): a failed update does not go back "
        "by itself",
        remedy,
    )
