"""The safety properties of the design, asserted on everything that the operator wrote in a World.

They are written down a second time here, without the engine's own words, from what it saw when it wrote.
"""

from __future__ import annotations

import json
import re
from collections import Counter

from addon_updater.api.versions import Minor, Version
from addon_updater.catalog import Standing
from addon_updater.rollout.actions import ApplyWorkload, DeleteStuckPod, RecordRevision, WriteConfig
from addon_updater.rollout.content import text_hash
from addon_updater.rollout.observed import Observed
from addon_updater.rollout.revision import (
    ATTEMPT_ANNOTATION,
    BASELINE_ANNOTATION,
    REVISION_ANNOTATION,
    Result,
    Revision,
)
from addon_updater.rollout.situation import APPROVE_ANNOTATION, RESET_ANNOTATION
from unit.rollout.apiserver import Path, Write
from unit.rollout.scenes import Scene
from unit.rollout.world import Deed, World

_OURS = (
    re.compile(r'f:spec f:template f:spec f:containers k:\{"name":"(coredns|ledger)"\} f:(image|args)'),
    re.compile(
        r'f:spec f:template f:spec f:volumes k:\{"name":"(config-volume|config)"\} f:configMap f:items'
    ),
    re.compile(r"f:spec f:minReadySeconds"),
    re.compile(r"f:spec f:strategy( f:type| f:rollingUpdate.*)?"),
    re.compile(r"f:metadata f:(labels|annotations) f:addon-updater\.dev/.+"),
)
_OUR_NAMES = {
    "Deployment": re.compile("coredns|ledger"),
    "StatefulSet": re.compile("ledger"),
    "ConfigMap": re.compile("coredns|ledger"),
    "ControllerRevision": re.compile(r"addon-updater-(dns|books)-\d+-[0-9a-f]{10}"),
    "Pod": re.compile(r"addon-updater-rehearsal-[0-9a-f]{10}|ledger-\d"),
    "Job": re.compile(r"addon-updater-(check-config|backup)-[0-9a-f]{10}"),
}


def assert_safe(world: World) -> None:
    """S1 to S4 and S6 to S9; S5 is what the preconditions and the Lease are tested for."""
    applies = [deed for deed in world.deeds if isinstance(deed.action, ApplyWorkload)]
    no_flip_flop(applies)
    for deed in applies:
        if is_forward(deed):
            compatible(deed, world.scene)
            only_upward(deed)
            not_in_quarantine(deed)
            backed_up(deed)
            prepared(deed, world.scene)
        else:
            readable(deed)
    for deed in world.deeds:
        if isinstance(deed.action, WriteConfig):
            keeps_configuration(deed, world.scene.key)
        if isinstance(deed.action, RecordRevision) and ATTEMPT_ANNOTATION in deed.action.annotations:
            started_in_time(deed)
            breaks_with_a_minor_only(deed, world.scene)
        if isinstance(deed.action, DeleteStuckPod):
            stuck_on_the_way_back(deed, deed.action)
    for write in world.writes:
        listed(write)


def assert_served(world: World) -> None:
    """S6: never fewer pods served than the rollout strategy allows."""
    assert_safe(world)
    assert not world.controller.lost


def target_of(deed: Deed) -> Revision:
    """The revision that an apply switches to."""
    assert isinstance(deed.action, ApplyWorkload)
    name = deed.action.body["metadata"]["annotations"][REVISION_ANNOTATION]
    return next(revision for revision in deed.observed.revisions if revision.name == name)


def is_forward(deed: Deed) -> bool:
    """Whether the apply switches to the revision that its attempt leads to."""
    return target_of(deed).is_open


