from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from addon_updater.reasons import ConditionType, Reason

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "operator" / "addon_updater"
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
PARTS = ("It means", "The operator", "You do")


SOURCES = {str(path.relative_to(PACKAGE)): path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}


def test_the_source_root_is_no_package_that_would_shadow_the_standard_library():
    assert not (ROOT / "operator" / "__init__.py").exists()


@pytest.mark.parametrize("library, home", [("kopf", "cluster/watch.py"), ("kubernetes", "cluster/client.py")])
def test_one_file_imports(library, home):
    statement = re.compile(rf"^\s*(from|import) {library}\b", re.MULTILINE)
    assert [name for name, source in SOURCES.items() if statement.search(source)] == [home]


@pytest.mark.parametrize("name", ["ConditionType", "Reason"])
def test_every_reason_and_condition_type_says_what_it_means_in_one_line(name):
    tree = ast.parse(SOURCES["reasons.py"])
    body = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name).body[1:]
    members = [node.targets[0].id for node in body if isinstance(node, ast.Assign)]
    said = [node.value.value for node in body if isinstance(node, ast.Expr)]
    assert len(members) == len(said) == len({"ConditionType": ConditionType, "Reason": Reason}[name])
    assert [isinstance(node, ast.Expr) for node in body] == [False, True] * len(members)
    assert [text for text in said if not re.fullmatch(r"[A-Za-z][^\n]+[.]", text)] == []


def entries(heading: str) -> dict[str, str]:
    """Title to text of the third-level sections below a second-level one."""
    chapter = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", RUNBOOK, re.MULTILINE | re.DOTALL)
    assert chapter is not None, heading
    parts = re.split(r"^### (\w+)\n", chapter[1], flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_the_runbook_has_one_entry_for_every_reason():
    assert sorted(entries("Reasons")) == sorted(Reason)


def test_the_runbook_has_one_entry_for_every_condition():
    assert sorted(entries("Conditions")) == sorted(ConditionType)


def alerts() -> list[dict[str, Any]]:
    rules = yaml.safe_load((ROOT / "deploy/monitoring/rules/addon-updater.yaml").read_text(encoding="utf-8"))
    return [rule for group in rules["groups"] for rule in group["rules"]]


def test_the_runbook_has_one_entry_for_every_alert_and_the_alert_points_to_it():
    assert sorted(entries("Alerts")) == sorted(alert["alert"] for alert in alerts())
    anchors = {alert["alert"]: alert["annotations"]["runbook_url"].rpartition("#")[2] for alert in alerts()}
    assert anchors == {name: name.lower() for name in anchors}


@pytest.mark.parametrize("entry", [*Reason, *entries("Alerts")])
def test_an_entry_of_the_runbook_says_meaning_deed_and_remedy(entry):
    text = " ".join((entries("Reasons") | entries("Alerts"))[entry].split())
    assert [part for part in PARTS if f"**{part}" not in text] == []


def test_links_within_the_runbook_lead_to_an_entry():
    titles = {title.lower() for heading in ("Conditions", "Reasons", "Alerts") for title in entries(heading)}
    assert [anchor for anchor in re.findall(r"\]\(#([^)]+)\)", RUNBOOK) if anchor not in titles] == []


def test_commands_of_the_runbook_name_objects_as_the_operator_does():
    source = "\n".join(text for name, text in SOURCES.items() if name.startswith("rollout/"))
    for key in re.findall(r"addon-updater\.dev/[\w-]+", RUNBOOK):
        assert key.partition("/")[2].split("=")[0] in source, key
