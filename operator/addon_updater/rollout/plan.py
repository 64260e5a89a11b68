"""The plan of the next hop and its hash, which is what a person approves."""

from __future__ import annotations

import difflib
import hashlib
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from addon_updater.resolve import Hop, Threat
from addon_updater.resolve.images import ImageName
from addon_updater.rollout.content import Content
from addon_updater.rollout.finding import Finding, Severity


@dataclass(frozen=True, slots=True)
class Plan:
    """The hops ahead, and the first of them rendered."""

    hops: tuple[Hop, ...]
    desired: Content
    findings: tuple[Finding, ...]
    difference: str
    hash: str
    closes: tuple[Threat, ...] = ()
    """The known flaws of the running version that the hops leave behind, the gravest first."""
    passing: tuple[Finding, ...] = ()
    """Those of the findings that are about this cluster at this moment; the hash knows nothing of them."""

    @property
    def blockers(self) -> tuple[Finding, ...]:
        """The findings that forbid the hop."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.BLOCK)

    @property
    def may_free_itself(self) -> bool:
        """Whether what forbids the hop can end although nobody touches workload, configuration or release."""
        return any(finding in self.passing for finding in self.blockers)

    def here_and_now(self, found: Sequence[Finding]) -> Plan:
        """The same plan, of the same hash, with what is found about this cluster at this moment."""
        return replace(self, findings=(*self.findings, *found), passing=tuple(found))


def make_plan(
    *,
    addon: str,
    current: Content,
    desired: Content,
    hops: Sequence[Hop],
    findings: Sequence[Finding],
    closes: Sequence[Threat] = (),
) -> Plan:
    """Render the difference and hash the plan.

    The hash covers everything that the switch brings: addon, versions, rules, what changes of the configuration and
    of the arguments, and which image. It covers nothing of the cluster's identity, nor the mirror that the image comes
    from: alike clusters share an approval.
    """
    difference = text_difference(current, desired)
    subject = {
        "addon": addon,
        "from": current.version,
        "to": desired.version,
        "hops": [[str(hop.start), str(hop.to)] for hop in hops],
        "rules": sorted({finding.rule for finding in findings}),
        "difference": difference,
        "arguments": _changed_arguments(current, desired),
        "image": _without_its_mirror(desired.image),
    }
    digest = hashlib.sha256(json.dumps(subject, sort_keys=True).encode()).hexdigest()[:16]
    return Plan(tuple(hops), desired, tuple(findings), difference, digest, tuple(closes))


def text_difference(current: Content, desired: Content) -> str:
    """The configuration's unified diff; empty when the text stays."""
    if current.config is None or desired.config is None or current.config.text == desired.config.text:
        return ""
    return "".join(
        difflib.unified_diff(
            current.config.text.splitlines(keepends=True),
            desired.config.text.splitlines(keepends=True),
            fromfile=f"{current.config.input_key} ({current.version})",
            tofile=f"{desired.config.input_key} ({desired.version})",
        )
    )


def _changed_arguments(current: Content, desired: Content) -> list[str]:
    """The arguments that go, with a minus, and those that come; what stays may differ between alike clusters."""
    lines = difflib.unified_diff(current.args or (), desired.args or (), n=0, lineterm="")
    return [line for line in itertools.islice(lines, 2, None) if not line.startswith("@@")]


def _without_its_mirror(image: str) -> list[str | None]:
    """Name, tag and digest, which say what runs; registry and folders only say where from."""
    parts = ImageName.parse(image)
    return [parts.repository.rpartition("/")[2], parts.tag, parts.digest]
