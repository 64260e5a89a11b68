"""What a pass tells: the status, the Events of what is new in it, and a word to those who waited for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from addon_updater import metrics
from addon_updater.api.meta import API_VERSION, Condition, merge_conditions
from addon_updater.cluster import clock, events, paths
from addon_updater.cluster.client import Client
from addon_updater.cluster.operator_settings import SettingsWatch
from addon_updater.cluster.queue import Key
from addon_updater.cluster.store import Kept, Store
from addon_updater.errors import InvalidError
from addon_updater.reasons import ConditionType, Reason
from addon_updater.rollout.decision import Decision, EventNote, EventType, stalled
from addon_updater.rollout.observed import Observed, Release
from addon_updater.rollout.status import project


@dataclass(frozen=True, slots=True)
class Teller:
    """Writes statuses while this replica holds the Lease (`may_write`).

    `wake` asks for a pass over a release; `instance` is the pod that the Events name as their source.
    """

    client: Client
    store: Store
    settings: SettingsWatch
    instance: str
    may_write: Callable[[], bool]
    wake: Callable[[Key], None]

    async def tell(self, kept: Kept, decision: Decision, observed: Observed) -> None:
        """Project the status, and say what is new and wants a person in one Event.

        Raises:
            ApiError: the API server did not take the status.
        """
        release, decision = kept.identity, self._with_problems(decision)
        for note in _news(kept.conditions, decision, release):
            await events.emit(self.client, release, note, instance=self.instance)
        now = clock.now()
        status = project(release, observed, decision, kept.conditions, now)
        if self.may_write():
            metrics.show_release(
                metrics.standing(release.namespace, release.name, release.spec.addon, status, now)
            )
        wire = status.to_wire()
        if wire == kept.status:
            return
        await self._write(release, wire)
        told = self.store.releases.get(Key(release.namespace, release.name))
        if told is not None and _as_others_see_it(told) != _as_others_see_it(kept):
            self.wake_who_waits()

    def wake_who_waits(self) -> None:
        """Have those looked at that wait for others: one of these has begun, ended, become Ready or is gone.

        They look by themselves as well, now and then: a word that is lost costs them that time and nothing else.
        """
        for key in self.store.waiting_for_others():
            self.wake(key)

    async def confess(self, key: Key, error: Exception) -> None:
        """Say in the status that a pass ended with a defect of ours; all else in it stays as it was told.

        The error's own words stay in the log: nobody knows what they quote.

        Raises:
            ApiError: the API server did not take it.
        """
        kept = self.store.releases.get(key)
        if kept is None or not self.may_write():
            return
        message = (
            f"a pass ended with {type(error).__name__}: a defect, whose trace is in the log of the leader"
        )
        told = stalled(Reason.DEFECT, message)
        known = {(one.reason, one.message) for one in kept.conditions if one.type == told.type}
        if (told.reason, told.message) in known:
            return
        generation = kept.identity.generation
        new = merge_conditions(kept.conditions, (told,), now=clock.now(), generation=generation)
        conditions = [*(one for one in kept.conditions if one.type != told.type), *new]
        status = {**kept.status, "conditions": [one.to_wire() for one in conditions]}
        await self._write(kept.identity, status)

    def _with_problems(self, decision: Decision) -> Decision:
        """Broken settings or a broken catalog are told on every release that has nothing worse to say."""
        if decision.stalled is not None:
            return decision
        if self.settings.problem is not None:
            return decision.but(stalled=stalled(Reason.SETTINGS_BROKEN, self.settings.problem))
        if self.store.catalog_problem is not None:
            return decision.but(stalled=stalled(Reason.CATALOG_BROKEN, self.store.catalog_problem))
        return decision

    async def _write(self, release: Release, status: Mapping[str, Any]) -> None:
        """Apply the status. What somebody else has written into it is taken out first: it would stay, or not go with it.

        Raises:
            ApiError: the API server did not take it.
        """
        path = paths.release(release.namespace, release.name)
        metadata = {"name": release.name, "namespace": release.namespace, "uid": release.uid}
        body = {"apiVersion": API_VERSION, "kind": "AddonRelease", "metadata": metadata, "status": status}
        try:
            stored = await self.client.apply(f"{path}/status", body)
        except InvalidError:
            # Parts of ours and of others together may be nothing that the API takes.
            found = await self.client.get(path)
            if found is None or not (foreign := _foreign(found, status)):
                raise
        else:
            foreign = _foreign(stored, status)
        if foreign:
            # Only taken out: to write it in the same request would make this an owner beside the one that applies.
            await self.client.merge(f"{path}/status", {"metadata": metadata, "status": foreign})
            stored = await self.client.apply(f"{path}/status", body)
        self.store.keep_status(stored)


def _as_others_see_it(kept: Kept) -> tuple[bool, bool, str | None]:
    """What those go by that wait for it."""
    minor = kept.status.get("observedKubernetesMinor")
    return kept.is_ready, kept.says(ConditionType.RECONCILING), minor


def _foreign(stored: Mapping[str, Any], status: Mapping[str, Any]) -> dict[str, None]:
    """The parts of a stored status that are not as we mean it: a merge patch that takes them out."""
    return {key: None for key, value in (stored.get("status") or {}).items() if value != status.get(key)}


def _news(previous: Sequence[Condition], decision: Decision, release: Release) -> list[EventNote]:
    """A Warning for a stall or a block that was not there before; one per generation and reason."""
    before = {(condition.type, condition.reason) for condition in previous}
    notes = []
    blocked = decision.update if decision.update.reason == Reason.BLOCKED else None
    for condition in (decision.stalled or blocked,):
        if condition is None or (condition.type, condition.reason) in before:
            continue
        notes.append(
            EventNote(
                EventType.WARNING,
                Reason(condition.reason),
                condition.message,
                key=f"{release.generation}-{condition.type}-{condition.reason}",
            )
        )
    return notes
