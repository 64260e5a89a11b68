"""What a person may type where no cluster is asked: the flags of `plan --offline`, and `catalog`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from enum import StrEnum

from addon_updater.cli import descriptions
from addon_updater.errors import UsageError

_NEEDED = ("addon", "kubernetes", "current")
_OTHERS = ("wanted", "channel", "vendor", "baseline", "policy", "catalog")
_NAMES = {"wanted": "version"}


class CatalogVerb(StrEnum):
    """What is done with catalogs."""

    LINT = "lint"
    SHOW = "show"
    DIFF = "diff"


@dataclass(frozen=True, slots=True)
class OfflineWords:
    """The flags of `plan --offline` as typed."""

    addon: str
    kubernetes: str
    current: str
    version: str | None
    channel: str | None
    vendor: str | None
    baseline: str | None
    policy: tuple[str, ...]
    catalogs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CatalogWords:
    """The words of `catalog` as typed."""

    verb: CatalogVerb
    files: tuple[str, ...]
    addon: str | None
    version: str | None


def add_offline_flags(parser: argparse.ArgumentParser) -> None:
    """The flags with which `plan` asks no cluster."""
    group = parser.add_argument_group("without a cluster")
    group.add_argument(
        "--offline", action="store_true", help="plan for the cluster that these flags describe"
    )
    group.add_argument("--addon", metavar="ADDON", help="the addon, as the catalog names it")
    group.add_argument("--kubernetes", metavar="MINOR", help="the minor of the cluster, as in 1.34")
    group.add_argument("--current", metavar="VERSION", help="the version that runs there")
    group.add_argument(
        "--version", dest="wanted", metavar="RANGE", help="as spec.version, as in '~1.12'; unset: any"
    )
    group.add_argument("--channel", metavar="CHANNEL", help="as spec.channel; unset: Default")
    group.add_argument(
        "--vendor",
        metavar="VENDOR",
        help="who built the cluster, as in kops; channel Default follows what that vendor installs; unset: kubeadm's",
    )
    group.add_argument(
        "--baseline",
        metavar="MINOR",
        help="minor up to which breaking updates have been let in; unset: that of the cluster",
    )
    group.add_argument(
        "--policy",
        metavar="KEY=VALUE",
        action="append",
        help="as spec.policy, as in updates=Manual; skipVersions takes a list with commas; may be repeated",
    )
    group.add_argument(
        "--catalog",
        metavar="FILE",
        action="append",
        help="an AddonCatalog, or the file of an addon, over the embedded catalog; may be repeated",
    )


def read_offline(parsed: argparse.Namespace) -> OfflineWords | None:
    """The flags of `plan --offline`; None where a cluster is asked.

    Raises:
        UsageError: a flag is missing, or contradicts another one.
    """
    if not parsed.offline:
        for name in (*_NEEDED, *_OTHERS):
            if getattr(parsed, name) is not None:
                raise UsageError(
                    f"--{_NAMES.get(name, name)} describes a cluster that is not there; add --offline"
                )
        if parsed.name is None:
            raise UsageError("the following arguments are required: NAME; see kubectl addons plan --help")
        return None
    if parsed.name is not None:
        raise UsageError(f"--offline looks at no AddonRelease; leave out {parsed.name}, and name --addon")
    missing = [f"--{name}" for name in _NEEDED if getattr(parsed, name) is None]
    if missing:
        raise UsageError(f"--offline needs {', '.join(missing)}; see kubectl addons plan --help")
    return OfflineWords(
        addon=parsed.addon,
        kubernetes=parsed.kubernetes,
        current=parsed.current,
        version=parsed.wanted,
        channel=parsed.channel,
        vendor=parsed.vendor,
        baseline=parsed.baseline,
        policy=tuple(parsed.policy or ()),
        catalogs=tuple(parsed.catalog or ()),
    )


def add_catalog_commands(parser: argparse.ArgumentParser) -> None:
    """The verbs of `catalog`."""
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", dest="verb", required=True)

    def verb(name: CatalogVerb, summary: str, description: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = verbs.add_parser(
            name,
            help=summary,
            description=description,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        return made

    check = verb(CatalogVerb.LINT, "what is wrong with catalog files", descriptions.LINT)
    check.add_argument("files", metavar="FILE", nargs="+", help="file of an addon, or AddonCatalog manifest")
    show = verb(CatalogVerb.SHOW, "what is known about an addon", descriptions.SHOW)
    show.add_argument("addon", metavar="ADDON", help="the addon, as the catalog names it")
    show.add_argument("version", metavar="VERSION", nargs="?", help="everything about this version")
    show.add_argument(
        "--catalog",
        dest="files",
        metavar="FILE",
        action="append",
        help="file to lay over the embedded catalog; may be repeated",
    )
    differ = verb(CatalogVerb.DIFF, "what a catalog file changes", descriptions.DIFF)
    differ.add_argument("files", metavar="FILE", nargs=1, help="file to lay over the embedded catalog")
    differ.add_argument("other", metavar="FILE", nargs="?", help="what this one changes of the first")


def read_catalog(parsed: argparse.Namespace) -> CatalogWords:
    """The words of `catalog`."""
    other = getattr(parsed, "other", None)
    return CatalogWords(
        verb=CatalogVerb(parsed.verb),
        files=(*(parsed.files or ()), *((other,) if other is not None else ())),
        addon=getattr(parsed, "addon", None),
        version=getattr(parsed, "version", None),
    )
