"""Judges a Corefile before an update: what stops it, what the update repairs, what a person should know."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from addon_updater.addons.coredns.corefile import Corefile, CorefileError
from addon_updater.addons.coredns.facts import plugin_facts
from addon_updater.addons.coredns.lexer import environment_references, tokenize
from addon_updater.addons.coredns.migrate import migrate
from addon_updater.addons.coredns.notices import notices
from addon_updater.addons.coredns.parser import parse
from addon_updater.api.versions import Version
from addon_updater.rollout.finding import Finding, Severity

_STOCK_REMEDY = (
    "updating it to the stock image would stop DNS: exclude this addon, or build the target yourself"
)


def check_text(
    text: str, *, running: Version, target: Version, environment: Mapping[str, str] | None = None
) -> tuple[Finding, ...]:
    """As `check`, for a text that may not even be a Corefile."""
    try:
        corefile = parse(text, environment=environment)
    except CorefileError as error:
        return (Finding("CoreDNSCorefileInvalid", Severity.BLOCK, str(error), error.remedy),)
    return check(corefile, running=running, target=target, environment=environment)


def check(
    corefile: Corefile, *, running: Version, target: Version, environment: Mapping[str, str] | None = None
) -> tuple[Finding, ...]:
    """Everything to say about taking this Corefile from the stock release `running` to `target`.

    `environment` are the variables of the container whose values are known.
    """
    custom = tuple(_custom_build(corefile, running))
    foreign = {line for line, _ in custom}
    migration = migrate(corefile.text, running=running, target=target, environment=environment)
    left = tuple(
        Finding(
            refusal.rule,
            Severity.BLOCK,
            f"Corefile line {refusal.token.line}: {refusal.message}",
            refusal.remedy,
        )
        for refusal in migration.left
        if not (refusal.rule == "CoreDNSUnknownPlugin" and refusal.token.start in foreign)
    )
    said = (
        *(finding for _, finding in custom),
        *left,
        *migration.changes,
        *notices(corefile, running=running, target=target),
    )
    return tuple(dict.fromkeys(said))


def check_environment(corefile: Corefile, *, known: Collection[str], complete: bool) -> tuple[Finding, ...]:
    """The variables of the Corefile that the container does not have; CoreDNS reads them as empty.

    `complete` is false when the container takes variables from objects that were not read.
    """
    return tuple(dict.fromkeys(_unset_variables(corefile, known, complete=complete)))


def _custom_build(corefile: Corefile, running: Version) -> Iterator[tuple[int, Finding]]:
    for _, plugin in corefile.plugins():
        facts = plugin_facts().get(plugin.name)
        if facts is None or running not in facts.versions:
            message = (
                f"Corefile line {plugin.line}: the stock CoreDNS {running} has no plugin '{plugin.name}', "
                "so the running image is a custom build, or its pods do not run this Corefile"
            )
            yield (
                plugin.tokens[0].start,
                Finding("CoreDNSCustomBuild", Severity.BLOCK, message, _STOCK_REMEDY),
            )


def _unset_variables(corefile: Corefile, known: Collection[str], *, complete: bool) -> Iterator[Finding]:
    for token in tokenize(corefile.text):
        for name in environment_references(token.text):
            # kubelet and the image set these without the pod template naming them.
            if name in known or name in {"HOME", "HOSTNAME", "PATH"} or name.startswith("KUBERNETES_"):
                continue
            yield Finding(
                "CoreDNSVariableUnset",
                Severity.BLOCK if complete else Severity.WARN,
                f"Corefile line {token.line}: the container has no environment variable {name}, CoreDNS reads it as empty",
                f"set {name} in the container's env, or write the value into the Corefile",
            )
