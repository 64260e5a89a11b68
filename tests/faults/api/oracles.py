"""The properties, as functions over the write history. Each raises AssertionError with what it found.

They are written a second time here, from the audit log alone and without the engine's own words: S1 to S9 and
the bound on the number of writes.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta

from addon_updater.api.release import MinEvidence
from addon_updater.api.versions import Minor, Version
from addon_updater.catalog import Standing, load_embedded
from addon_updater.rollout.revision import ATTEMPT_ANNOTATION, OUTCOME_ANNOTATION, QUARANTINE_ANNOTATION
from faults.api.audit import Write, count_changes, count_telling
from faults.api.history import WORKLOADS, History, Switch
from faults.api.reference import Reference

SETTLES_AFTER = timedelta(seconds=1)
"""--settle-time of the replicas."""
_OWN_KEY = re.compile(r".+-[0-9a-f]{12}")
_LISTED: Mapping[str, str] = {
    "deployments": r"coredns|prometheus|grafana",
    "statefulsets": r"prometheus|grafana",
    "configmaps": r"coredns|prometheus|grafana",
    "controllerrevisions": r"addon-updater-(coredns|prometheus|grafana)-\d+-[0-9a-f]{10}",
    "pods": r"addon-updater-rehearsal-[0-9a-f]{10}|(prometheus|grafana)-\d+",
    "jobs": r"addon-updater-(check-config|backup)-[0-9a-f]{10}",
}
"""Resource -> the names of all that the operator may change."""


def no_flip_flop(history: History) -> None:
    """S1: one way there and one way back in an attempt; no content twice without an input in between."""
    there = Counter(switch.attempt for switch in history.switches if history.is_forward(switch))
    back = Counter(switch.attempt for switch in history.switches if not history.is_forward(switch))
    assert max(there.values(), default=0) <= 1, f"an attempt switched forward twice: {there}"
    assert max(back.values(), default=0) <= 1, f"an attempt went back twice: {back}"
    tried = Counter(
        (history.epoch(switch.write.at), switch.after)
        for switch in history.switches
        if history.is_forward(switch)
    )
    twice = [content.image for (_, content), number in tried.items() if number > 1]
    assert not twice, f"tried twice without a new input: {twice}"


def compatible(history: History) -> None:
    """S2: nothing starts while the minor is not settled, and what is switched to runs on what the servers answer."""
    for write, revision in history.recorded.values():
        if revision.attempt is None:
            continue
        changes = [change for change in history.minors[1:] if change.at <= write.at]
        unsettled = [change for change in changes if write.at - change.at < SETTLES_AFTER]
        assert not unsettled, f"{write} while {unsettled[0].minor} was not settled"
    for switch in history.switches:
        if history.is_forward(switch):
            minor = next(change.minor for change in reversed(history.minors) if change.at <= switch.write.at)
            standing = _standing(history, switch.after.version, minor)
            floor = (history.story.spec.get("policy") or {}).get("minEvidence", "Assumed")
            assert standing.meets(MinEvidence(floor)), f"{switch.after.version} is {standing} on {minor}"


def forward_in_order(history: History) -> None:
    """S3: no required stop is left out, and the only way down is the one back to what ran before."""
    for switch in history.switches:
        old, new = Version.parse(switch.before.version), Version.parse(switch.after.version)
        if history.is_forward(switch):
            assert old <= new, f"downgrade from {old} to {new}"
            assert not (left_out := _stops_between(history, old, new)), (
                f"{old} to {new} leaves out {left_out}"
            )
        else:
            assert switch.revision in history.recorded, (
                f"went back to {switch.revision}, which nobody recorded"
            )


def config_survives(history: History) -> None:
    """S4: no text vanishes or is emptied; what is replaced, or mounted, was there before."""
    keys = _texts_at_first(history)
    for write in history.writes:
        if write.resource == "configmaps" and write.was_done and write.name in keys:
            if write.is_operators:
                _keeps_texts(keys[write.name], write)
            keys[write.name] = dict(write.result.get("data") or {})
        switch = next((one for one in history.switches if one.write is write), None)
        if switch is not None:
            _was_prepared(history, switch, keys)


def single_writer(history: History) -> None:
    """S5: who changes something holds the Lease, and one attempt ends before the next is recorded."""
    holder, running = "", ""
    for write in history.operators:
        if write.resource == "leases":
            holder = str((write.result.get("spec") or {}).get("holderIdentity") or "")
        elif write.is_change:
            assert holder in ("", write.replica), f"{write.replica} did {write} while {holder} held the Lease"
        if write.resource == "controllerrevisions" and write.verb == "create":
            _, revision = history.recorded[write.name]
            if revision.attempt is not None:
                assert not running, f"{write.name} was recorded while {running} was under way"
                running = write.name
        elif write.name == running and OUTCOME_ANNOTATION in write.annotations:
            running = ""


def serves_on(history: History) -> None:
    """S6: never fewer pods are available than the strategy allows, seen by every status that was written."""
    spec = history.found["spec"]
    strategy = spec.get("strategy") or {}
    if strategy.get("type") != "RollingUpdate" or any(_is_scaled(history, write) for write in history.writes):
        return
    allowed = strategy["rollingUpdate"]["maxUnavailable"]
    wanted = spec["replicas"]
    may_miss = int(allowed) if str(allowed).isdigit() else int(str(allowed).rstrip("%")) * wanted // 100
    for write in history.writes:
        is_status = write.resource == "deployments/status" and write.name == history.story.subject.addon
        if is_status and write.was_done and write.result:
            available = (write.result["status"]).get("availableReplicas") or 0
            assert available >= wanted - may_miss, f"{available} of {wanted} pods available at {write.at}"


def quarantine_holds(history: History) -> None:
    """S7: what failed is not tried again until an input has changed."""
    held: dict[str, int] = {}
    for write in history.operators:
        if write.resource == "controllerrevisions" and (text := write.annotations.get(QUARANTINE_ANNOTATION)):
            held.setdefault(json.loads(text)["image"], history.epoch(write.at))
        for switch in history.switches:
            if switch.write is write and history.is_forward(switch):
                since = held.get(switch.after.image)
                assert since != history.epoch(write.at), f"{switch.after.image} was tried again in quarantine"


def nothing_foreign(history: History) -> None:
    """S8: only listed objects of the governed namespace are changed, and nothing of the cluster's own."""
    for write in history.changes:
        pattern = _LISTED.get(write.resource)
        assert pattern is not None, f"nobody allowed {write}"
        assert re.fullmatch(pattern, write.name), f"nobody allowed {write}"
        assert write.namespace == history.story.subject.namespace, (
            f"nobody allowed {write.namespace}: {write}"
        )


