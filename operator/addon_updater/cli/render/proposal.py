"""A plan that was computed here and now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from addon_updater.api.release_status import CandidateStatus
from addon_updater.cli.advice import advice, approval
from addon_updater.cli.arguments import PROGRAM
from addon_updater.cli.narration import next_step
from addon_updater.cli.output import plain
from addon_updater.cli.preview import Change, Preview
from addon_updater.cli.reasoning import after_approval
from addon_updater.cli.render import parts, planned

_DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def proposal(preview: Preview, candidates: Sequence[CandidateStatus]) -> RenderableType:
    """The next update: why, how, what differs, and why no other version."""
    return Group(*_sections(preview, candidates))


def _sections(preview: Preview, candidates: Sequence[CandidateStatus]) -> Iterator[RenderableType]:
    view = preview.view
    yield parts.heading(view, f"addon {view.addon}", kubernetes(preview))
    yield parts.section("Next", parts.pairs(_facts(preview)))
    if preview.view.status.plan is not None:
        yield parts.section("Hops", planned.hops(preview.view.status.plan))
    if preview.change is not None:
        yield parts.section("Change", parts.pairs(_change(preview.change)))
        if difference := preview.change.difference:
            yield parts.section("Difference of the configuration", _diff(difference))
    if preview.view.status.plan is not None:
        yield parts.section("Findings", planned.findings(preview.view.status.plan))
    if preview.plan_hash is not None:
        yield parts.section(f"Plan hash {preview.plan_hash}", *_approval(preview, preview.plan_hash))
    if advices := [one for one in advice(view) if f"{PROGRAM} plan" not in (one.command or "")]:
        yield parts.section("What you can do", parts.advised(advices))
    if candidates:
        yield parts.section("Candidates", parts.candidates(candidates))
    if preview.skipped:
        yield parts.section("Skipped here", parts.sentences(preview.skipped))


def in_short(preview: Preview) -> RenderableType:
    """What an approval would start: the way, what is found, and how much of the configuration changes."""
    return Group(*_in_short(preview))


def _in_short(preview: Preview) -> Iterator[RenderableType]:
    plan, change = preview.view.status.plan, preview.change
    yield parts.heading(preview.view, f"addon {preview.view.addon}", kubernetes(preview))
    if plan is not None:
        yield parts.section(f"Plan {plan.hash}", planned.hops(plan))
        loud = plan.model_copy(update={"findings": [one for one in plan.findings if one.severity != "Info"]})
        yield parts.section("Findings", planned.findings(loud))
    if change is not None:
        rows = [*_change(change), ("Difference", plain(_amount(change.difference)))]
        yield parts.section("Change", parts.pairs(rows))
    yield Text("")


def _amount(difference: str) -> str:
    """How much of the configuration's text changes."""
    changed = [
        line[0] for line in difference.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ]
    if not changed:
        return "the text of the configuration stays"
    return f"{changed.count('+')} lines more, {changed.count('-')} lines less; kubectl addons plan shows them"


def kubernetes(preview: Preview) -> str:
    """The minors that the cluster answers, and whether they have settled."""
    minors = preview.servers.minors
    answered = ", ".join(str(minor) for minor in sorted(minors.servers))
    if minors.is_settled:
        return f"Kubernetes {answered}"
    return f"Kubernetes {answered} not settled yet (settled is {minors.settled or 'none'})"


def _facts(preview: Preview) -> Iterator[tuple[str, RenderableType]]:
    view, resolution = preview.view, preview.decision.resolution
    yield "Version", parts.version_way(view)
    if resolution is not None:
        yield "Because", plain(resolution.message)
    yield from parts.conditions(view)
    yield "Operator would", plain(next_step(preview.decision), "bold")
    yield from planned.window(view.status, preview.now)
    yield from planned.in_force(view.status.effective)


def _change(change: Change) -> Iterator[tuple[str, RenderableType]]:
    before, after = change.before, change.after
    yield "Image", _from_to(before.image, after.image)
    if before.args != after.args:
        yield "Arguments", _from_to(" ".join(before.args or ()), " ".join(after.args or ()))
    if before.min_ready_seconds != after.min_ready_seconds:
        yield "minReadySeconds", _from_to(str(before.min_ready_seconds), str(after.min_ready_seconds))
    if before.config is not None and after.config is not None:
        key = f"ConfigMap {after.config.config_map}, key"
        yield "Configuration", Text.assemble(plain(key), " ", _from_to(before.config.key, after.config.key))


def _from_to(before: str, after: str) -> Text:
    if before == after:
        return Text.assemble(plain(after), plain("  stays", "dim"))
    return Text.assemble(plain(before), " -> ", plain(after, "bold"))


def _diff(difference: str) -> Group:
    return Group(
        *(plain(line.expandtabs(4), _DIFF_STYLES.get(line[:1], "")) for line in difference.splitlines())
    )


def _approval(preview: Preview, plan_hash: str) -> Iterator[RenderableType]:
    view, told = preview.view, preview.told.plan
    if preview.is_running:
        yield plain("An attempt is carrying it out.", "cyan")
        return
    if preview.approved:
        yield plain("It is approved.", "green")
    elif (then := after_approval(preview)) is not None:
        yield plain("Approve it in Git, by adding the hash to spec.approvedPlans, or here:")
        yield parts.command(approval(view.namespace, view.name, plan_hash))
        yield plain(f"Then: {then}", "dim")
    else:
        yield plain("It waits for no approval.")
    if told is not None and told.hash != plan_hash:
        message = (
            f"The operator's last plan is {told.hash}: something has changed since, or this kubectl-addons has "
            "another catalog. Approve only a hash that the operator shows as well."
        )
        yield plain(message, "yellow")
