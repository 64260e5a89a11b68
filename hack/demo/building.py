"""What the demo needs at a level, and building it: nothing more, so that a first run ends as soon as it can."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from demo import on_control_plane
from localcluster import Level, debian
from localcluster.build import build
from localcluster.groups import COREDNS_VERSIONS, PROMETHEUS_VERSIONS, select_groups
from localcluster.images import STAND_INS, operator_image, stand_in
from localcluster.levels import GROUPS_OF
from localcluster.settings import current_settings

PROGRAMS_OF: Final[Mapping[Level, tuple[str, ...]]] = {
    Level.NODE: (
        *GROUPS_OF[Level.NODE],
        *(f"coredns-{version}" for version in COREDNS_VERSIONS),
        *(f"prometheus-{version}" for version in PROMETHEUS_VERSIONS),
    ),
    Level.CONTROL_PLANE: (*GROUPS_OF[Level.CONTROL_PLANE], on_control_plane.PROGRAMS),
}
"""Groups of programs by level."""


def prepare(level: Level) -> None:
    """Build what is not there yet.

    Raises:
        LocalClusterError: something is missing on this machine, or did not build.
    """
    groups = select_groups(list(PROGRAMS_OF[level]))
    if level is Level.CONTROL_PLANE:
        build(current_settings(), groups, _report)
        return
    debian.setup(_report)
    with ThreadPoolExecutor(1) as pool:
        images = pool.submit(_prepare_images)
        build(current_settings(), groups, _report)
        images.result()


def _prepare_images() -> None:
    """Their downloads run while the compiler works."""
    operator_image()
    for name in STAND_INS:
        stand_in(name)


def _report(line: str) -> None:
    sys.stderr.write(f"{line}\n")
