"""The rows of the fault matrix: a folder of plans for each, and what goes wrong there."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "crash": "the operator killed right before and right after each of its writes",
    "http-errors": "409, 429, 500, 503, 504, a timeout and a reset, once and three times, for each kind of request",
    "reply-lost": "a write that is done and whose reply never comes",
    "denied-twice": "the same difference denied twice before it is accepted",
    "stale": "an API server that knows an older state than the one before",
    "watch-events": "events of a watch that are dropped, doubled, swapped or late",
    "watch-errors": "a watch that ends with 410 or 500, hangs in silence, or is cut within a line",
    "compaction": "etcd forgets the past while a watch is cut",
    "api-server-away": "the API server killed and back after 2, 20 and 75 seconds",
    "partition": "a line that swallows everything in the middle of a rollout",
    "replicas": "two operators at once, a Lease that is lost, a leader that is paused and does not know it",
    "clock": "a wall clock that jumps by an hour in either direction, clocks of double speed",
    "edits": "release and workload edited, deleted, created again and scaled in the middle of a rollout",
    "deletion": "release and namespace deleted in the middle of a rollout, with and without an operator",
    "bad-input": "releases that are invalid or huge, and mended later",
    "tampering": "status and annotations of the operator written by somebody else",
    "minors": "the minor changes in the middle of a rollout, servers of two minors, a cluster that goes down again",
    "other-managers": "Argo CD, Flux, Helm and people write the same fields before, during and after",
    "rbac": "rights removed and given back",
    "catalog": "an AddonCatalog that is corrupt, expired, rolled back, huge, or denies what is under way",
    "settings": "settings that are broken, frozen or removed in the middle of a rollout",
    "leaks": "many releases edited many times",
}
"""Folder below plans/ -> the technique."""
