"""The image of a version, written as the running one is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from addon_updater.api.catalog import ImageLocation, ImageVariant
from addon_updater.api.release import ImageRewrite
from addon_updater.api.versions import Version, VersionRange
from addon_updater.catalog.index import AddonEntryIndex, CatalogRelease
from addon_updater.errors import CatalogError, VersionError

_PART = "[a-z0-9]+(?:[._-]+[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?(?::[0-9]{{1,5}})?(?:/{_PART})+")
"""A repository with its registry, as every rewrite has to make one."""
_LONGEST = 255


class ImageName(NamedTuple):
    """An image reference in its parts."""

    repository: str
    tag: str | None
    digest: str | None

    @classmethod
    def parse(cls, text: str) -> ImageName:
        """Split a reference such as registry:5000/coredns:v1.12.1@sha256:..."""
        name, _, digest = text.partition("@")
        path, slash, last = name.rpartition("/")
        last, _, tag = last.partition(":")
        return cls(path + slash + last, tag or None, digest or None)

    @property
    def canonical(self) -> str:
        """The repository as registries know it: Docker Hub's short names spelled out."""
        host, slash, _ = self.repository.partition("/")
        if slash and ("." in host or ":" in host or host == "localhost"):
            return self.repository
        return f"docker.io/{self.repository}" if slash else f"docker.io/library/{self.repository}"

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.repository}{tag}{digest}"


def image_for(
    addon: AddonEntryIndex,
    version: Version,
    running_image: str,
    *,
    rewrites: Sequence[ImageRewrite] = (),
    pin_digest: bool = False,
) -> str:
    """The image of `version` for a container that runs `running_image`.

    The repository stays, whatever mirror it is, unless one of the rewrites holds for it; the tag keeps its style,
    with or without v, and upstream's variant of the base image; an image that is pinned by digest stays pinned. With
    `pin_digest` a digest is added where the catalog has one for the repository. Tag and digest that a release states
    itself hold for its own repository and for what the rewrites make of that, never for another mirror or a variant.

    Raises:
        CatalogError: no such image can be named: an unknown version, a vendor's own builds, a tag that shows no
            version, a repository that never got this release, a variant that the release does not have, a pinned
            image whose new digest is not known, or a rewrite that makes no repository.
    """
    release = addon.release(version)
    if release is None:
        raise CatalogError(
            f"addon {addon.name}: {version} is not in the catalog; add it with an AddonCatalog"
        )
    running = _rewritten(ImageName.parse(running_image), rewrites)
    variant = _variant(addon, running.tag)
    if variant is not None and version not in VersionRange.parse(variant.versions):
        raise CatalogError(
            f"addon {addon.name}: {version} has no -{variant.name} build, which {running_image} is; "
            f"{variant.versions} have one: choose such a version, or run the image without -{variant.name}"
        )
    suffix = f"-{variant.name}" if variant else ""
    special = release.data.image
    home = special.repository if special and special.repository else addon.image.repository
    at_home = _is_at(running, home, rewrites)
    if not at_home and _is_at(running, addon.image.repository, rewrites):
        raise CatalogError(
            f"addon {addon.name}: {running.repository} never got {version}, which is at {home}; "
            "choose another version"
        )
    own = special if special and at_home and variant is None else None
    tag = own.tag if own and own.tag else _tag(addon, release, running, rewrites, suffix) + suffix
    digest = own.digest if own else None
    if running.digest and digest is None:
        raise CatalogError(
            f"addon {addon.name}: {running_image} is pinned by digest, and that of {version} in this repository "
            "is not in the catalog; add it with an AddonCatalog, or run the image by tag"
        )
    keeps_tag = running.tag is not None or running.digest is None
    wants_digest = pin_digest or running.digest is not None
    return str(ImageName(running.repository, tag if keeps_tag else None, digest if wants_digest else None))


def _rewritten(image: ImageName, rewrites: Sequence[ImageRewrite]) -> ImageName:
    """The image in the repository that the longest matching rewrite makes of its own."""
    known = image.canonical
    matching = [one for one in rewrites if known == one.from_ or known.startswith(f"{one.from_}/")]
    if not matching:
        return image
    rewrite = max(matching, key=lambda one: len(one.from_))
    repository = rewrite.to + known.removeprefix(rewrite.from_)
    if len(repository) > _LONGEST or _REPOSITORY.fullmatch(repository) is None:
        raise CatalogError(
            f"spec.images.rewrites[from={rewrite.from_}]: makes {repository} of {known}, which is no repository; "
            "correct `to`"
        )
    return image._replace(repository=repository)


def _is_at(image: ImageName, place: str, rewrites: Sequence[ImageRewrite]) -> bool:
    """Whether the image is in that repository, or in what the rewrites make of it."""
    return image.canonical in (place, _rewritten(ImageName.parse(place), rewrites).canonical)


def _variant(addon: AddonEntryIndex, tag: str | None) -> ImageVariant | None:
    """Upstream's variant that the end of the tag names; None for the default one."""
    return next((one for one in addon.image.variants if (tag or "").endswith(f"-{one.name}")), None)


def _tag(
    addon: AddonEntryIndex,
    release: CatalogRelease,
    running: ImageName,
    rewrites: Sequence[ImageRewrite],
    suffix: str,
) -> str:
    """The tag of the release in the running one's style, without the variant's suffix."""
    text = str(release.version).replace("+", "-")
    try:
        current = Version.parse((running.tag or "").removesuffix(suffix))
    except VersionError:
        location = _known_location(addon, running, rewrites)
        if location is None:
            raise CatalogError(
                f"addon {addon.name}: the tag of {running} shows no version, so its style is not known; "
                f"run a tag such as v{text}"
            ) from None
        return location.tag.replace("{version}", text)
    if current.is_rebuild:
        raise CatalogError(
            f"addon {addon.name}: {running} is a vendor's own build, and which builds of {release.version} exist "
            "is not known; let the vendor's add-on manager update it, or run the upstream image"
        )
    return f"v{text}" if (running.tag or "").startswith("v") else text


def _known_location(
    addon: AddonEntryIndex, running: ImageName, rewrites: Sequence[ImageRewrite]
) -> ImageLocation | None:
    locations = (addon.image, *addon.image.alternatives)
    return next((one for one in locations if _is_at(running, one.repository, rewrites)), None)
