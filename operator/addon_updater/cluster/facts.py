"""Addresses and permissions around a workload, asked once a minute at most."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

from addon_updater.cluster import paths
from addon_updater.cluster.client import Client, Manifest
from addon_updater.cluster.surroundings import SurroundingsCache
from addon_updater.rollout.addon import NetworkFacts, ServiceAddress
from addon_updater.rollout.workload import Workload

_FRESH_S = 60.0


class _Kept(NamedTuple):
    """What was heard, when by the loop's clock, and after which word of a person."""

    at: float
    asked: str | None
    facts: NetworkFacts


class FactsCache:
    """The network facts of each governed workload."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.surroundings = SurroundingsCache(client)
        self._kept: dict[str, _Kept] = {}

    async def of(self, workload: Workload, *, asked: str | None = None) -> NetworkFacts:
        """The facts, at most a minute old; never those from before `asked`, a person's last word that wants them anew."""
        time = asyncio.get_running_loop().time()
        kept = self._kept.get(workload.uid)
        if kept is not None and kept.asked == asked and time - kept.at < _FRESH_S:
            return kept.facts
        facts = await self._ask(workload)
        fresh = {uid: kept for uid, kept in self._kept.items() if time - kept.at < _FRESH_S}
        self._kept = {**fresh, workload.uid: _Kept(time, asked, facts)}
        return facts

    async def _ask(self, workload: Workload) -> NetworkFacts:
        services, api_service, api_endpoints, allowed = await asyncio.gather(
            self._client.list(paths.services(workload.namespace)),
            self._client.get(paths.API_SERVICE),
            self._client.get(paths.API_ENDPOINTS),
            self._may_list_endpoint_slices(workload),
        )
        return NetworkFacts(
            services=tuple(_selecting(services, workload)),
            api_service_ips=tuple((api_service or {}).get("spec", {}).get("clusterIPs") or ()),
            api_endpoint_ips=tuple(
                address
                for endpoint in (api_endpoints or {}).get("endpoints") or []
                for address in endpoint["addresses"]
            ),
            endpoint_slices_allowed=allowed,
        )

    async def _may_list_endpoint_slices(self, workload: Workload) -> bool | None:
        """Ask the API server on behalf of the workload's ServiceAccount."""
        account = workload.template["spec"].get("serviceAccountName") or "default"
        answers = []
        for verb in ("list", "watch"):
            body: dict[str, Any] = {
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SubjectAccessReview",
                "spec": {
                    "user": f"system:serviceaccount:{workload.namespace}:{account}",
                    "groups": [
                        "system:serviceaccounts",
                        f"system:serviceaccounts:{workload.namespace}",
                        "system:authenticated",
                    ],
                    "resourceAttributes": {
                        "verb": verb,
                        "group": "discovery.k8s.io",
                        "resource": "endpointslices",
                    },
                },
            }
            answer = await self._client.create(paths.ACCESS_REVIEWS, body)
            answers.append((answer.get("status") or {}).get("allowed"))
        return None if None in answers else all(answers)


def _selecting(services: list[Manifest], workload: Workload) -> list[ServiceAddress]:
    """The Services with an address of their own that select the workload's pods."""
    labels = (workload.template.get("metadata") or {}).get("labels") or {}
    found = []
    for service in services:
        spec = service["spec"]
        selector = spec.get("selector") or {}
        address = spec.get("clusterIP") or "None"
        if (
            selector
            and address != "None"
            and all(labels.get(key) == value for key, value in selector.items())
        ):
            ports = spec.get("ports") or ()
            found.append(
                ServiceAddress(
                    service["metadata"]["name"],
                    address,
                    ports=tuple(int(port["port"]) for port in ports),
                    targets=tuple(port.get("targetPort", port["port"]) for port in ports),
                )
            )
    return found
