"""Why a release does not run another version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from addon_updater.api.vendors import title_of
from addon_updater.cli.advice import advice
from addon_updater.cli.arguments import PROGRAM
from addon_updater.cli.narration import next_step
from addon_updater.cli.output import plain
from addon_updater.cli.preview import Preview
from addon_updater.cli.reasoning import after_approval, holding, sources, worth_telling
from addon_updater.cli.render import parts, planned, security
from addon_updater.cli.render.proposal import kubernetes
from addon_updater.cli.story import Story
from addon_updater.reasons import ConditionType
from addon_updater.resolve import Reason as Verdicts
from addon_updater.resolve import Resolution
from addon_updater.rollout.status import candidate_status


def reasons(seen: Preview) -> RenderableType:
    """What runs, what is wanted, what holds it, and the verdicts from the installed version on."""
    return Group(*_reasons(seen))


def _reasons(seen: Preview) -> Iterator[RenderableType]:
    view, resolution = seen.view, seen.decision.resolution
    yield parts.heading(view, f"addon {view.addon}", kubernetes(seen))
    yield from security.flaws(view)
    yield parts.section("Why", parts.pairs(_standing(seen)))
    yield from _help(seen)
    told = worth_telling(seen)
    older = len(resolution.candidates) - len(told) if resolution is not None else 0
    rest = [plain(f"and {older} older ones, which kubectl addons plan lists", "dim")] if older else []
    if told:
        yield parts.section("Versions", parts.candidates([candidate_status(one) for one in told]), *rest)
    yield from _cluster(seen)
    owner = seen.observed.vendor_owner
    yield from _sources(seen, [*(one.source for one in told), *([owner.source] if owner else [])])
    yield from _skipped(seen)


def full_story(seen: Preview, told: Story) -> RenderableType:
    """Everything about one version."""
    return Group(*_full_story(seen, told))


def _full_story(seen: Preview, told: Story) -> Iterator[RenderableType]:
    view = seen.view
    yield parts.heading(view, f"addon {view.addon}", kubernetes(seen))
    verdict = told.candidate.verdict.value if told.candidate is not None else "Unknown"
    answer = [
        ("Verdict", plain(verdict, parts.VERDICT_STYLES.get(verdict, ""))),
        ("Answer", plain(told.answer, "bold")),
    ]
    yield parts.section(f"Version {told.version}", parts.pairs(answer))
    rows = (
        (one.what, Text.assemble(plain(one.text), plain(f" ({one.source})" if one.source else "", "dim")))
        for one in told.facts
    )
    yield parts.section("What is known", parts.pairs(rows))
    yield parts.section("How this release stands", parts.pairs(_standing(seen)))
    yield from _help(seen)
    yield from _sources(seen, (one.source for one in told.facts))
    yield from _skipped(seen)


def _standing(seen: Preview) -> Iterator[tuple[str, RenderableType]]:
    view, resolution = seen.view, seen.decision.resolution
    current, target = view.status.current, view.status.target
    held = holding(seen)
    if current is not None and current.version:
        image = f"  {current.image}" if current.image else ""
        yield "Runs", Text.assemble(plain(current.version, "bold"), plain(image, "dim"))
    ready = view.condition(ConditionType.READY)
    if ready is not None:
        told = [one.message for one in held] if resolution is None else [resolution.message]
        news = not any(ready.message in one for one in told)
        yield "Ready", plain(f"{ready.status.value}: {ready.message}" if news else ready.status.value)
    if resolution is not None:
        wanted = target.version if target is not None and target.version else _without_target(resolution)
        yield "Wanted", Text.assemble(plain(wanted, "bold"), plain(f"  {resolution.message}", "dim"))
    plan = view.status.plan
    if plan is not None and plan.hops:
        yield "By", plain(", then ".join(planned.hop_line(hop) for hop in plan.hops))
        if target is not None and target.version not in (None, plan.hops[-1].to):
            yield (
                "",
                plain(f"a smaller step first: a larger one to {target.version} is not let in yet", "dim"),
            )
    for one in held:
        yield "Held by", Text.assemble(plain(one.reason, "bold yellow"), plain(f"  {one.message}"))
    if not held:
        yield "Held by", plain("nothing", "green")
    if (then := after_approval(seen)) is not None:
        same = next((one.reason for one in held if one.message in then), None)
        yield "After approval", plain(then if same is None else f"it waits as well: {same}")
    yield "Operator would", plain(next_step(seen.decision))


def _without_target(resolution: Resolution) -> str:
    """What is wanted where no version may be had without a person's word."""
    return f"{resolution.downgrade}, after approval" if _may_go_back(resolution) else "no version"


def _may_go_back(resolution: Resolution) -> bool:
    return resolution.reason is Verdicts.DOWNGRADE_NEEDS_APPROVAL


def _cluster(seen: Preview) -> Iterator[RenderableType]:
    """Who built the cluster, and what its builder does with the addon."""
    cluster, addon = seen.view.status.cluster, seen.view.addon
    if cluster is None:
        return
    vendor = Text.assemble(plain(title_of(cluster.vendor), "bold"), plain(f"  {cluster.because}", "dim"))
    rows: list[tuple[str, RenderableType]] = [("Built by", vendor)]
    if cluster.owner is not None:
        owner = Text.assemble(plain(cluster.owner, "bold"), plain(f"  {cluster.owner_because}", "dim"))
        rows.append((f"Owner of {addon}", owner))
    rows.append(("Kubelets", plain(cluster.kubelets or "not known")))
    yield parts.section("Cluster", parts.pairs(rows))


def _help(seen: Preview) -> Iterator[RenderableType]:
    if advices := [one for one in advice(seen.view) if f"{PROGRAM} why" not in (one.command or "")]:
        yield parts.section("What you can do", parts.advised(advices))


def _sources(seen: Preview, keys: Iterable[str]) -> Iterator[RenderableType]:
    found = sources(seen.entry, keys)
    if found:
        yield parts.section("Sources", *parts.sources(found))


def _skipped(seen: Preview) -> Iterator[RenderableType]:
    if seen.skipped:
        yield parts.section("Not known here", parts.sentences(seen.skipped))
