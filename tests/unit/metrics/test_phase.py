import pytest

from addon_updater.metrics.phase import PHASE_CODES, Phase, phase_of
from addon_updater.reasons import Reason
from unit.metrics.standings import IDLE, conditions

FITS, UNFIT = "True VersionFits", "False VersionUnfit"
RUNNING = {"Ready": FITS, "UpdateAvailable": "True InProgress"}

CASES = {
    "nothing waits": (IDLE, Phase.IDLE, "Ready"),
    "nothing is known": ([], Phase.UNKNOWN, None),
    "no API server has answered": (
        conditions(Ready="Unknown ClusterUnknown", UpdateAvailable="Unknown ClusterUnknown"),
        Phase.UNKNOWN,
        "Ready",
    ),
    "a person must approve": (
        conditions(Ready=FITS, UpdateAvailable="True WaitingForApproval"),
        Phase.WAITING,
        "UpdateAvailable",
    ),
    "a finding forbids the update": (
        conditions(Ready=FITS, UpdateAvailable="True Blocked"),
        Phase.BLOCKED,
        "UpdateAvailable",
    ),
    "it does not fit and nothing may follow": (
        conditions(Ready=UNFIT, UpdateAvailable="False NoBetterVersion"),
        Phase.BLOCKED,
        "Ready",
    ),
    "it does not fit and its update waits": (
        conditions(Ready=UNFIT, UpdateAvailable="True WaitingForWindow"),
        Phase.WAITING,
        "UpdateAvailable",
    ),
    "a step that has no phase of its own": (
        conditions(**RUNNING, Reconciling="True InProgress"),
        Phase.PROGRESSING,
        "Reconciling",
    ),
    "an attempt that a person must decide": (
        conditions(**RUNNING, Reconciling="True Soaking", Stalled="True GateUnknown"),
        Phase.STALLED,
        "Stalled",
    ),
    "an attempt that goes on while the catalog is broken": (
        conditions(**RUNNING, Reconciling="True Soaking", Stalled="True CatalogBroken"),
        Phase.SOAKING,
        "Reconciling",
    ),
    "the settings are broken and nothing starts": (
        conditions(Ready=FITS, UpdateAvailable="True Frozen", Stalled="True SettingsBroken"),
        Phase.STALLED,
        "Stalled",
    ),
    "a stall that is over": (
        conditions(Ready=FITS, UpdateAvailable="False UpToDate", Stalled="False ForeignOwner"),
        Phase.IDLE,
        "Ready",
    ),
}


@pytest.mark.parametrize("found, phase, deciding", CASES.values(), ids=CASES.keys())
def test_the_phase_follows_from_the_conditions(found, phase, deciding):
    said, condition = phase_of(found)
    assert (said, condition.type if condition else None) == (phase, deciding)


@pytest.mark.parametrize(
    "step",
    ["Preparing", "Checking", "BackingUp", "Rehearsing", "Applying", "Progressing", "Soaking", "RollingBack"],
)
def test_a_step_of_an_attempt_is_a_phase_of_the_same_name(step):
    assert Reason(step)
    said, _ = phase_of(conditions(**RUNNING, Reconciling=f"True {step}"))
    assert said.value == step


def test_every_phase_has_a_number_of_its_own_and_the_urgent_ones_the_greatest():
    assert list(PHASE_CODES) == list(Phase)
    codes = list(PHASE_CODES.values())
    assert codes == sorted(set(codes))
