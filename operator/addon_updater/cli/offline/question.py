"""What a person asks about a cluster that is not there: the flags of `plan --offline`, read and checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from addon_updater.api.release import AddonReleaseSpec
from addon_updater.api.release_policy import Policy
from addon_updater.api.vendors import Vendor
from addon_updater.api.versions import Minor, Version
from addon_updater.cli.offline_words import OfflineWords
from addon_updater.errors import UsageError, VersionError
from addon_updater.resolve import wish_of

_LISTS = ("skipVersions",)


@dataclass(frozen=True, slots=True)
class Question:
    """Which version should run there?"""

    spec: AddonReleaseSpec
    minor: Minor
    baseline: Minor
    """The minor up to which breaking updates have been let in."""
    current: Version
    vendor: Vendor
    """Who built the cluster; unknown when nobody says."""


def read_question(words: OfflineWords) -> Question:
    """The question behind the flags.

    Raises:
        UsageError: a flag cannot be read; the message begins with it.
    """
    minor = _minor("--kubernetes", words.kubernetes)
    spec = _spec(words)
    try:
        wish_of(spec, minor)
    except VersionError as error:
        raise UsageError(_flag_for(str(error))) from error
    try:
        current = Version.parse(words.current)
    except VersionError as error:
        raise UsageError(f"--current: {error}") from error
    baseline = _minor("--baseline", words.baseline) if words.baseline is not None else minor
    return Question(spec, minor, baseline, current, _vendor(words.vendor))


def _vendor(text: str | None) -> Vendor:
    if text is None:
        return Vendor.UNKNOWN
    try:
        return Vendor(text.lower())
    except ValueError as error:
        known = ", ".join(vendor for vendor in Vendor if vendor is not Vendor.UNKNOWN)
        raise UsageError(f"--vendor: nobody here knows {text!r}; write one of {known}") from error


def _minor(flag: str, text: str) -> Minor:
    try:
        return Minor.parse(text)
    except VersionError as error:
        raise UsageError(f"{flag}: {error}") from error


def _spec(words: OfflineWords) -> AddonReleaseSpec:
    written = {
        "addon": words.addon,
        "version": words.version,
        "channel": words.channel,
        "policy": _policy(words.policy) or None,
    }
    try:
        return AddonReleaseSpec.model_validate(written)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        path = "spec." + ".".join(str(step) for step in first["loc"])
        raise UsageError(_flag_for(f"{path}: {first['msg']}")) from error


def _policy(settings: Sequence[str]) -> dict[str, Any]:
    known = [field.alias or name for name, field in Policy.model_fields.items()]
    policy: dict[str, Any] = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals or key not in known:
            raise UsageError(f"--policy {setting}: write KEY=VALUE, where KEY is one of {', '.join(known)}")
        if key in policy:
            raise UsageError(f"--policy {key} is given twice; name it once")
        policy[key] = value.split(",") if key in _LISTS else value
    return policy


def _flag_for(message: str) -> str:
    """The message with the flag in place of the field of the spec that it sets."""
    for field, flag in (("spec.policy.", "--policy "), ("spec.", "--")):
        if message.startswith(field):
            return f"{flag}{message.removeprefix(field)}"
    return message
