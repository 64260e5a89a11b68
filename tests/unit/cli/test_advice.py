from __future__ import annotations

import pytest

from addon_updater.cli.advice import REMEDIES, advice
from addon_updater.cli.releases import read_release
from addon_updater.reasons import Reason
from unit.cli import examples

# The reasons under which a person must act, as reasons.py groups them: from UnknownAddon to RollbackFailed.
REASONS = list(Reason)
STALLING = REASONS[REASONS.index(Reason.UNKNOWN_ADDON) : REASONS.index(Reason.ROLLBACK_FAILED) + 1]


@pytest.mark.parametrize("reason", STALLING)
def test_every_reason_that_stalls_has_a_remedy(reason: Reason):
    assert reason in REMEDIES
    (first, *_) = advice(read_release(examples.stalled(reason.value)))
    assert first.text
    assert "{" not in (first.command or "")


@pytest.mark.parametrize(
    "manifest", [examples.healthy(), examples.running(), examples.stalled("OfTheFuture")]
)
def test_nothing_is_advised_where_nothing_is_known_to_help(manifest):
    assert advice(read_release(manifest)) == ()
