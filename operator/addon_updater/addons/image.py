"""Reads the version out of an image reference."""

from __future__ import annotations

from addon_updater.api.versions import Version
from addon_updater.errors import VersionError
from addon_updater.reasons import Reason
from addon_updater.rollout.addon import UnreadableAddonError


def running_version(image: str) -> str:
    """The upstream version that the tag tells, with a security number and without a vendor's suffix.

    Raises:
        UnreadableAddonError: there is no tag, or it is no version.
    """
    name = image.partition("@")[0]
    tag = name.rpartition("/")[2].partition(":")[2]
    if not tag:
        raise UnreadableAddonError(
            Reason.VERSION_UNREADABLE, f"image {image!r} has no tag; deploy it by tag, or by tag and digest"
        )
    try:
        return Version.parse(tag).upstream
    except VersionError as error:
        raise UnreadableAddonError(Reason.VERSION_UNREADABLE, f"tag of image {image!r}: {error}") from error
