"""What is built again, and what the person waiting is told."""

import os
from pathlib import Path

import pytest

from localcluster.build import build, build_flags, group_key, program
from localcluster.errors import MissingRequirementError, UsageError
from localcluster.groups import GROUPS, Group, select_groups
from localcluster.progress import Estimate
from localcluster.settings import Settings

KEY = ([b"module a", b"sum"], "go1.26.8", ["-trimpath"])


def settings(cache: Path, binaries: Path | None = None) -> Settings:
    return Settings(cache=cache, binaries=binaries, state_root=cache, kubernetes="1.34")


@pytest.mark.parametrize(
    "files, toolchain, flags",
    [
        ([b"module b", b"sum"], "go1.26.8", ["-trimpath"]),
        ([b"module a", b"other"], "go1.26.8", ["-trimpath"]),
        ([b"module asum", b""], "go1.26.8", ["-trimpath"]),
        ([b"module a", b"sum"], "go1.26.9", ["-trimpath"]),
        ([b"module a", b"sum"], "go1.26.8", ["-trimpath", "-race"]),
    ],
    ids=["go.mod", "go.sum", "border between files", "toolchain", "flags"],
)
def test_whatever_decides_the_programs_changes_the_key(
    files: list[bytes], toolchain: str, flags: list[str]
) -> None:
    assert group_key(*KEY) == group_key(*KEY)
    assert group_key(files, toolchain, flags) != group_key(*KEY)


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_every_group_has_a_pinned_module_that_names_its_programs_as_tools(group: Group) -> None:
    module = (group.module / "go.mod").read_text()
    assert (group.module / "go.sum").stat().st_size > 0
    for package in group.programs.values():
        assert package in module


@pytest.mark.parametrize("group", [one for one in GROUPS if len(one.programs) > 1], ids=lambda one: one.name)
def test_programs_that_are_built_together_are_named_by_their_packages(group: Group) -> None:
    assert {name: package.rpartition("/")[2] for name, package in group.programs.items()} == {
        name: name for name in group.programs
    }


def test_the_kubernetes_programs_say_the_version_of_their_module() -> None:
    (group,) = select_groups(["kubernetes"])
    version = group.variables["k8s.io/component-base/version.gitVersion"]
    assert f"k8s.io/kubernetes {version}" in (group.module / "go.mod").read_text()
    assert f"-X k8s.io/component-base/version.gitVersion={version}" in build_flags(group)[-1]


def test_groups_come_in_table_order_and_unknown_ones_are_refused() -> None:
    assert [group.name for group in select_groups(["etcd", "kubernetes"])] == ["kubernetes", "etcd"]
    with pytest.raises(UsageError, match="unknown group kwak; known are kubernetes, etcd"):
        select_groups(["kwak"])


def test_a_missing_program_is_named_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(
        MissingRequirementError, match=r"program etcd of etcd is not there; run `hack/cluster build etcd`"
    ):
        program(settings(tmp_path), "etcd", "etcd")
    with pytest.raises(MissingRequirementError, match="or unset ADDON_UPDATER_BINARIES"):
        program(settings(tmp_path, tmp_path), "etcd", "etcd")


def test_prebuilt_programs_are_taken_flat_or_by_group_and_nothing_is_built(tmp_path: Path) -> None:
    (tmp_path / "etcd").touch()
    (tmp_path / "coredns-1.11.3").mkdir()
    (tmp_path / "coredns-1.11.3" / "coredns").touch()
    prebuilt = settings(tmp_path / "cache", tmp_path)
    lines: list[str] = []
    build(prebuilt, select_groups(["etcd", "coredns-1.11.3"]), lines.append)
    assert lines == [f"prebuilt programs of {tmp_path} are used; nothing to build"]
    assert program(prebuilt, "etcd", "etcd") == tmp_path / "etcd"
    assert not (tmp_path / "cache").exists()


def test_a_build_without_go_says_where_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "PATH", str(tmp_path))
    with pytest.raises(MissingRequirementError, match=r"Go is not on PATH; install it \(https://go.dev/dl\)"):
        build(settings(tmp_path), select_groups(["etcd"]), lambda _: None)


@pytest.mark.parametrize(
    ("begun", "finished", "elapsed", "remaining"),
    [
        ({}, {}, 0.0, 160.0),
        ({"a": 0.0, "b": 0.0}, {}, 40.0, 120.0),
        ({"a": 0.0}, {"a": 200.0}, 200.0, 120.0),
        ({"a": 0.0, "b": 50.0}, {"a": 50.0}, 50.0, 30.0),
        ({"a": 0.0, "b": 0.0}, {"b": 80.0}, 80.0, 48.0),
        ({"a": 0.0}, {}, 170.0, 0.0),
        ({"a": 0.0, "b": 0.0}, {"a": 160.0, "b": 160.0}, 160.0, 0.0),
    ],
    ids=["start", "under way", "twice as slow", "twice as fast", "side by side", "over its time", "done"],
)
def test_the_remaining_time_follows_the_pace_of_this_machine(
    begun: dict[str, float], finished: dict[str, float], elapsed: float, remaining: float
) -> None:
    estimate = Estimate({"a": 100.0, "b": 60.0})
    for name, seconds in begun.items():
        estimate.begin(name, seconds)
    for name, seconds in finished.items():
        estimate.finish(name, seconds)
    assert estimate.remaining(elapsed) == pytest.approx(remaining)


def test_progress_never_promises_a_negative_time() -> None:
    assert Estimate({"a": 90.0}).text(30.0) == "0m30s so far, about 1m00s left"
    assert Estimate({"a": 90.0}).text(95.0) == "1m35s so far, longer than expected"
