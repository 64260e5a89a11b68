"""The releases at which Prometheus changed what it accepts or does."""

from __future__ import annotations

from typing import Final

from addon_updater.api.versions import Version

V3: Final = Version.parse("3.0.0")


def crosses(border: Version, running: Version, target: Version) -> bool:
    """Whether an update from `running` to `target` passes the release that brought a change."""
    return running < border <= target