def status_is_no_input(history: History) -> None:
    """S9: what is switched to is the content of a revision that was recorded before, whatever status and annotations say."""
    for switch in history.switches:
        assert switch.revision in history.recorded, f"{switch.after.image} stands in no revision"
        begun = [one.at for one in history.changes if _records(one, switch.revision)]
        assert min(begun) < switch.write.at, f"{switch.after.image} was written before it was recorded"
        _, revision = history.recorded[switch.revision]
        content = revision.content
        assert (content.image, content.args) == (switch.after.image, switch.after.args), (
            f"{switch.revision} says {content.image}, but {switch.after.image} was written"
        )


def _records(write: Write, revision: str) -> bool:
    return (write.verb, write.resource, write.name) == ("create", "controllerrevisions", revision)


def bounded_writes(history: History, reference: Reference, troubles: int) -> None:
    """Each kind of object is changed as often as in the fault-free run, and told about a little more often.

    `troubles` is how many faults, crashes and events there were: each may repeat what only tells, never a change. A
    process that ends the attempt of another one before its switch bars the way for that one first: one change more.
    """
    ended = Counter(write.annotations[ATTEMPT_ANNOTATION] for write in history.fences)
    switched = {switch.attempt for switch in history.switches}
    wrong = [attempt for attempt, number in ended.items() if number > 1 or attempt in switched]
    assert not wrong, f"barred twice, or although it was switched: {wrong}"
    bars = Counter(f"{write.verb} {write.resource}" for write in history.fences if troubles)
    more = count_changes(history.writes) - reference.changes - bars
    assert not more, f"more changes than in the fault-free run: {dict(more)}"
    told, usual = count_telling(history.writes), reference.telling
    # Words of others in a status are taken out, and it is written before and after that.
    troubles += sum(write.is_persons and write.resource == "addonreleases/status" for write in history.writes)
    for kind, number in told.items():
        bound = usual[kind] + 4 + 3 * troubles
        assert number <= bound, (
            f"{number} x {kind}; the fault-free run has {usual[kind]}, {bound} are allowed"
        )


