from datetime import UTC, datetime
from typing import Any

import pytest

from addon_updater.api.meta import ConditionStatus
from addon_updater.catalog.stack import CatalogReason, CatalogStack, SeenCatalog
from addon_updater.catalog.standing import catalog_status, is_fresh
from unit.catalog import entries

NOW = datetime(2026, 5, 10, 12, tzinfo=UTC)
BROKEN = {"name": "web", "risk": 7}


def manifest(serial: int, *addons: dict[str, Any], uid: str = "1", status: Any = None, **more: Any) -> dict:
    spec = {"mode": "Extend", "serial": serial, "addons": list(addons or (entries.wire(),))} | more
    return {"metadata": {"uid": uid, "generation": serial}, "spec": spec, "status": status}


def only(stack: CatalogStack) -> SeenCatalog:
    (seen,) = stack.seen()
    return seen


def serial_in_force(stack: CatalogStack) -> int | None:
    in_force = only(stack).in_force
    return in_force.serial if in_force else None


def conditions(seen: SeenCatalog, now: datetime = NOW) -> dict[str, tuple[str, str]]:
    told = catalog_status(seen, now).conditions or []
    return {one.type: (one.status.value, one.reason) for one in told}


def test_a_serial_that_goes_up_or_stays_is_taken():
    stack = CatalogStack()
    for serial in (3, 4, 4, 9):
        stack.put("more", manifest(serial))
        assert serial_in_force(stack) == serial
    assert stack.refusals == {}


def test_a_serial_that_goes_down_is_refused_and_the_last_good_content_stays():
    stack = CatalogStack()
    stack.put("more", manifest(5))
    stack.put("more", manifest(4, entries.wire(name="other")))
    assert serial_in_force(stack) == 5
    assert stack.catalog.addon("web") is not None
    assert stack.catalog.addon("other") is None
    refusal = stack.refusals["more"]
    assert refusal.reason is CatalogReason.SERIAL_WENT_DOWN
    assert refusal.message == (
        "AddonCatalog more: spec.serial 4 is lower than 5, which has been in force: a replay is refused; write 6, or "
        "delete the object and create it anew"
    )
    stack.put("more", manifest(6))
    assert (serial_in_force(stack), stack.refusals) == (6, {})


def test_after_a_restart_the_status_remembers_the_serial():
    stack = CatalogStack()
    stack.put("more", manifest(4, status={"acceptedSerial": 5}))
    assert serial_in_force(stack) is None
    assert stack.catalog.addon("web") is None
    assert stack.refusals["more"].reason is CatalogReason.SERIAL_WENT_DOWN
    assert catalog_status(only(stack), NOW).accepted_serial == 5
    assert stack.lost == ("more",)
    stack.put("more", manifest(5, status={"acceptedSerial": 5}))
    assert stack.lost == ()


@pytest.mark.parametrize("status", [None, {}, {"acceptedSerial": None}, {"acceptedSerial": "7"}, {"x": 1}])
def test_a_status_that_remembers_nothing_refuses_nothing(status):
    stack = CatalogStack()
    stack.put("more", manifest(1, status=status))
    assert serial_in_force(stack) == 1


def test_a_serial_counts_as_accepted_only_once_its_content_was_in_force():
    stack = CatalogStack()
    stack.put("more", manifest(2))
    stack.put("more", manifest(9, BROKEN))
    assert only(stack).accepted_serial == 2
    stack.put("more", manifest(3))
    assert serial_in_force(stack) == 3


@pytest.mark.parametrize("dropped", [True, False], ids=["its deletion was seen", "its deletion was missed"])
def test_an_object_that_was_created_anew_may_begin_with_any_serial(dropped):
    stack = CatalogStack()
    stack.put("more", manifest(5))
    if dropped:
        stack.drop("more")
    stack.put("more", manifest(1, uid="2"))
    assert (serial_in_force(stack), stack.refusals) == (1, {})


