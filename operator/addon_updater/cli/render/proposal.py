"""A plan that was computed here and now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from addon_updater.api.release import Updates
from addon_updater.api.release_status import CandidateStatus
from addon_updater.cli.advice import advice, approval
from addon_updater.cli.narration import next_step
from addon_updater.cli.output import plain
from addon_updater.cli.preview import Change, Preview
from addon_updater.cli.render import parts

_DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def proposal(preview: Preview, candidates: Sequence[CandidateStatus]) -> RenderableType:
    """The next update: why, how, what differs, and why no other version."""
    return Group(*_sections(preview, candidates))


def _sections(preview: Preview, candidates: Sequence[CandidateStatus]) -> Iterator[RenderableType]:
    view = preview.view
    yield parts.heading(view, f"addon {view.addon}", _kubernetes(preview))
    yield parts.section("Next", parts.pairs(_facts(preview)))
    if preview.view.status.plan is not None:
        yield parts.section("Hops", parts.hops(preview.view.status.plan))
    if preview.change is not None:
        yield parts.section("Change", parts.pairs(_change(preview.change)))
        if difference := preview.change.difference:
            yield parts.section("Difference of the configuration", _diff(difference))
    if preview.view.status.plan is not None:
        yield parts.section("Findings", parts.findings(preview.view.status.plan))
    if preview.plan_hash is not None:
        yield parts.section(f"Plan hash {preview.plan_hash}", *_approval(preview, preview.plan_hash))
    if advices := advice(view):
        yield parts.section("What you can do", parts.advised(advices))
    if candidates:
        yield parts.section("Candidates", parts.candidates(candidates))
    if preview.skipped:
        yield parts.section("Skipped here", parts.sentences(preview.skipped))


def _kubernetes(preview: Preview) -> str:
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
    else:
        updates = view.status.effective.updates if view.status.effective is not None else None
        if updates == Updates.MANUAL:
            yield plain("Approve it in Git, by adding the hash to spec.approvedPlans, or here:")
        else:
            yield plain(f"spec.policy.updates is {updates}, which asks for no approval; this would give it:")
        yield parts.command(approval(view.namespace, view.name, plan_hash))
    if told is not None and told.hash != plan_hash:
        message = (
            f"The operator's last plan is {told.hash}: something has changed since, or this kubectl-addons has "
            "another catalog. Approve only a hash that the operator shows as well."
        )
        yield plain(message, "yellow")
