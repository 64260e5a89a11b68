"""`kubectl addons reset-breaker`: end the pause of all updates after several addons have failed."""

from __future__ import annotations

import sys

from addon_updater.api.operator_settings import CircuitBreaker
from addon_updater.cli.annotator import Annotator, open_annotator
from addon_updater.cli.arguments import PROGRAM, Arguments
from addon_updater.cli.failures import SeenFailures, look_for_failures
from addon_updater.cli.output import console_on, plain, show
from addon_updater.cli.releases import pick
from addon_updater.cli.surroundings import read_settings
from addon_updater.cli.words import Word
from addon_updater.cluster import clock
from addon_updater.cluster.queue import Key
from addon_updater.cluster.store import Store
from addon_updater.errors import RefusedError
from addon_updater.rollout.breaker import BREAKER_RESET_ANNOTATION, Failure, minute
from addon_updater.rollout.observed import Release


async def run(arguments: Arguments) -> None:
    """Close the circuit breaker of the cluster, when it is open.

    Raises:
        RefusedError: it cannot be told from here whether it is open.
        NotFoundError: there is no AddonRelease of that name.
        ApiError: something cannot be read or written.
    """
    annotator = await open_annotator(arguments.kubeconfig, arguments.context)
    try:
        word = await _speak(annotator, arguments)
    finally:
        await annotator.close()
    for sentence in word.said:
        show(console_on(sys.stdout), plain(sentence))


async def _speak(annotator: Annotator, arguments: Arguments) -> Word:
    namespace = arguments.namespace or annotator.namespace
    manifests, are_all = await annotator.releases_around(namespace)
    if arguments.name is not None:
        pick(
            (one for one in manifests if one["metadata"]["namespace"] == namespace), arguments.name, namespace
        )
    store = Store()
    for one in manifests:
        store.put_release(one)
    settings, unknown = await read_settings(annotator, arguments.operator_namespace)
    seen = await look_for_failures(annotator, store, settings.breaker, clock.now())
    skipped = (
        *seen.skipped,
        *(() if are_all else ("AddonReleases of other namespaces: you may not list them",)),
        *(() if unknown is None else (f"the settings of the operator: {unknown}",)),
    )
    word = reset(SeenFailures(seen.breaker, skipped), settings.breaker)
    if word.annotation is None:
        return word
    carrier = _carrier(store, seen, Key(namespace, arguments.name) if arguments.name is not None else None)
    await annotator.annotate(carrier, {word.annotation: word.value})
    where = f"{carrier.namespace}/{carrier.name} carries the word: {word.annotation}: {word.value}"
    return Word((*word.said, where), word.annotation, word.value)


def _carrier(store: Store, seen: SeenFailures, wanted: Key | None) -> Release:
    """The release that the word is written to; any would do, and the one that failed last has something to say."""
    return store.releases[wanted or Key(*seen.breaker.failures[-1].of)].identity


def reset(seen: SeenFailures, terms: CircuitBreaker) -> Word:
    """The word that closes the breaker; none when it is closed.

    Its moment is that of the newest failure and not that of a clock here, so that it means the same twice, and no
    failure that nobody has seen yet.

    Raises:
        RefusedError: it looks closed, but not everything can be seen from here.
    """
    breaker = seen.breaker
    if breaker.since is None:
        if terms.limit is None:
            return Word(("the settings of the operator switch the circuit breaker off; nothing was written",))
        if seen.skipped:
            raise RefusedError(
                f"whether the circuit breaker is open cannot be told from here: {'; '.join(seen.skipped)}"
            )
        return Word(("the circuit breaker is closed; nothing was written",))
    return Word(
        (
            f"the circuit breaker has been open since {minute(breaker.since)}, because of these failures:",
            *(f"  {_line(one)}" for one in breaker.failures),
            "they count no more for it, and updates start by themselves again",
            f"the versions that failed stay held back; {PROGRAM} retry NAME lets one be tried again",
        ),
        BREAKER_RESET_ANNOTATION,
        breaker.failures[-1].at.isoformat(),
    )


def _line(one: Failure) -> str:
    return f"{one.namespace}/{one.release}  {one.version}  {one.reason}  {minute(one.at)}"
