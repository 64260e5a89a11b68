from __future__ import annotations

import re
from pathlib import Path

import pytest

from addon_updater.api.reference import FILE, main, render, sections
from addon_updater.api.release import AddonRelease
from addon_updater.api.schema import structural_schema

DOCS = Path(__file__).parents[3] / "docs"
PAGE = render()
PARTS = {
    name: list(sections(schema, name))
    for name, schema in structural_schema(AddonRelease)["properties"].items()
}
FIELDS = [field for part in PARTS.values() for section in part for field in section.fields]


def test_the_committed_page_is_the_generated_one():
    assert (DOCS / FILE).read_text(encoding="utf-8") == PAGE, "run `make generate`"


def test_generating_writes_the_page(tmp_path):
    main(str(tmp_path))

    assert (tmp_path / FILE).read_text(encoding="utf-8") == PAGE


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.path)
def test_a_field_says_what_it_means_and_what_an_unset_one_means(field):
    assert re.fullmatch(r"[A-Z`].*[.]", field.meaning)
    assert field.unset or field.path.startswith("status.")


def test_every_link_leads_to_a_heading():
    headings = {
        re.sub("[^a-z]", "", title.lower()) for title in re.findall(r"^### (.*)$", PAGE, re.MULTILINE)
    }

    links = set(re.findall(r"\(#(.*?)\)", PAGE))

    assert links
    assert links <= headings


def test_every_row_has_as_many_cells_as_its_head():
    for table in re.findall(r"(?:^\|.*\n)+", PAGE, re.MULTILINE):
        widths = {len(re.split(r"(?<!\\)\|", row)) for row in table.splitlines()}
        assert len(widths) == 1, table
