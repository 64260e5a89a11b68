"""What must hold of every switch of the workload, forward and back: S2, S3, S4 and S7."""

from __future__ import annotations

from addon_updater.api.versions import Version
from addon_updater.catalog import AddonEntryIndex, Standing
from addon_updater.rollout.actions import ApplyWorkload
from addon_updater.rollout.revision import Result
from unit.rollout.reading_deeds import approvals, attempt_of, live_image, target_of, was_reset
from unit.rollout.scenes import Scene
from unit.rollout.world import Deed


def safe_in_any_case(deed: Deed) -> None:
    """S4: nothing is switched to a configuration that is not there.

    kubeadm once pointed CoreDNS at a key that it had not written yet: https://github.com/kubernetes/kubernetes/issues/88811
    """
    assert isinstance(deed.action, ApplyWorkload)
    assert deed.observed.config is not None
    for volume in deed.action.body["spec"]["template"]["spec"].get("volumes", ()):
        keys = {item["key"] for item in volume["configMap"]["items"]}
        assert keys <= deed.observed.config.data.keys(), f"{keys} are not all there"


def safe_forward(deed: Deed, scene: Scene) -> None:
    """A switch to a new revision."""
    entry = scene.catalog.addon(scene.name)
    assert entry is not None
    compatible(deed, entry)
    only_upward(deed)
    over_no_stop(deed, entry)
    not_in_quarantine(deed)
    backed_up(deed)
    prepared(deed, scene)


def safe_on_the_way_back(deed: Deed, scene: Scene) -> None:  # noqa: ARG001 - as of its counterpart
    """S3: to the recorded version alone, and only a person goes back to one that cannot read the data.

    A new image that never ran has written none.
    """
    failed = attempt_of(deed)
    assert failed.attempt is not None
    assert failed.decision is not None
    assert target_of(deed).name == failed.attempt.previous
    assert not failed.attempt.one_way or failed.decision.reason in {"RollbackRequested", "ImagePullFailed"}


def compatible(deed: Deed, entry: AddonEntryIndex) -> None:
    """S2: settled, and the version runs on what every server answered, as far as it was known."""
    minors = deed.observed.minors
    assert minors is not None
    assert minors.is_settled
    version = Version.parse(target_of(deed).content.version)
    for minor in minors.required:
        assert entry.evidence(version, minor).standing >= Standing.ASSUMED


def only_upward(deed: Deed) -> None:
    """S3: no automatic downgrade; one whose plan somebody has approved is no automatic one."""
    attempt = target_of(deed).attempt
    assert attempt is not None
    if attempt.plan in approvals(deed):
        return
    assert _running(deed) <= Version.parse(target_of(deed).content.image.rpartition(":")[2])


def over_no_stop(deed: Deed, entry: AddonEntryIndex) -> None:
    """S3: a required stop is made and not jumped over."""
    start, end = _running(deed), Version.parse(target_of(deed).content.version)
    for stop in entry.stops:
        served = [release.version for release in entry.releases if release.version in stop.at]
        jumped = any(start < version < end for version in served)
        assert not jumped or start in stop.at or end in stop.at, f"{start} to {end} jumps over {stop.data.id}"


def not_in_quarantine(deed: Deed) -> None:
    """S7: nothing that failed here with the same input and on the same minor, unless a person cleared it."""
    content, minors = target_of(deed).content, deed.observed.minors
    hash_ = content.config.input_hash if content.config else ""
    for revision in deed.recorded:
        if (held := revision.quarantine) is None or str(minors and minors.settled) != held.minor:
            continue
        same = (held.version, held.image, held.input_hash) == (content.version, content.image, hash_)
        assert not same or was_reset(deed, revision), f"{held} was tried again"


def backed_up(deed: Deed) -> None:
    """S4: what is live before the switch stands in a revision that can be put back."""
    attempt = target_of(deed).attempt
    assert attempt is not None
    previous = next(r for r in deed.observed.revisions if r.name == attempt.previous)
    assert previous.content.image == live_image(deed.observed)
    assert previous.content.config is not None
    if not deed.tampering:
        assert previous.outcome is not None
        assert previous.outcome.result in {Result.ADOPTED, Result.PROMOTED}


def prepared(deed: Deed, scene: Scene) -> None:
    """S4: nothing is switched before every Job of the attempt has succeeded, nor while it could not be undone."""
    attempt, workload = target_of(deed).attempt, deed.observed.workload
    assert attempt is not None
    assert workload is not None
    done = {job.name for job in deed.observed.tasks if job.succeeded}
    wanted = {"check-config", "backup"} if scene.addon.has_tasks else set()
    assert {f"addon-updater-{task}-{attempt.id}" for task in wanted} <= done
    assert not target_of(deed).content.recreate or workload.strategy == "Recreate"


def _running(deed: Deed) -> Version:
    return Version.parse(live_image(deed.observed).rpartition(":")[2])
