"""Releases with a past: ControllerRevisions as the operator writes them, and the workload that goes with them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from addon_updater.addons import addon_named
from addon_updater.cluster import paths
from addon_updater.rollout.content import Content
from addon_updater.rollout.revision import (
    ATTEMPT_ANNOTATION,
    BASELINE_ANNOTATION,
    DECISION_ANNOTATION,
    OUTCOME_ANNOTATION,
    QUARANTINE_ANNOTATION,
    RELEASE_LABEL,
    REVISION_ANNOTATION,
    Attempt,
    Quarantine,
    Result,
    Verdict,
    attempt_json,
    quarantine_json,
    revision_manifest,
    verdict_json,
)
from addon_updater.rollout.workload import read_config_map, read_workload
from unit.cli import examples

EARLIER = datetime.fromisoformat("2026-02-01T00:00:00+00:00")
PLAN = "fedcba9876543210"
ATTEMPT = "8b10273f99"
Manifest = dict[str, Any]


def deployment(version: str, revision: str | None = None) -> Manifest:
    """The workload on a version, claimed; `revision` is what the operator switched it to."""
    made = examples.deployment()
    made["metadata"]["labels"] = {RELEASE_LABEL: "coredns"}
    if revision is not None:
        made["metadata"]["annotations"] = {REVISION_ANNOTATION: revision}
    made["spec"]["template"]["spec"]["containers"][0]["image"] = f"{examples.IMAGE}:v{version}"
    return made


def content(version: str) -> Content:
    workload = read_workload({"kind": "Deployment", **deployment(version)})
    return addon_named("coredns").read(workload, "coredns", read_config_map(examples.config_map()))


def revision(number: int, version: str, annotations: Mapping[str, str]) -> Manifest:
    made = revision_manifest(
        release="coredns",
        addon="coredns",
        namespace="kube-system",
        number=number,
        content=content(version),
        annotations={BASELINE_ANNOTATION: "1.34", **annotations},
    )
    made["metadata"]["resourceVersion"] = str(number)
    return made


def adopted(number: int = 0, version: str = "1.11.3", *, reason: str = "Adopted") -> Manifest:
    verdict = Verdict(reason, f"recorded as found: {version}", EARLIER, Result.ADOPTED)
    return revision(number, version, {OUTCOME_ANNOTATION: verdict_json(verdict)})


def running(
    number: int = 1,
    version: str = "1.12.1",
    *,
    previous: Manifest | None = None,
    one_way: bool = False,
    goes_back: str | None = None,
) -> Manifest:
    """An attempt that is not over; `goes_back` is the message of its decision to."""
    notes = {ATTEMPT_ANNOTATION: _intent(previous or adopted(), one_way=one_way)}
    if goes_back is not None:
        notes[DECISION_ANNOTATION] = verdict_json(Verdict("GateFailed", goes_back, EARLIER))
    return revision(number, version, notes)


def ended(
    result: Result,
    *,
    number: int = 1,
    version: str = "1.12.1",
    reason: str = "Crashed",
    quarantined: bool = False,
    at: datetime = EARLIER + timedelta(hours=1),
) -> Manifest:
    """An attempt that is over after an hour."""
    verdict = Verdict(reason, f"{version}: {reason}", at, result)
    notes = {ATTEMPT_ANNOTATION: _intent(adopted()), OUTCOME_ANNOTATION: verdict_json(verdict)}
    if quarantined:
        held = content(version)
        notes[QUARANTINE_ANNOTATION] = quarantine_json(
            Quarantine(
                version=version,
                image=held.image,
                input_hash=held.config.input_hash if held.config else "",
                minor="1.34",
                reason=reason,
                message=f"{version} crashed",
                at=at,
            )
        )
    return revision(number, version, notes)


def _intent(previous: Manifest, *, one_way: bool = False) -> str:
    return attempt_json(
        Attempt(
            id=ATTEMPT,
            previous=previous["metadata"]["name"],
            plan=PLAN,
            minor="1.34",
            started_at=EARLIER,
            baseline={},
            one_way=one_way,
        )
    )


def cluster(
    *revisions: Manifest,
    spec: Mapping[str, Any] | None = None,
    on: str = "1.11.3",
    switched: bool = False,
    annotations: Mapping[str, str] | None = None,
    settings: str | None = None,
    **status: Any,
) -> examples.FakeReader:
    """A cluster whose workload is on a version; `switched`: by us, to the newest of the revisions."""
    release = examples.release(spec=spec, observedKubernetesMinor="1.34", **status)
    release["metadata"]["annotations"] = dict(annotations or {})
    reader = examples.FakeReader(release)
    name = revisions[-1]["metadata"]["name"] if switched else None
    reader.objects[paths.deployment("kube-system", "coredns")] = deployment(on, name)
    reader.lists[paths.revisions("kube-system")] = list(revisions)
    reader.objects[paths.deployment("addon-updater", "addon-updater")] = operator()
    if settings is not None:
        path = paths.config_map("addon-updater", "addon-updater-settings")
        reader.objects[path] = {"data": {"settings.yaml": settings}}
    return reader


def operator(*args: str) -> Manifest:
    """The operator's own Deployment."""
    container = {
        "name": "addon-updater",
        "args": ["run", *(args or ("--tools-image=$(TOOLS_IMAGE)",))],
        "env": [{"name": "TOOLS_IMAGE", "value": "example.org/addon-updater:1"}],
    }
    return {"spec": {"template": {"spec": {"containers": [container]}}}}
