from __future__ import annotations

import json

import pytest
import yaml

from addon_updater.cli.arguments import Output
from addon_updater.cli.documents import list_document, status_document
from addon_updater.cli.output import dump
from addon_updater.cli.releases import read_release
from unit.cli import examples

KEYS = [
    "namespace",
    "name",
    "addon",
    "generation",
    "observedGeneration",
    "kubernetes",
    "cluster",
    "problem",
    "current",
    "target",
    "ready",
    "update",
    "reconciling",
    "stalled",
    "circuitBreaker",
    "attempt",
    "lastHandled",
    "plan",
    "security",
    "nextWindow",
    "effective",
    "gates",
    "quarantined",
    "candidates",
    "history",
    "owners",
    "advice",
]


@pytest.mark.parametrize(
    "manifest",
    [examples.release(), examples.healthy(), examples.waiting(), examples.running(), examples.stalled()],
)
def test_every_key_is_always_there(manifest):
    assert list(status_document(read_release(manifest), examples.NOW)) == KEYS


def test_a_running_attempt_tells_its_elapsed_seconds():
    document = status_document(read_release(examples.running()), examples.NOW)
    assert document["attempt"]["elapsedSeconds"] == 90


def test_json_and_yaml_carry_the_same_document():
    document = list_document([read_release(examples.waiting())], examples.NOW)
    assert json.loads(dump(document, Output.JSON)) == yaml.safe_load(dump(document, Output.YAML)) == document
