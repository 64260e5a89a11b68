"""What a platform team asks for, as far as choosing a version goes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from addon_updater.api.meta import parse_duration
from addon_updater.api.release import AddonReleaseSpec, Channel, MinEvidence, Override
from addon_updater.api.versions import Minor, Version, VersionRange
from addon_updater.errors import VersionError
from addon_updater.resolve.minors import ClusterMinors


@dataclass(frozen=True, slots=True)
class Wish:
    """The version part of an AddonRelease; the defaults are those of an empty spec."""

    range: VersionRange | None = None
    """None: any version."""
    channel: Channel = Channel.DEFAULT
    min_evidence: MinEvidence | None = None
    """None: the catalog's floor for the addon."""
    skip: frozenset[Version] = frozenset()
    min_release_age: timedelta | None = None
    approved_downgrade: bool = False
    """Whether a person has approved going back to an older version."""
    range_field: str = "spec.version"
    """Where the range was written; messages name it."""
    channel_field: str = "spec.channel"


def wish_of(spec: AddonReleaseSpec, settled: Minor | None) -> Wish:
    """What the spec asks for while `settled` is the settled minor; whether a downgrade is approved is not in it.

    Raises:
        VersionError: a text of the spec cannot be read; the message begins with its field.
    """
    policy = spec.policy
    position = override_in_force(spec, settled)
    override = spec.overrides[position] if spec.overrides and position is not None else None
    changed = f"spec.overrides[{position}]"
    range_text, range_field = spec.version, "spec.version"
    if override is not None and override.version is not None:
        range_text, range_field = override.version, f"{changed}.version"
    channel, channel_field = spec.channel, "spec.channel"
    if override is not None and override.channel is not None:
        channel, channel_field = override.channel, f"{changed}.channel"
    skipped = enumerate((policy.skip_versions if policy else None) or ())
    age = policy.min_release_age if policy else None
    return Wish(
        range=_range(range_text, range_field) if range_text else None,
        channel=channel or Channel.DEFAULT,
        min_evidence=policy.min_evidence if policy else None,
        skip=frozenset(_version(text, f"spec.policy.skipVersions[{n}]") for n, text in skipped),
        min_release_age=parse_duration(age) if age else None,
        range_field=range_field,
        channel_field=channel_field,
    )


def override_in_force(spec: AddonReleaseSpec, settled: Minor | None) -> int | None:
    """The position of the override that holds for the minor: the first that does; None when none does.

    Raises:
        VersionError: the range of an override cannot be read; the message begins with its field.
    """
    if settled is None:
        return None
    holds = (n for n, one in enumerate(spec.overrides or ()) if settled in _minors(one, n))
    return next(holds, None)


def minors_of(spec: AddonReleaseSpec, observed: ClusterMinors) -> ClusterMinors:
    """The minors to fit: those of the cluster, and that of spec.prepareFor until the cluster has settled on it.

    Raises:
        VersionError: spec.prepareFor cannot be read; the message begins with its field.
    """
    if spec.prepare_for is None:
        return observed
    try:
        prepared = Minor.parse(spec.prepare_for)
    except VersionError as error:
        raise VersionError(f"spec.prepareFor: {error}") from error
    is_ahead = observed.settled is None or prepared > observed.settled
    return replace(observed, prepare=prepared if is_ahead else None)


def _minors(override: Override, position: int) -> VersionRange:
    return _range(override.kubernetes, f"spec.overrides[{position}].kubernetes")


def _range(text: str, field: str) -> VersionRange:
    try:
        return VersionRange.parse(text)
    except VersionError as error:
        raise VersionError(f"{field}: {error}") from error


def _version(text: str, field: str) -> Version:
    try:
        return Version.parse(text)
    except VersionError as error:
        raise VersionError(f"{field}: {error}") from error
