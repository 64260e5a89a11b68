"""The Kubernetes minors that an addon has to run on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from addon_updater.api.versions import Minor
from addon_updater.errors import VersionError

_FIELDS = (("emulationMajor", "emulationMinor"), ("major", "minor"))
_LEADING_DIGITS = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class ClusterMinors:
    """What is known about the minors of a cluster at one moment.

    `servers` holds the effective minor of every API server, `settled` the minor that all of them had for the
    settle time, `prepare` the minor of spec.prepareFor, `back_from` the newer minor that had settled before, where
    the cluster has gone back since.
    """

    servers: frozenset[Minor]
    settled: Minor | None
    prepare: Minor | None = None
    back_from: Minor | None = None

    @property
    def required(self) -> frozenset[Minor]:
        """Every minor that a version must fit, so that it fits whatever happens next."""
        return self.servers | {minor for minor in (self.settled, self.prepare) if minor is not None}

    @property
    def is_settled(self) -> bool:
        """Whether all API servers serve the settled minor; only then a new hop starts."""
        return self.settled is not None and self.servers == {self.settled}

    @property
    def way_back(self) -> str | None:
        """That the cluster goes back, or has gone back, to an older minor; None when it does not."""
        lowest = min(self.servers, default=None)
        if self.settled is None or lowest is None:
            return None
        if lowest < self.settled:
            return f"the cluster goes back from Kubernetes {self.settled} to {lowest}"
        if self.back_from is not None:
            return f"the cluster went back from Kubernetes {self.back_from} to {self.settled}"
        return None


def effective_minor(version_json: Mapping[str, str]) -> Minor:
    """The minor whose APIs a server serves, from the JSON of its /version.

    A server that emulates an older minor counts as that minor. Vendors write "28+"; a server without usable
    numbers is read by its gitVersion.

    Raises:
        VersionError: nothing in the answer is a minor.
    """
    for major_field, minor_field in _FIELDS:
        major = _LEADING_DIGITS.match(version_json.get(major_field) or "")
        minor = _LEADING_DIGITS.match(version_json.get(minor_field) or "")
        if major and minor:
            return Minor(int(major[0]), int(minor[0]))
    text = version_json.get("gitVersion") or ""
    if not text:
        raise VersionError("the answer of /version has neither minor nor gitVersion; is this an API server?")
    return Minor.parse(text)
