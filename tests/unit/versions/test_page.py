"""docs/versions.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from addon_updater.api.versions import Version, VersionRange
from addon_updater.catalog import load_embedded
from addon_updater.errors import VersionError
from oracle.differences import REFUSED, rows

PAGE = (Path(__file__).parents[3] / "docs" / "versions.md").read_text(encoding="utf-8")


def table(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading."""
    below = PAGE.split(f"\n{heading}\n", 1)[1]
    lines = [line for line in below.split("\n## ")[0].splitlines() if line.startswith("| ")]
    return [line.replace("\\|", "¦").strip("| ").split(" | ") for line in lines[2:]]


def code(cell: str) -> list[str]:
    """The texts that a cell shows as code."""
    return [text.replace("¦", "|") for text in re.findall("`([^`]+)`", cell)]


@pytest.mark.parametrize("row", table("## One meaning for each text"), ids=lambda row: row[0])
def test_every_spelling_of_the_page_means_what_it_says(row):
    (text,) = code(row[0])
    version = Version.parse(text)

    assert str(version) == row[2]
    assert version < Version.parse(row[3])


@pytest.mark.parametrize("row", table("## Ranges"), ids=lambda row: row[0])
def test_the_spellings_of_one_row_mean_the_same_or_can_be_read(row):
    assert all(VersionRange.parse(text).alternatives for text in code(row[0]))


def test_the_error_of_the_page_is_the_real_one():
    shown = " ".join(PAGE.split("```\nspec.version: ")[1].split("\n```")[0].split())

    with pytest.raises(VersionError, match=f"^{re.escape(shown)}$"):
        VersionRange.parse(">=1.11 <one")


def test_the_page_names_every_variant_that_an_image_keeps():
    section = PAGE.split("## The image of another version")[1].split("\n## ")[0]

    known = {variant.name for addon in load_embedded().addons.values() for variant in addon.image.variants}
    assert set(re.findall(r"`-([a-z]+)`", section)) == known == {"busybox", "distroless", "ubuntu"}


def test_the_page_lists_exactly_the_differences_that_the_oracle_leaves_out():
    listed = PAGE.split("## Where it differs from Helm and Flux")[1].splitlines()

    assert [line.replace("\\|", "|") for line in listed if line.startswith("| `")] == rows()
    assert REFUSED in "".join(rows())