def test_the_higher_priority_has_the_last_word_and_of_equal_ones_the_later_name_which_is_told():
    def floor(value: str) -> dict[str, Any]:
        return {"name": "web", "evidenceFloor": value}

    stack = CatalogStack()
    stack.put("base", manifest(1, priority=-5))
    stack.put("b", manifest(1, floor("Assumed")))
    stack.put("a", manifest(1, floor("Tested")))
    told = {one.name: one.shares for one in stack.seen()}
    assert told == {
        "base": None,
        "a": "AddonCatalog b has the same priority 0 and speaks of web too; by name, b has the last word",
        "b": "AddonCatalog a has the same priority 0 and speaks of web too; by name, b has the last word",
    }
    web = stack.catalog.addon("web")
    assert web is not None
    assert web.floor == "Assumed"
    stack.put("a", manifest(2, floor("Tested"), priority=1))
    assert [one.shares for one in stack.seen()] == [None, None, None]
    web = stack.catalog.addon("web")
    assert web is not None
    assert web.floor == "Tested"


def test_catalogs_of_one_priority_that_speak_of_different_addons_share_nothing():
    stack = CatalogStack()
    stack.put("a", manifest(1))
    stack.put("b", manifest(1, entries.wire(name="other")))
    assert [one.shares for one in stack.seen()] == [None, None]


@pytest.mark.parametrize(
    ("first", "second", "ready", "fresh"),
    [
        (manifest(1), None, ("True", "InForce"), ("True", "Fresh")),
        (manifest(1, expires="2026-05-10"), None, ("True", "InForce"), ("True", "Fresh")),
        (manifest(1, expires="2026-05-09"), None, ("True", "InForce"), ("False", "Expired")),
        (manifest(1, BROKEN), None, ("False", "Unreadable"), ("False", "Outdated")),
        (manifest(1, expires="2026-02-30"), None, ("False", "Unreadable"), ("False", "Outdated")),
        (manifest(1, entries.wire(sources={})), None, ("False", "Unfit"), ("False", "Outdated")),
        (manifest(2), manifest(1), ("False", "SerialWentDown"), ("False", "Outdated")),
        (manifest(1), manifest(2, BROKEN), ("False", "Unreadable"), ("False", "Outdated")),
    ],
)
def test_the_conditions_tell_whether_what_is_written_is_in_force_and_good(first, second, ready, fresh):
    stack = CatalogStack()
    stack.put("more", first)
    if second is not None:
        stack.put("more", second)
    assert conditions(only(stack)) == {"Ready": ready, "CatalogFresh": fresh}
    assert is_fresh(only(stack), NOW) is (fresh[0] == "True")


def test_what_has_expired_stays_in_force_and_the_day_counts_to_its_end():
    stack = CatalogStack()
    stack.put("more", manifest(1, expires="2026-05-10"))
    last = datetime(2026, 5, 10, 23, 59, 59, tzinfo=UTC)
    assert conditions(only(stack), last)["CatalogFresh"] == ("True", "Fresh")
    assert conditions(only(stack), datetime(2026, 5, 11, tzinfo=UTC))["CatalogFresh"] == ("False", "Expired")
    assert stack.catalog.addon("web") is not None


@pytest.mark.parametrize(
    ("before", "rest"),
    [
        ([], "; nothing of this object is in force"),
        ([manifest(7)], "; serial 7 stays in force"),
    ],
)
def test_a_refusal_says_what_counts_instead(before, rest):
    stack = CatalogStack()
    for one in before:
        stack.put("more", one)
    stack.put("more", manifest(8, BROKEN))
    told = (catalog_status(only(stack), NOW).conditions or [])[0]
    assert told.message.startswith("AddonCatalog more: spec.addons[web].risk: ")
    assert told.message.endswith(rest)


def test_the_time_of_a_condition_moves_only_with_its_status():
    stack = CatalogStack()
    stack.put("more", manifest(1))
    first = catalog_status(only(stack), NOW)
    later = NOW.replace(hour=13)
    stack.put("more", manifest(1, status=first.to_wire()))
    assert catalog_status(only(stack), later).to_wire() == first.to_wire()
    stack.put("more", manifest(2, BROKEN, status=first.to_wire()))
    told = {one.type: one for one in catalog_status(only(stack), later).conditions or []}
    assert told["Ready"].status is ConditionStatus.FALSE
    assert told["Ready"].last_transition_time == later
    assert told["Ready"].observed_generation == 2


@pytest.mark.parametrize(
    "status", [{"conditions": 7}, {"conditions": [{"type": "Ready"}]}, {"colour": "red"}]
)
def test_a_status_that_somebody_garbled_is_written_anew(status):
    stack = CatalogStack()
    stack.put("more", manifest(1, status=status))
    assert conditions(only(stack))["Ready"] == ("True", "InForce")
