"""What follows from the facts of CoreDNS, Prometheus and Grafana; the cases stand in test_facts_table.md."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from addon_updater.addons.image import running_version
from addon_updater.api.release import AddonReleaseSpec
from addon_updater.api.versions import Minor, Version, VersionRange
from addon_updater.catalog import load_embedded
from addon_updater.errors import CatalogError
from addon_updater.resolve import ClusterMinors, effective_minor, image_for, minors_of, resolve, wish_of
from unit.resolve.situations import path

TABLE = Path(__file__).with_suffix(".md").read_text(encoding="utf-8")
_SECTION = re.compile(r"^## (image of )?([a-z]+): ")


@dataclass(frozen=True)
class Row:
    addon: str
    of_image: bool
    cells: tuple[str, ...]

    @property
    def case(self):
        return f"{self.addon}: {self.cells[0]}"


def rows():
    found, section = [], None
    for line in TABLE.splitlines():
        section = _SECTION.match(line) or section
        cells = tuple(cell.strip() for cell in line.strip("|").split("|"))
        if section and line.startswith("| ") and cells[0] != "Case":
            found.append(Row(section[2], section[1] is not None, cells))
    return found


ROWS = rows()
RESOLUTIONS = [row for row in ROWS if not row.of_image]
IMAGES = [row for row in ROWS if row.of_image]


def server(text):
    """The JSON of /version, as a server writes it that the table calls so."""
    if text.startswith("v"):
        return {"gitVersion": text}
    minor, _, emulated = text.removeprefix("1.").partition(" as ")
    emulation = {"emulationMajor": "1", "emulationMinor": emulated} if emulated else {}
    return {"major": "1", "minor": minor, **emulation}


def cluster(text):
    told, _, settled = text.partition(", settled ")
    words = re.findall(r"[^\s,]+(?: as \d+)?", told)
    served = [effective_minor(server(word)) for word in words]
    first = served[0] if served else None
    return ClusterMinors(frozenset(served), Minor.parse(settled) if settled else first)


def wish(text):
    """The fields of the spec, and what is no part of it."""
    said = dict(part.partition("=")[::2] for part in filter(None, text.split("; ")))
    names = {"skip": "skipVersions", "evidence": "minEvidence", "age": "minReleaseAge"}
    policy = {names[key]: [value] if key == "skip" else value for key, value in said.items() if key in names}
    aside = {key: said[key] for key in ("approved", "quarantine", "today") if key in said}
    spec = {key: value for key, value in said.items() if key not in names and key not in aside}
    return {**spec, "policy": policy}, aside


def version(text):
    return Version.parse(running_version(text) if ":" in text else text) if text else None


def decided(row):
    _, told, runs, asked, *_ = row.cells
    fields, aside = wish(asked)
    spec, observed = AddonReleaseSpec.model_validate({"addon": row.addon, **fields}), cluster(told)
    wanted = wish_of(spec, observed.settled)
    return resolve(
        addon=load_embedded().addon(row.addon),
        wish=replace(wanted, approved_downgrade="approved" in aside),
        minors=minors_of(spec, observed),
        installed=version(runs),
        quarantined={Version.parse(aside["quarantine"]): "failed"} if "quarantine" in aside else {},
        now=datetime.fromisoformat(aside.get("today", "2026-11-25")).replace(tzinfo=UTC),
    )


@pytest.mark.parametrize("row", RESOLUTIONS, ids=lambda row: row.case)
def test_way_and_reason_follow_from_the_facts(row):
    *_, way, why = row.cells
    resolution = decided(row)
    reason, _, words = why.partition(": ")
    steps = path(resolution) or [str(resolution.target)] if resolution.target else []
    if way == "stays":
        assert (resolution.target, resolution.hops) == (version(row.cells[2]), ()), resolution.message
    else:
        assert steps == ([] if way == "none" else way.split(", ")), resolution.message
    assert resolution.reason == reason
    catalog = load_embedded().addon(row.addon)
    assert not [hop.to for hop in resolution.hops if catalog.release(hop.to).data.denied]
    for said in filter(None, words.split("; ")):
        assert said in resolution.message


@pytest.mark.parametrize("row", IMAGES, ids=lambda row: row.case)
def test_the_image_of_a_target_follows_from_the_running_one(row):
    _, runs, target, image = row.cells
    addon, wanted = load_embedded().addon(row.addon), Version.parse(target)
    if image.startswith("refused: "):
        with pytest.raises(CatalogError, match=image.removeprefix("refused: ")):
            image_for(addon, wanted, runs)
    else:
        assert image_for(addon, wanted, runs) == image


@pytest.mark.parametrize("addon", ["coredns", "prometheus", "grafana"])
def test_the_table_names_every_denied_release_as_a_pin_and_as_what_runs(addon):
    denied = {str(one.version) for one in load_embedded().addon(addon).releases if one.data.denied}
    mine = [row for row in RESOLUTIONS if row.addon == addon]

    assert denied <= {row.cells[3].removeprefix("version=") for row in mine}
    assert denied <= {row.cells[2] for row in mine}


def test_the_table_has_its_150_cases_and_none_twice():
    cases = [row.case for row in ROWS]

    assert len(cases) >= 150
    assert len(set(cases)) == len(cases)


@pytest.mark.parametrize(
    "rule, affected",
    [
        ("PrometheusStaleSeriesCompaction", ">=3.10 <3.14"),
        ("PrometheusRetentionUnit", ">=3.8 <3.11"),
        ("PrometheusOutOfOrderLoss", ">=3.0 <3.14"),
    ],
)
def test_every_release_of_3_x_with_a_defect_that_needs_a_setting_says_so(rule, affected):
    usable = [one for one in load_embedded().addon("prometheus").releases if not one.data.denied]
    cautioned = {one.version for one in usable if rule in {caution.rule for caution in one.data.cautions}}

    assert {one for one in cautioned if one.major == 3} == {
        one.version for one in usable if one.version in VersionRange.parse(affected)
    }
