"""What kwok is told of nodes and pods: the documents name what the table of fates promises."""

import re
from typing import Any

import pytest
import yaml

from localcluster.kwok import FATES, STAGES, fake_node

DOCUMENTS: list[dict[str, Any]] = [
    document for path in sorted(STAGES.glob("*.yaml")) for document in yaml.safe_load_all(path.read_text())
]
POD_STAGES = [stage for stage in DOCUMENTS if stage["spec"]["resourceRef"]["kind"] == "Pod"]
TAG = re.compile(r"capture\(\"-\(\?<fate>([a-z|-]+)\)")


def fates(stage: dict[str, Any], operator: str) -> set[str]:
    """The tags that a stage selects (Exists) or leaves to others (DoesNotExist)."""
    found = [item["jq"] for item in stage["spec"]["selector"]["matchExpressions"]]
    texts = [TAG.search(item["key"]) for item in found if item["operator"] == operator]
    return {fate for match in texts if match for fate in match[1].split("|")}


def test_stages_have_names_of_their_own() -> None:
    names = [stage["metadata"]["name"] for stage in DOCUMENTS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("fate", FATES)
def test_every_fate_has_a_stage_that_selects_it(fate: str) -> None:
    assert [stage["metadata"]["name"] for stage in POD_STAGES if fate in fates(stage, "Exists")] != []


def test_stages_know_no_other_fates() -> None:
    known = {fate for stage in POD_STAGES for op in ("Exists", "DoesNotExist") for fate in fates(stage, op)}
    assert known == set(FATES)


def test_a_pod_starts_by_exactly_one_stage() -> None:
    by_name = {stage["metadata"]["name"]: stage for stage in POD_STAGES}
    ordinary = fates(by_name["pod-ready"], "DoesNotExist")
    assert ordinary == fates(by_name["pod-start"], "Exists") | fates(by_name["pod-cannot-pull"], "Exists")
    assert set(FATES) - ordinary == {"ready-then-fails"}


@pytest.mark.parametrize("stage", POD_STAGES, ids=lambda stage: stage["metadata"]["name"])
def test_only_deletion_touches_a_pod_that_is_being_deleted(stage: dict[str, Any]) -> None:
    (operator,) = [
        item["jq"]["operator"]
        for item in stage["spec"]["selector"]["matchExpressions"]
        if item["jq"]["key"] == ".metadata.deletionTimestamp"
    ]
    assert (operator == "Exists") == any(step.get("delete") for step in stage["spec"]["steps"])


def test_the_fake_node_names_itself_a_fake_of_its_minor() -> None:
    info: Any = fake_node("1.35")["status"]
    assert info["nodeInfo"]["kubeletVersion"] == "v1.35.0"
    assert info["nodeInfo"]["containerRuntimeVersion"] == "kwok"


@pytest.mark.parametrize("stage", DOCUMENTS, ids=lambda stage: stage["metadata"]["name"])
def test_every_text_of_a_template_is_quoted(stage: dict[str, Any]) -> None:
    """A container named `y` or `1e3` would else become a truth value or a number."""
    templates = [step["patch"]["template"] for step in stage["spec"]["steps"] if "patch" in step]
    values = {value for text in templates for value in re.findall(r":\s*{{ ([^}]+) }}", text)}
    texts = {value for value in values if value.startswith((".", "printf", "index"))}
    assert {text for text in texts if not text.endswith("| Quote")} <= {
        ".restartCount",
        ".lastState | toJson",
    }
