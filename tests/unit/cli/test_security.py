"""Known flaws come first, on the page of a release and among releases."""

from __future__ import annotations

import pytest

from addon_updater.cli.releases import read_release
from addon_updater.cli.render.detail import detail
from addon_updater.cli.render.security import gravity, headline
from unit.cli import examples
from unit.cli.conftest import Lines

GRAVE = {
    "id": "CVE-2026-26018",
    "severity": "High",
    "fixedIn": "1.14.2",
    "message": "Who guesses the name makes CoreDNS end itself; the plan ends it with 1.14.2",
}


def flaw(number: int, severity: str = "Medium") -> dict[str, str]:
    return {"id": f"CVE-{number}", "severity": severity, "message": "it stops"}


def view(*flaws: dict[str, str]):
    return read_release(examples.release(security=list(flaws)))


def test_open_flaws_are_the_first_thing_on_the_page_of_a_release(lines: Lines):
    shown = lines(detail(view(GRAVE, flaw(1)), examples.NOW))

    assert shown[1:9] == [
        "",
        "Known flaws that are open",
        "  SEVERITY  WHAT IT IS AND WHAT ENDS IT",
        f"  {'─' * 85}",
        "  High      CVE-2026-26018  ended by 1.14.2",
        "            Who guesses the name makes CoreDNS end itself; the plan ends it with 1.14.2",
        "  Medium    CVE-1",
        "            it stops",
    ]
    assert shown[10] == "Status"


def test_without_open_flaws_nothing_is_said(lines: Lines):
    assert "Known flaws that are open" not in lines(detail(view(), examples.NOW))
    assert list(headline(view())) == []


@pytest.mark.parametrize(
    "flaws, text",
    [
        ([GRAVE], "open known flaws: CVE-2026-26018 (High)"),
        (
            [GRAVE, flaw(1), flaw(2), flaw(3)],
            "open known flaws: CVE-2026-26018 (High), CVE-1 (Medium), CVE-2 (Medium) and 1 more",
        ),
    ],
)
def test_one_line_names_the_gravest(flaws, text):
    (line,) = headline(view(*flaws))

    assert line.plain == text


def test_the_release_with_the_gravest_flaw_comes_first_and_a_new_word_counts_as_unknown():
    releases = [view(), view(flaw(1)), view(flaw(2, "Catastrophic")), view(GRAVE), view(flaw(3, "Critical"))]

    ordered = sorted(releases, key=gravity, reverse=True)

    assert [one.status.security and one.status.security[0].id for one in ordered] == [
        "CVE-3",
        "CVE-2026-26018",
        "CVE-2",
        "CVE-1",
        [],
    ]


def test_a_verdict_is_shown_with_what_helps(lines: Lines):
    candidate = examples.candidate("1.13.1") | {"remedy": "set spec.channel to Latest, which considers it"}
    shown = lines(detail(read_release(examples.release(candidates=[candidate])), examples.NOW))

    assert "            to have it: set spec.channel to Latest, which considers it" in shown
