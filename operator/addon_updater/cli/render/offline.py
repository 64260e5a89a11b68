"""What would be chosen for a cluster that nobody asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from addon_updater.api.release_status import SecurityStatus
from addon_updater.api.vendors import Vendor
from addon_updater.cli.offline.answer import NOT_LOOKED_AT, Answer
from addon_updater.cli.offline.document import keys_of
from addon_updater.cli.output import plain
from addon_updater.cli.reasoning import sources
from addon_updater.cli.render import parts, planned
from addon_updater.resolve import Hop
from addon_updater.rollout.status import candidate_status


def offline_proposal(given: Answer, catalogs: Sequence[str]) -> RenderableType:
    """The answer, the way, what breaks on it, why no other version, and what nobody has looked at."""
    return Group(*_sections(given, catalogs))


def _sections(given: Answer, catalogs: Sequence[str]) -> Iterator[RenderableType]:
    question = given.question
    vendor = "" if question.vendor is Vendor.UNKNOWN else f" by {question.vendor.spelled}"
    about = f"Kubernetes {question.minor}{vendor}, breaking updates let in up to {question.baseline}, offline"
    yield Text.assemble(plain(given.entry.name, "bold"), "  ", plain(about, "dim"))
    yield parts.section("Answer", parts.pairs(_facts(given, catalogs)))
    if given.hops:
        title = "Hops" if given.blocked is None else "Hops, if nothing blocked them"
        yield parts.section(title, planned.hops(given.plan))
    if breaking := [change for hop in given.hops for change in _breaking(hop)]:
        yield parts.section("What can break on the way", parts.pairs(breaking))
    if given.meanwhile is not None:
        yield parts.section("In the meantime, because the way above is held", planned.hops(given.meanwhile))
    if given.security:
        title = "Known flaws of the current version, where its configuration opens them"
        yield parts.section(title, parts.pairs(_flaws(given.security)))
    told = [candidate_status(one) for one in given.told]
    older = len(given.resolution.candidates) - len(told)
    rest = [plain(f"and {older} older ones, which -o json lists", "dim")] if older else []
    if told or rest:
        yield parts.section("Candidates", *([parts.candidates(told)] if told else []), *rest)
    if found := sources(given.entry, keys_of(given)):
        yield parts.section("Sources", *parts.sources(found))
    yield parts.section("Not looked at", parts.sentences(NOT_LOOKED_AT))


def _facts(given: Answer, catalogs: Sequence[str]) -> Iterator[tuple[str, RenderableType]]:
    resolution = given.resolution
    yield "Version", _way(given)
    yield "Because", plain(resolution.message)
    fits = {True: "fits", False: "does not fit", None: "nobody knows"}[resolution.installed.fits]
    if resolution.installed.message not in resolution.message:
        yield "Installed", Text.assemble(plain(fits), plain(f": {resolution.installed.message}", "dim"))
    if given.blocked is not None:
        yield "Blocked", plain(given.blocked, "yellow")
    for title in catalogs:
        yield "Catalog", plain(title)


def _way(given: Answer) -> Text:
    current, target = given.question.current, given.resolution.target
    if target is None:
        return Text.assemble(plain(current, "bold"), plain("  no version to go to", "yellow"))
    if target == current:
        return Text.assemble(plain(current, "bold"), plain("  stays", "green"))
    return Text.assemble(plain(current), " -> ", plain(target, "bold"))


def _flaws(found: Sequence[SecurityStatus]) -> Iterator[tuple[str, RenderableType]]:
    """By what ends them, in the order of the gravest."""
    ends = dict.fromkeys(one.fixed_in for one in found)
    for fixed_in in ends:
        names = (f"{one.id} ({one.severity})" for one in found if one.fixed_in == fixed_in)
        yield f"ended by {fixed_in}" if fixed_in else "not ended", plain(", ".join(names))


def _breaking(hop: Hop) -> Iterator[tuple[str, RenderableType]]:
    for change in hop.breaking:
        yield str(change.version), Text.assemble(plain(change.reason), plain(f" ({change.source})", "dim"))
