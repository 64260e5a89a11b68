"""The edits that answer a refusal without changing what the Corefile means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from addon_updater.addons.coredns.corefile import Corefile, Option, Plugin
from addon_updater.addons.coredns.facts import is_name, plugin_facts
from addon_updater.addons.coredns.refusals import Refusal
from addon_updater.addons.coredns.transfer import transfer_moves
from addon_updater.addons.edit import Edit, remove
from addon_updater.api.versions import Version

_IGNORED_OPTIONS: Final = frozenset(
    {("kubernetes", "upstream"), ("kubernetes", "resyncperiod"), ("secondary", "upstream")}
)
"""Options that had lost their effect before a release refused them."""


@dataclass(frozen=True, slots=True)
class Repair:
    """The edits, and what they do as the end of a sentence."""

    edits: tuple[Edit, ...]
    what: str


class Repairs:
    """Finds repairs for one Corefile that runs on `running` and shall run on `target`."""

    def __init__(self, corefile: Corefile, running: Version, target: Version) -> None:
        self._text = corefile.text
        self._running = running
        self._target = target
        self._moves = transfer_moves(corefile)
        # By the place of the block, so that a text with thousands of proxies is still judged in linear time.
        self._forwards = {
            server.addresses[0].start: len(server.named("proxy", "forward")) for server in corefile.servers
        }

    def of(self, refusal: Refusal) -> Repair | None:
        """The repair of `refusal`; None when a person must decide."""
        plugin, option = refusal.plugin, refusal.option
        if plugin is None:
            return None
        if refusal.rule == "CoreDNSPluginRemoved":
            return self._proxy_to_forward(refusal, plugin)
        if refusal.rule == "CoreDNSUnexpectedArgument":
            return self._drop_arguments(plugin)
        if option is None or not plugin.owns(option):
            return None
        if refusal.rule == "CoreDNSUnknownOption" and self._was_skipped(plugin):
            return self._drop(option)
        if refusal.rule == "CoreDNSOptionRemoved":
            return self._replace_option(plugin, option)
        return None

    def _replace_option(self, plugin: Plugin, option: Option) -> Repair | None:
        if (plugin.name, option.name) in _IGNORED_OPTIONS:
            return self._drop(option)
        if plugin.name == "header":
            return self._name_selector(option)
        start = option.tokens[0].start
        if option.name == "no_reload":
            return Repair((Edit(start, option.tokens[-1].end, "reload 0"),), "'no_reload' becomes 'reload 0'")
        moves = self._moves.get(start)
        return Repair(moves, "it moves to a transfer plugin in the same server block") if moves else None

    def _was_skipped(self, plugin: Plugin) -> bool:
        """Whether the running release took no notice of what it did not know in this plugin's braces."""
        facts = plugin_facts()[plugin.name]
        return facts.lenient is not None and self._running in facts.lenient

    def _drop(self, option: Option) -> Repair | None:
        if option.body:
            return None
        edit = remove(self._text, option.tokens[0].start, option.tokens[-1].end)
        return Repair((edit,), f"'{option.name}' is removed, it had no effect")

    def _drop_arguments(self, plugin: Plugin) -> Repair | None:
        facts = plugin_facts()[plugin.name]
        if facts.bare is None or self._running in facts.bare:
            return None
        edit = remove(self._text, plugin.tokens[1].start, plugin.tokens[-1].end)
        return Repair((edit,), f"the arguments of '{plugin.name}' are removed, they had no effect")

    def _name_selector(self, option: Option) -> Repair | None:
        selectors = plugin_facts()["header"].options or {}
        if self._target not in selectors["response"]:
            return None
        start = option.tokens[0].start
        return Repair((Edit(start, start, "response "),), f"it becomes 'response {option.name}', as it acted")

    def _proxy_to_forward(self, refusal: Refusal, plugin: Plugin) -> Repair | None:
        """A proxy without options means the same as a forward; with options it has no exact translation."""
        name = plugin.tokens[0]
        if plugin.name != "proxy" or plugin.opening is not None or len(plugin.tokens) < 3:
            return None
        alone = self._forwards[refusal.server.addresses[0].start] == 1
        if not alone or any(map(is_name, plugin.arguments[1:])):
            return None
        if self._text[name.start : name.end] != "proxy":
            return None
        return Repair(
            (Edit(name.start, name.end, "forward"),), "it becomes 'forward' with the same upstreams"
        )
