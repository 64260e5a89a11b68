"""Functional checks of an addon, typed by the probe that makes them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from addon_updater.api.meta import KubeModel
from addon_updater.api.service_url import ServiceUrlText
from addon_updater.api.texts import CheckName, DnsName

_BY_NAME = {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]}


class DnsHealth(KubeModel):
    """Lookups that must answer after a hop as they did before it."""

    names: Annotated[
        list[DnsName] | None,
        Field(
            max_length=16,
            description="Names to look up besides those of the cluster itself. Unset: none.",
            json_schema_extra={"x-kubernetes-list-type": "set"},
        ),
    ] = None


class PromqlCheck(KubeModel):
    """A query that passes while it returns at least one sample."""

    name: CheckName
    url: Annotated[
        ServiceUrlText,
        Field(description="The Prometheus to ask, as in http://prometheus.monitoring.svc:9090."),
    ]
    query: Annotated[
        str,
        Field(
            min_length=1,
            max_length=256,
            description="Instant query in PromQL. The check passes while it returns at least one sample, as "
            '`up{job="grafana"} == 1` does.',
        ),
    ]


class HttpCheck(KubeModel):
    """A page that passes while it answers with one status."""

    name: CheckName
    url: Annotated[
        ServiceUrlText,
        Field(description="What to get, as in http://grafana.monitoring.svc:3000/api/health."),
    ]
    status: Annotated[
        int | None, Field(ge=100, le=599, description="HTTP status that it must answer. Unset: 200.")
    ] = None


class Health(KubeModel):
    """Functional checks, typed by probe."""

    dns: Annotated[
        DnsHealth | None, Field(description="Lookups, for a DNS addon. Unset: those of the cluster itself.")
    ] = None
    promql: Annotated[
        list[PromqlCheck] | None,
        Field(
            max_length=16,
            description="Queries that must return a sample. Unset: none.",
            json_schema_extra=_BY_NAME,
        ),
    ] = None
    http: Annotated[
        list[HttpCheck] | None,
        Field(max_length=16, description="Pages that must answer. Unset: none.", json_schema_extra=_BY_NAME),
    ] = None
