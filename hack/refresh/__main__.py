"""Prints what is new upstream as a diff of catalog/data: `python -m refresh [--write] [--grafana-releases FILE]`."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from addon_updater.api.catalog import AddonEntry, Release
from addon_updater.api.versions import Minor, Version
from addon_updater.catalog import read_addon
from addon_updater.errors import CatalogError
from refresh.errors import RefreshError
from refresh.insertion import missing, with_releases
from refresh.modules import days_of, tags_of
from refresh.upstream import Upstream, grafana_releases, minors_in, plain_module, prometheus_module

DATA = Path("operator/addon_updater/catalog/data")
KUBERNETES = "k8s.io/kubernetes"
MODULES: Mapping[str, tuple[str, Callable[[str], Version | None]]] = {
    "coredns": ("github.com/coredns/coredns", plain_module),
    "prometheus": ("github.com/prometheus/prometheus", prometheus_module),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 with or without news, 1 when a list cannot be read."""
    asked = _parser().parse_args(arguments)
    try:
        news = {name: _from_proxy(name, asked.data) for name in MODULES}
        if asked.grafana_releases is not None:
            news["grafana"] = _from_file(asked.grafana_releases)
        minors = minors_in(tags_of(KUBERNETES))
        changes = {
            _path(asked.data, name): propose(_path(asked.data, name), found) for name, found in news.items()
        }
        notes = [
            note
            for name in news
            for note in remarks(name, _entry(_path(asked.data, name)), news[name], minors)
        ]
    except (RefreshError, CatalogError) as error:
        print(error, file=sys.stderr)
        return 1
    for path, text in changes.items():
        sys.stdout.writelines(diff(path, text))
        if asked.write:
            path.write_text(text, encoding="utf-8")
    for note in notes:
        print(note, file=sys.stderr)
    return 0


def propose(path: Path, upstream: Iterable[Upstream]) -> str:
    """The file of an addon with what it misses.

    Raises:
        RefreshError, CatalogError: the file cannot be extended; the message names it.
    """
    return with_releases(_read(path), missing(_entry(path), upstream), where=path.name)


def diff(path: Path, text: str) -> list[str]:
    """The change as a unified diff that `git apply` and `patch -p1` take; empty without one."""
    before = _read(path).splitlines(keepends=True)
    name = path.as_posix().removeprefix("/")
    return list(difflib.unified_diff(before, text.splitlines(keepends=True), f"a/{name}", f"b/{name}"))


def remarks(name: str, entry: AddonEntry, upstream: Iterable[Upstream], minors: Sequence[Minor]) -> list[str]:
    """What a person has to find out, because no list of versions says it."""
    lines: dict[tuple[int, int], list[Release]] = defaultdict(list)
    for one in entry.releases:
        lines[_line(one.version)].append(one)
    notes = []
    for new in missing(entry, upstream):
        siblings = lines[_line(str(new.version))]
        if not siblings:
            notes.append(
                f"{name} {new.version} begins a line: read its notes for breaking, stops, lts, rollbackFloor"
            )
        if any(one.cautions for one in siblings):
            notes.append(f"{name} {new.version}: its line has cautions; repeat those that it does not fix")
        if new.released is None:
            notes.append(f"{name} {new.version}: its list has no day; add released")
    newest = max((Minor.parse(one.minor) for one in entry.kubernetes), default=None)
    unlisted = [str(minor) for minor in minors if newest is not None and minor > newest]
    if unlisted:
        notes.append(
            f"{name}: Kubernetes {', '.join(unlisted)} is out; add it when somebody vouches for a release there"
        )
    return notes


def _line(version: str) -> tuple[int, int]:
    read = Version.parse(version)
    return read.major, read.minor


def _from_proxy(name: str, data: Path) -> list[Upstream]:
    module, version_of = MODULES[name]
    tagged = {version: tag for tag in tags_of(module) if (version := version_of(tag)) is not None}
    wanted = missing(_entry(_path(data, name)), [Upstream(version, None) for version in tagged])
    days = days_of(module, [tagged[one.version] for one in wanted])
    return [Upstream(one.version, days.get(tagged[one.version])) for one in wanted]


def _from_file(path: Path) -> list[Upstream]:
    return grafana_releases(_read(path), where=str(path))


def _entry(path: Path) -> AddonEntry:
    return read_addon(_read(path), where=path.name)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RefreshError(f"{path}: {error}; name a file that can be read") from error


def _path(data: Path, name: str) -> Path:
    return data / f"{name}.yaml"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="refresh",
        description="Propose the releases that upstream has and the catalog has not. Evidence stays for people to add.",
    )
    parser.add_argument("--write", action="store_true", help="change the files besides printing the diff")
    parser.add_argument(
        "--grafana-releases",
        type=Path,
        metavar="FILE",
        help="JSON of release-data or of GitHub's API; unset: no Grafana",
    )
    parser.add_argument(
        "--data", type=Path, default=DATA, metavar="DIR", help="the catalog's files (default: %(default)s)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
