"""The objects that the demo applies, as a person would write them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

COREDNS_AT_START, COREDNS_FOR_34, COREDNS_FOR_35 = "1.11.3", "1.12.1", "1.13.1"
BAD_VERSION = "1.13.2"
PROMETHEUS_AT_START, PROMETHEUS_TARGET = "2.55.1", "3.13.2"
GRAFANA_AT_START, GRAFANA_STOP, GRAFANA_TARGET = "11.6.16", "12.4.9", "13.2.0"
API_VERSION = "addon-updater.dev/v1alpha1"


def _release(addon: str, namespace: str, soak: str, **spec: object) -> dict[str, Any]:
    """An AddonRelease with a shorter soak than anybody would have in production, so that the demo ends soon."""
    return {
        "apiVersion": API_VERSION,
        "kind": "AddonRelease",
        "metadata": {"name": addon, "namespace": namespace},
        "spec": {"addon": addon, "rollout": {"minReadySeconds": 3, "soak": soak}, **spec},
    }


COREDNS = _release(
    "coredns", "kube-system", "18s", health={"dns": {"names": ["db.corp.example", "mainframe.example"]}}
)
PROMETHEUS = _release("prometheus", "monitoring", "6s")
GRAFANA = _release("grafana", "monitoring", "4s")
RELEASES = (COREDNS, PROMETHEUS, GRAFANA)
CLOSED_WINDOW_RELEASE = PROMETHEUS


def closed_window(now: datetime) -> tuple[dict[str, str], datetime]:
    """A daily window that opens six hours from now, and that moment; `now` is in UTC."""
    opens = (now + timedelta(hours=6)).replace(second=0, microsecond=0)
    return {"kind": "Allow", "schedule": f"{opens.minute} {opens.hour} * * *", "duration": "1h"}, opens


BAD_CATALOG: dict[str, Any] = {
    "apiVersion": API_VERSION,
    "kind": "AddonCatalog",
    "metadata": {"name": "house-rules"},
    "spec": {
        "mode": "Extend",
        "serial": 1,
        "addons": [
            {
                "name": "coredns",
                "sources": {
                    "platform-team": {
                        "title": "The platform team's own trial",
                        "url": "https://git.example.com/platform/coredns-trial",
                    }
                },
                "kubernetes": [
                    {
                        "minor": "1.35",
                        "defaults": [
                            {"vendor": "kubeadm", "version": BAD_VERSION, "source": "platform-team"}
                        ],
                    }
                ],
                "releases": [
                    {
                        "version": BAD_VERSION,
                        "evidence": [{"kubernetes": "1.35", "level": "Tested", "source": "platform-team"}],
                    }
                ],
            }
        ],
    },
}
