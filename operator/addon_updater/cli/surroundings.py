"""What the operator knows besides the objects of one release: its settings, where it runs, and on what cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from addon_updater.api.operator_settings import KEY, NAME, OperatorSettings, read_operator_settings
from addon_updater.cli.reader import Reader, missing_right
from addon_updater.cluster import paths
from addon_updater.cluster.client import Manifest
from addon_updater.cluster.gather import Whereabouts
from addon_updater.cluster.nodes import dns_writers, list_nodes
from addon_updater.errors import ApiError, SettingsError
from addon_updater.resolve.nodes import ClusterFacts, Nodes
from addon_updater.resolve.vendor import DNS_DEPLOYMENT, Evidence, recognize
from addon_updater.rollout.observed import NO_SETTINGS

_OPERATOR = "addon-updater"
_FLAG = "--tools-image"
_SOME_IMAGE = "addon-updater"
"""Stands for an image that nobody here knows, so that no update looks blocked for want of one."""
_TOOLS = "the operator's --tools-image, without which updates that need a backup are blocked: {why}"
_SETTINGS = "the operator's settings, which may hold a freeze, windows or limits: {why}"
_CLUSTER = "how old the kubelets are, and what nodes tell about who built the cluster: {why}"
_WRITERS = "whether kubeadm wrote CoreDNS, which can tell who built the cluster: {why}"
_ELSEWHERE = (
    "the operator's settings and --tools-image, so that a freeze, windows or limits do not show: no Deployment {name} "
    "is in namespace {namespace}; see --operator-namespace"
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What could be read; `skipped` names the rest."""

    here: Whereabouts
    settings: OperatorSettings
    skipped: tuple[str, ...]
    cluster: ClusterFacts | None = None


async def look_around(reader: Reader, namespace: str) -> Surroundings:
    """Read the operator's Deployment and settings; what the person may not read is left unknown and named.

    Raises:
        ApiError: the API server does not answer.
    """
    operator, no_tools = await _look(reader, paths.deployment(namespace, _OPERATOR))
    settings, no_settings = await read_settings(reader, namespace)
    told = {
        _TOOLS.format(why=no_tools): no_tools is not None,
        _SETTINGS.format(why=no_settings): no_settings is not None,
        _ELSEWHERE.format(name=_OPERATOR, namespace=namespace): operator is None and no_tools is None,
    }
    skipped = tuple(sentence for sentence, holds in told.items() if holds)
    if operator is None:
        return Surroundings(Whereabouts(namespace, pod="", tools_image=_SOME_IMAGE), settings, skipped)
    here = Whereabouts(namespace, pod=f"{_OPERATOR}-preview", tools_image=tools_image(operator))
    return Surroundings(here, settings, skipped)


async def look_at_cluster(reader: Reader, versions: frozenset[str]) -> tuple[ClusterFacts, tuple[str, ...]]:
    """Who built the cluster and how old its kubelets are; `versions` are the gitVersions of its API servers.

    The sentences tell what the person may not read; it is left unknown.

    Raises:
        ApiError: the API server does not answer.
    """
    skipped: list[str] = []
    nodes, writers = Nodes(), frozenset[str]()
    try:
        nodes = await list_nodes(reader)
    except ApiError as error:
        skipped.append(_CLUSTER.format(why=_unless_forbidden(error, paths.NODES)))
    try:
        writers = await dns_writers(reader)
    except ApiError as error:
        skipped.append(_WRITERS.format(why=_unless_forbidden(error, paths.deployment(*DNS_DEPLOYMENT))))
    evidence = Evidence(versions, nodes.facts, writers)
    return ClusterFacts(recognize(evidence), nodes.kubelets), tuple(skipped)


def _unless_forbidden(error: ApiError, path: str) -> str:
    """The missing right.

    Raises:
        ApiError: it is something else.
    """
    if error.status != 403:
        raise error
    return f"you may not {missing_right(path)}"


async def read_settings(reader: Reader, namespace: str) -> tuple[OperatorSettings, str | None]:
    """The settings, or none and why they are not known."""
    manifest, problem = await _look(reader, paths.config_map(namespace, NAME))
    if manifest is None:
        return NO_SETTINGS, problem
    try:
        return read_operator_settings(str((manifest.get("data") or {})[KEY])), None
    except KeyError:
        problem = f"it has no key {KEY}"
    except SettingsError as error:
        problem = str(error)
    kept = (
        f"ConfigMap {namespace}/{NAME} cannot be used ({problem}) and the operator keeps the last good ones"
    )
    return NO_SETTINGS, kept


async def _look(reader: Reader, path: str) -> tuple[Manifest | None, str | None]:
    """The object, or None with the missing right when the person may not read it."""
    try:
        return await reader.get(path), None
    except ApiError as error:
        if error.status != 403:
            raise
        return None, f"you may not {missing_right(path)}"


def tools_image(deployment: Mapping[str, Any]) -> str | None:
    """The image that the operator's own flag names; None when it has none, and then its Jobs cannot run."""
    for container in deployment["spec"]["template"]["spec"]["containers"]:
        words = [*(container.get("command") or ()), *(container.get("args") or ())]
        variables = {one["name"]: str(one.get("value") or "") for one in container.get("env") or ()}
        for word, following in zip(words, [*words[1:], ""], strict=True):
            if word == _FLAG or word.startswith(f"{_FLAG}="):
                image = following if word == _FLAG else word.partition("=")[2]
                for name, value in variables.items():
                    image = image.replace(f"$({name})", value)
                return image or None
    return None
