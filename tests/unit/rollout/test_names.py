"""The names of what is created are ones that the API server takes, whatever the release is called."""

from __future__ import annotations

import re

import pytest

from addon_updater.api.crds import custom_resource_definitions
from addon_updater.rollout.content import Content
from addon_updater.rollout.render import rehearsal_name, task_name
from addon_updater.rollout.revision import revision_name

CONTENT = Content("1.0.0", "ledger", "ledger:1.0.0", None, 0, None)
# Source: RFC 1123, as in k8s.io/apimachinery/pkg/util/validation.
SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
ATTEMPT = "0123456789"


@pytest.mark.parametrize(
    "release", ["a", "dns.corp", "x" * 63, f"{'x' * 39}.{'y' * 20}", f"{'x' * 38}--{'y' * 20}"]
)
def test_a_revision_has_a_name_that_the_api_server_takes(release):
    name = revision_name(release, 999, CONTENT)
    assert SUBDOMAIN.fullmatch(name)
    assert len(name) <= 253


@pytest.mark.parametrize(
    "name", [task_name("check-config", ATTEMPT), task_name("backup", ATTEMPT), rehearsal_name(ATTEMPT)]
)
def test_a_job_leaves_room_for_the_suffix_of_its_pods(name):
    assert SUBDOMAIN.fullmatch(f"{name}-x7k2p")
    assert len(name) <= 57


def test_a_release_is_never_named_longer_than_a_label_may_be():
    version = custom_resource_definitions()["addonreleases.yaml"]["spec"]["versions"][0]
    rules = version["schema"]["openAPIV3Schema"]["x-kubernetes-validations"]
    assert "size(self.metadata.name) <= 63" in [one["rule"] for one in rules]
