"""From replies to gates, and what the workload itself says about its pods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from addon_updater.reasons import Reason
from addon_updater.rollout.addon import Addon
from addon_updater.rollout.checks import judge_written
from addon_updater.rollout.gate import Gate, Outcome, Reply, Subject, Unasked, fold
from addon_updater.rollout.workload import Pod

PULL_GRACE = timedelta(seconds=30)
"""How long an image may fail to be pulled: long enough for one retry of the kubelet, short enough to care."""

PULL_FAILURES = frozenset(
    {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable"}
)
_CRASHES = frozenset(
    {"CrashLoopBackOff", "CreateContainerConfigError", "CreateContainerError", "RunContainerError"}
)
# What kubelet gives as the reason of a pod that it ended or refused for the sake of its node.
_PUT_OUT = frozenset(
    {
        "Evicted",
        "NodeAffinity",
        "NodeShutdown",
        "OutOfcpu",
        "OutOfmemory",
        "Preempting",
        "Shutdown",
        "Terminated",
    }
)


def judge(addon: Addon, replies: Sequence[Reply], baseline: Mapping[str, str] | None) -> tuple[Gate, ...]:
    """Fold the replies into one gate per family and subject, as in dns/service and dns/pods."""
    verdicts: dict[str, list[tuple[Outcome, str]]] = {}
    for reply in replies:
        family = reply.probe.id.partition("/")[0]
        if isinstance(reply.answer, Unasked):
            silent = (Outcome.UNKNOWN, f"{reply.probe.server}: {reply.answer.why}")
            verdicts.setdefault(f"{family}/{reply.probe.subject}", []).append(silent)
            continue
        written = judge_written(reply.probe, reply.answer)
        verdict = addon.judge(reply.probe, reply.answer, baseline) if written is None else written
        name = f"{family}/{reply.probe.subject}" if written is None else reply.probe.id
        verdicts.setdefault(name, []).append(verdict)
    return tuple(fold(name, verdicts[name]) for name in sorted(verdicts))


def blaming_nobody(gates: Iterable[Gate], on_others: frozenset[str], restless: str) -> tuple[Gate, ...]:
    """Failures that may be those of another addon are Unknown: no reason to go on or back.

    `restless` says in words whose pods come and go.
    """
    return tuple(
        replace(
            gate,
            outcome=Outcome.UNKNOWN,
            message=f"{gate.message}; {restless} and may be why",
            is_excused=True,
        )
        if gate.outcome is Outcome.FAIL and gate.name.partition("/")[0] in on_others
        else gate
        for gate in gates
    )


def take_baseline(addon: Addon, replies: Iterable[Reply]) -> dict[str, str]:
    """What each probe answers before anything is written; the Service's word counts over a single pod's."""
    ordered = sorted(replies, key=lambda reply: reply.probe.subject is Subject.SERVICE)
    kept = {
        reply.probe.id: addon.fingerprint(reply.probe, reply.answer)
        for reply in ordered
        if judge_written(reply.probe, reply.answer) is None
    }
    return {probe: fingerprint for probe, fingerprint in kept.items() if fingerprint is not None}


def pod_failure(pod: Pod, now: datetime) -> tuple[Reason, str] | None:
    """Why this pod will not become ready by itself, or None while it still may."""
    if pod.waiting_reason in PULL_FAILURES and now - pod.created_at >= PULL_GRACE:
        return Reason.IMAGE_PULL_FAILED, f"pod {pod.name}: {pod.waiting_reason}: {pod.waiting_message}"
    failed = pod.phase == "Failed" and not was_put_out(pod)
    if pod.waiting_reason in _CRASHES or failed or pod.restarts > 0:
        what = pod.waiting_reason or pod.terminated_reason or pod.phase
        detail = pod.exit_message or pod.waiting_message or "see the log of the pod"
        return Reason.CRASHED, f"pod {pod.name}: {what}: {detail}"
    return None


def was_put_out(pod: Pod) -> bool:
    """Whether kubelet ended or refused it for the sake of its node, which says nothing about its version."""
    return pod.phase == "Failed" and pod.reason in _PUT_OUT