def no_flip_flop(applies: list[Deed]) -> None:
    """S1: at most one way back in an attempt, and no content twice without an input in between."""
    forward = Counter(target_of(deed).name for deed in applies if is_forward(deed))
    assert max(forward.values(), default=0) <= 1, forward
    back = Counter(
        deed.action.body["metadata"]["annotations"]["addon-updater.dev/attempt"]
        for deed in applies
        if isinstance(deed.action, ApplyWorkload) and not is_forward(deed)
    )
    assert max(back.values(), default=0) <= 1, back
    contents = Counter(
        (deed.epoch, revision.content.image, revision.content.config and revision.content.config.text)
        for deed in applies
        if is_forward(deed) and (revision := target_of(deed))
    )
    assert max(contents.values(), default=0) <= 1, contents


def compatible(deed: Deed, scene: Scene) -> None:
    """S2: settled, and the version runs on what every server answers."""
    minors, entry = deed.observed.minors, scene.catalog.addon(scene.name)
    assert minors is not None
    assert entry is not None
    assert minors.is_settled
    version = Version.parse(target_of(deed).content.version)
    for minor in minors.required:
        assert entry.evidence(version, minor).standing >= Standing.ASSUMED


def only_upward(deed: Deed) -> None:
    """S3: no automatic downgrade; one whose plan somebody has approved is no automatic one."""
    attempt = target_of(deed).attempt
    assert attempt is not None
    if attempt.plan in _approvals(deed):
        return
    before, after = _live_image(deed.observed), target_of(deed).content.image
    assert Version.parse(before.rpartition(":")[2]) <= Version.parse(after.rpartition(":")[2])


def not_in_quarantine(deed: Deed) -> None:
    """S7: nothing that failed here with the same input and on the same minor, unless a person cleared it."""
    content, minors = target_of(deed).content, deed.observed.minors
    hash_ = content.config.input_hash if content.config else ""
    for revision in deed.observed.revisions:
        if (held := revision.quarantine) is None or str(minors and minors.settled) != held.minor:
            continue
        same = (held.version, held.image, held.input_hash) == (content.version, content.image, hash_)
        assert not same or _was_reset(deed, revision), f"{held} was tried again"


def backed_up(deed: Deed) -> None:
    """S4: what is live before the switch stands in a revision that can be put back."""
    attempt = target_of(deed).attempt
    assert attempt is not None
    previous = next(r for r in deed.observed.revisions if r.name == attempt.previous)
    assert previous.outcome is not None
    assert previous.outcome.result in {Result.ADOPTED, Result.PROMOTED}
    assert previous.content.image == _live_image(deed.observed)
    assert previous.content.config is not None


def prepared(deed: Deed, scene: Scene) -> None:
    """Nothing is switched before every Job of the attempt has succeeded, nor while it could not be undone."""
    attempt, workload = target_of(deed).attempt, deed.observed.workload
    assert attempt is not None
    assert workload is not None
    done = {job.name for job in deed.observed.tasks if job.succeeded}
    wanted = {"check-config", "backup"} if scene.addon.has_tasks else set()
    assert {f"addon-updater-{task}-{attempt.id}" for task in wanted} <= done
    assert not target_of(deed).content.recreate or workload.strategy == "Recreate"


def readable(deed: Deed) -> None:
    """Nobody but a person goes back to a version that cannot read the data; a new image that never ran wrote none."""
    target = next(one for one in reversed(deed.observed.revisions) if one.is_open)
    assert target.attempt is not None
    assert target.decision is not None
    assert not target.attempt.one_way or target.decision.reason in {"RollbackRequested", "ImagePullFailed"}


def started_in_time(deed: Deed) -> None:
    """Nothing starts while it is frozen or suspended."""
    freeze = deed.observed.settings.freeze
    assert freeze is None or (freeze.until is not None and deed.at >= freeze.until)
    assert not deed.release.spec.suspend


