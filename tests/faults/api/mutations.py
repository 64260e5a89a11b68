"""Which plan catches which broken engine: a plan that no fault of the engine can turn red proves nothing."""

from __future__ import annotations

from dataclasses import dataclass

from faults.api.plan import Property

VARIABLE = "FAULTS_MUTATION"
"""Of the environment of a played operator process: the name of a mutation of `faults.api.broken`."""


@dataclass(frozen=True)
class Catch:
    """A mutation, and the plan in which one of these properties must then be violated."""

    mutation: str
    plan: str
    """Row and name."""
    by: frozenset[Property]

    def __str__(self) -> str:
        return self.mutation


def _catch(mutation: str, plan: str, *by: Property) -> Catch:
    return Catch(mutation, plan, frozenset(by))


CATCHES = (
    _catch("forgets the quarantine", "crash/coredns-rollback-after-delete-pods-1", "S1", "S7"),
    _catch("applies before it records", "crash/coredns-hop-after-create-events-1", "S4", "S9"),
    _catch("skips the precondition", "replicas/leader-paused-with-a-write-in-hand", "L1"),
    _catch("trusts the status", "tampering/status-says-no-quarantine", "S1", "S7"),
    _catch("ignores windows", "settings/frozen-and-thawed", "L1"),
    _catch("does not wait for the servers", "minors/two-servers-in-turn", "S2"),
    _catch("writes the mounted key", "crash/coredns-config-after-create-events-1", "S4", "L2"),
    _catch("ends what another process began", "replicas/leader-paused-and-its-attempt-called-off", "L1"),
    _catch("promotes without soak", "crash/coredns-breaks-after-create-events-1", "L1"),
    _catch("fights a revert", "other-managers/argo-cd-during", "S1"),
    _catch("forgets the breaking baseline", "crash/breaking-hop-after-create-events-1", "L1"),
    _catch("overwrites the people's key", "edits/configuration-edited-after-the-switch", "L1"),
    _catch("skips the backup", "crash/grafana-hop-after-create-events-1", "L2"),
    _catch("leaves a stuck pod", "crash/prometheus-stuck-after-create-events-1", "L1", "L2"),
    _catch("downgrades by itself", "edits/older-version-wished", "S3"),
    _catch("forgets why it goes back", "crash/coredns-rollback-after-create-events-1", "L1", "L2"),
)