SAFETY: Mapping[str, Callable[[History], None]] = {
    "S1": no_flip_flop,
    "S2": compatible,
    "S3": forward_in_order,
    "S4": config_survives,
    "S5": single_writer,
    "S6": serves_on,
    "S7": quarantine_holds,
    "S8": nothing_foreign,
    "S9": status_is_no_input,
}


def _standing(history: History, version: str, minor: str) -> Standing:
    """How a version stands with a minor, by the embedded catalog or by what the story's own offers."""
    entry = load_embedded().addon(history.story.subject.addon)
    assert entry is not None
    if entry.release(Version.parse(version)) is not None:
        return entry.evidence(Version.parse(version), Minor.parse(minor)).standing
    for catalog in history.story.catalogs:
        for release in catalog["spec"]["addons"][0]["releases"]:
            if release["version"] == version:
                on = {one["kubernetes"]: one["level"] for one in release["evidence"]}
                return Standing[on[minor].upper()] if minor in on else Standing.UNKNOWN
    return Standing.UNKNOWN


def _stops_between(history: History, old: Version, new: Version) -> str:
    """The range of a required stop on the way that neither end is one of; empty when there is none."""
    entry = load_embedded().addon(history.story.subject.addon)
    assert entry is not None
    for stop in entry.stops:
        on_the_way = [one for one in entry.versions if old < one < new and one in stop.at]
        if on_the_way and old not in stop.at and new not in stop.at:
            return stop.data.at
    return ""


def _texts_at_first(history: History) -> dict[str, dict[str, str]]:
    """Key and text of the ConfigMaps that the story found."""
    return {
        one["metadata"]["name"]: dict(one.get("data") or {})
        for one in history.story.found()
        if one["kind"] == "ConfigMap"
    }


def _keeps_texts(before: Mapping[str, str], write: Write) -> None:
    """Keys of ours may come and go; every other stays, none is empty, and what replaces its text served before."""
    after = dict(write.result.get("data") or {})
    gone = [key for key in before if key not in after and not _OWN_KEY.fullmatch(key)]
    assert not gone, f"{write} lost {gone}"
    empty = [key for key, text in after.items() if not text and before.get(key)]
    assert not empty, f"{write} emptied {empty}"
    ours = {text for key, text in before.items() if _OWN_KEY.fullmatch(key)}
    replaced = [
        key
        for key, text in after.items()
        if text not in (before.get(key, text), *ours) and not _OWN_KEY.fullmatch(key)
    ]
    assert not replaced, f"{write} replaced {replaced} by what no key of its own had held"


def _was_prepared(history: History, switch: Switch, keys: Mapping[str, Mapping[str, str]]) -> None:
    """What is replaced stands in a revision, and what will be mounted exists."""
    for key, _ in switch.after.items or ():
        assert key in keys[str(switch.after.config_map)], f"{key} is mounted before it exists"
    if history.is_forward(switch):
        saved = [
            revision
            for write, revision in history.recorded.values()
            if write.at < switch.write.at and revision.content.image == switch.before.image
        ]
        assert saved, f"{switch.before.image} was replaced before it was recorded"


def _is_scaled(history: History, write: Write) -> bool:
    """Whether somebody changed the number of pods, or took the workload away."""
    is_it = write.resource.partition("/")[0] in WORKLOADS and write.name == history.story.subject.addon
    return is_it and write.is_persons and write.was_done
