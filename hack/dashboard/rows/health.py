"""Do the addons serve?"""

from dashboard.fields import GATES, ORANGE, thresholds
from dashboard.model import Line, Query, Row, Shape
from dashboard.panels import bars, history, lines
from dashboard.promql import RELEASE, per_release, release

_GATES = history(
    id=50,
    title="Gates",
    description="The last outcome of each functional check. Gates are asked before and during an attempt, not in between.",
    width=16,
    queries=[
        Query(f"min by ({RELEASE}, gate) ({release('release_gate')})", "{{namespace}}/{{name}} {{gate}}")
    ],
    unit="none",
    field={"mappings": GATES, **thresholds("text")},
)

_FLAWS = bars(
    id=54,
    title="Known flaws that are open",
    description="Advisories about the running version that its configuration is open to, whether or not an update is planned.",
    width=8,
    queries=[
        Query(
            f"sum by ({RELEASE}, severity) ({per_release(release('release_advisories'), 'severity', 'planned')})",
            "{{name}}: {{severity}}",
            Shape.NOW,
        )
    ],
    unit="none",
    field={"min": 0, "decimals": 0, "noValue": "none is known", **thresholds(ORANGE)},
)


def _rate(counter: str) -> str:
    return f"sum(rate({counter}[$__rate_interval]))"


def _share(part: str, whole: str) -> str:
    """A counter that is born with its first event is 0 before it; without the whole nothing is known at all."""
    return f"({_rate(part)} or vector(0)) / {_rate(whole)}"


_RESPONSES = "coredns_dns_responses_total"
_SERVFAIL = _RESPONSES + '{rcode="SERVFAIL"}'
_UNEVALUATED = "prometheus_rule_evaluation_failures_total"
_DROPPED = "prometheus_notifications_dropped_total"
_REQUESTS = "grafana_http_request_duration_seconds_count"
_ERRORS = _REQUESTS + '{status_code=~"5.."}'

_COREDNS = lines(
    id=51,
    title="CoreDNS: SERVFAIL",
    description="The share of answers with SERVFAIL, by CoreDNS's own count.",
    width=8,
    queries=[Query(_share(_SERVFAIL, _RESPONSES), "SERVFAIL")],
    unit="percentunit",
)
_PROMETHEUS = lines(
    id=52,
    title="Prometheus: failed evaluations and notifications",
    description="Rules that could not be evaluated, and notifications that were dropped, per second.",
    width=8,
    queries=[
        Query(_rate(_UNEVALUATED), "failed evaluations"),
        # From 3 on a server that knows no Alertmanager has no such series; it drops none.
        Query(f"{_rate(_DROPPED)} or 0 * {_rate(_UNEVALUATED)}", "dropped notifications"),
    ],
    unit="ops",
)
_GRAFANA = lines(
    id=53,
    title="Grafana: server errors",
    description="The share of HTTP answers with a status of 500 or above, by Grafana's own count.",
    width=8,
    queries=[Query(_share(_ERRORS, _REQUESTS), "5xx")],
    unit="percentunit",
)

ROW = Row(150, "Health", [Line(8, [_GATES, _FLAWS]), Line(7, [_COREDNS, _PROMETHEUS, _GRAFANA])])