def breaks_with_a_minor_only(deed: Deed, scene: Scene) -> None:
    """No breaking hop starts while the baseline is closed, unless somebody allows, approves or prepares for it.

    What runs on a server of today no more is let go as well.
    """
    assert isinstance(deed.action, RecordRevision)
    entry, minors, policy = scene.catalog.addon(scene.name), deed.observed.minors, deed.release.spec.policy
    assert entry is not None
    assert minors is not None
    assert policy is not None
    start = Version.parse(_live_image(deed.observed).rpartition(":")[2])
    end = Version.parse(deed.action.content.version)
    crossed = [one.version for one in entry.releases if one.data.breaking and start < one.version <= end]
    unfit = any(entry.evidence(start, minor).standing < Standing.ASSUMED for minor in minors.servers)
    if not crossed or policy.breaking_changes == "Allow" or unfit or deed.release.spec.prepare_for:
        return
    attempt = json.loads(deed.action.annotations[ATTEMPT_ANNOTATION])
    previous = next(one for one in deed.observed.revisions if one.name == attempt["previous"])
    baseline = Minor.parse(previous.annotations[BASELINE_ANNOTATION])
    assert attempt["plan"] in _approvals(deed) or (minors.settled is not None and minors.settled > baseline)


def stuck_on_the_way_back(deed: Deed, action: DeleteStuckPod) -> None:
    """Only a pod that is not ready, of an attempt that goes back and has put the old template back."""
    pod = next(one for one in deed.observed.pods if (one.name, one.uid) == (action.name, action.uid))
    target = next(one for one in reversed(deed.observed.revisions) if one.is_open)
    assert not pod.is_ready
    assert target.decision is not None
    assert pod.runs(target.content)
    assert _live_image(deed.observed) != target.content.image


def keeps_configuration(deed: Deed, own: str) -> None:
    """S4: the people's key never vanishes, is never overwritten but by what was made from it; pods see no edit."""
    assert isinstance(deed.action, WriteConfig)
    config, workload = deed.observed.config, deed.observed.workload
    assert config is not None
    assert workload is not None
    volume = workload.template["spec"]["volumes"][0]["configMap"]
    mounted = {item["key"] for item in volume.get("items", [])}
    for key, text in deed.action.data.items():
        assert key == own or re.fullmatch(rf"{own}-[0-9a-f]{{12}}", key)
        assert key not in mounted or key not in config.data, f"the running pods mount {key}"
        if key == own:
            assert text
            made_from = {
                r.content.config.input_hash
                for r in deed.observed.revisions
                if r.content.config is not None and r.content.config.text == text
            }
            ours = {r.content.config.text for r in deed.observed.revisions if r.content.config is not None}
            before = config.data.get(key, text)
            assert before in ours or text_hash(before) in made_from


def listed(write: Write) -> None:
    """S8: only listed objects, and of them only listed fields."""
    assert _OUR_NAMES[write.kind].fullmatch(write.name), write
    if write.kind in {"Deployment", "StatefulSet"}:
        assert write.verb in {"patch", "apply"}
        for path in write.changed:
            assert _is_ours(path), path
    if write.kind == "ConfigMap":
        assert write.verb == "patch"
        assert all(path[0] == "f:data" for path in write.changed)


def _approvals(deed: Deed) -> set[str | None]:
    """The plans that a person had approved by then."""
    return {*(deed.release.spec.approved_plans or ()), deed.release.annotations.get(APPROVE_ANNOTATION)}


def _is_ours(path: Path) -> bool:
    return any(pattern.fullmatch(" ".join(path)) for pattern in _OURS)


def _live_image(observed: Observed) -> str:
    assert observed.workload is not None
    return str(observed.workload.template["spec"]["containers"][0]["image"])


def _was_reset(deed: Deed, revision: Revision) -> bool:
    """Whether the release was cleared after that failure; the operator compares the times itself."""
    reset_at = deed.release.annotations.get(RESET_ANNOTATION)
    return (
        revision.quarantine is not None
        and reset_at is not None
        and reset_at >= revision.quarantine.at.isoformat()
    )
