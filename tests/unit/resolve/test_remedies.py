"""What a verdict says helps must be all that helps, and must be true."""

import pytest

from addon_updater.api.release import MinEvidence
from addon_updater.api.versions import Version
from addon_updater.resolve.reasons import Reason
from unit.resolve.situations import coredns, run
from unit.resolve.test_beyond_channel import SEVERAL, addon


@pytest.mark.parametrize(
    "wish, reason, also",
    [
        ({}, Reason.BEYOND_CHANNEL, Reason.EVIDENCE_UNKNOWN),
        ({"range": "<3.1"}, Reason.OUT_OF_RANGE, Reason.BEYOND_CHANNEL),
        ({"skip": ["3.1.0"]}, Reason.BEYOND_CHANNEL, Reason.SKIPPED),
        ({"quarantined": {"3.1.0": "it failed"}}, Reason.BEYOND_CHANNEL, Reason.QUARANTINED),
    ],
)
def test_a_remedy_names_every_further_objection_with_what_helps_against_it(wish, reason, also):
    asked = {"min_evidence": MinEvidence.TESTED} | wish
    found = run(addon(*SEVERAL, weak=["3.1.0"]), "1.34", installed="2.0.0", **asked)

    candidate = found.candidates.find(Version.parse("3.1.0"))
    assert candidate.reason is reason
    assert f"; {also} stands against it as well: " in candidate.remedy


def test_a_version_to_go_back_to_asks_for_an_approval_and_no_pin():
    found = run(coredns(), "1.34", installed="1.14.5")

    assert str(found.downgrade) == "1.12.1"
    assert found.candidates.find(found.downgrade).remedy == "approve the plan to go back"


def test_the_running_version_is_told_as_running_while_a_newer_one_is_wanted():
    found = run(coredns(), "1.34", installed="1.11.3", min_evidence=MinEvidence.ASSUMED)

    running = found.candidates.find(Version.parse("1.11.3"))
    assert running.message.endswith("; it runs, and 1.12.1 is newer")
    assert running.remedy == "pin it in spec.version to stay on it"


def test_every_candidate_names_a_source_and_a_remedy_where_nobody_knows_the_minor():
    found = run(coredns(), "1.39", installed="1.12.1")

    assert all(one.source and one.remedy for one in found.candidates)
    assert found.message.startswith("no version is known to fit: Kubernetes 1.39 is newer than the catalog")
    assert "a newer addon-updater may know more" in found.message
