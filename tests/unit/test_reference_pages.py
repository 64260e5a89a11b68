"""The hand-written pages of docs/ name everything that the models have, and nothing that they have not."""

import re
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from addon_updater.api.operator_settings import (
    KEY,
    NAME,
    CircuitBreaker,
    Freeze,
    OperatorSettings,
    PolicyCeiling,
    read_operator_settings,
)
from addon_updater.api.readiness import ReadinessRule
from addon_updater.catalog.stack import CatalogReason
from addon_updater.resolve.findings import Assessment

DOCS = Path(__file__).parents[2] / "docs"
SETTINGS = (DOCS / "settings.md").read_text(encoding="utf-8")
OBJECTS = (DOCS / "cluster-objects.md").read_text(encoding="utf-8")


def cells(page: str, heading: str) -> list[list[str]]:
    """The rows of the first table below a heading, without the marks of code."""
    (table,) = re.findall(rf"{re.escape(heading)}\n.*?\n((?:\|[^\n]*\n)+)", page, re.DOTALL)[:1]
    rows = [line.strip("|").split(" | ") for line in table.splitlines()[2:]]
    return [[cell.strip().replace("`", "") for cell in row] for row in rows]


def fields(model: type[BaseModel], prefix: str = "") -> set[str]:
    return {prefix + (field.alias or name) for name, field in model.model_fields.items()}


def test_the_page_of_the_settings_has_a_row_for_every_setting():
    inner = fields(Freeze, "freeze.") | fields(PolicyCeiling, "policy.")
    inner |= fields(CircuitBreaker, "circuitBreaker.")
    assert sorted(row[0] for row in cells(SETTINGS, "# Settings")) == sorted(
        (fields(OperatorSettings) | inner) - {"policy"}
    )


def test_the_example_of_the_settings_can_be_used_and_shows_every_setting():
    example = yaml.safe_load(re.search("```yaml\n(.*?)```", SETTINGS, re.DOTALL)[1])
    assert example["metadata"]["name"] == NAME
    settings = read_operator_settings(example["data"][KEY])
    assert settings.model_fields_set == set(OperatorSettings.model_fields)


def test_the_page_of_the_cluster_objects_has_a_row_for_every_reason_of_a_catalog():
    rows = cells(OBJECTS, "## AddonCatalog")
    assert [row[1] for row in rows] == list(CatalogReason)
    assert all(len(row) == 4 and all(row) for row in rows)


@pytest.mark.parametrize("rule", ReadinessRule)
def test_the_page_of_the_cluster_objects_tells_the_verdict_of_every_rule(rule):
    rows = {row[0]: row[1] for row in cells(OBJECTS, "## UpgradeReadiness")}
    assert rows[rule] == Assessment("web", "apps/web", rule, "").verdict
    assert len(rows) == len(ReadinessRule)
