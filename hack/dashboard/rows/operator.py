"""Does the operator itself work?"""

from dashboard.fields import GREEN, RED, thresholds, words
from dashboard.model import Line, Query, Row
from dashboard.panels import lines, timeline
from dashboard.promql import own

_RATE = "[$__rate_interval]"

_PASSES = lines(
    id=60,
    title="Passes by result",
    description="Passes over releases per second. A conflict is repeated at once; failed ones are defects and in the log.",
    width=8,
    queries=[Query(f"sum by (result) (rate({own('addon_updater_reconcile_total')}{_RATE}))", "{{result}}")],
    unit="ops",
)
_DURATIONS = lines(
    id=61,
    title="Duration of a pass",
    description="Probes included: the median and the 99th percentile.",
    width=8,
    queries=[
        Query(
            f"histogram_quantile({quantile}, "
            f"sum by (le) (rate({own('addon_updater_reconcile_duration_seconds_bucket')}{_RATE})))",
            f"p{round(quantile * 100)}",
        )
        for quantile in (0.5, 0.99)
    ],
    unit="s",
)
_QUEUE = lines(
    id=62,
    title="Queue",
    description="Releases that wait for a pass.",
    width=8,
    queries=[Query(f"max({own('addon_updater_queue_depth')})", "waiting")],
    unit="none",
)
_REQUESTS = lines(
    id=63,
    title="Requests to the API server",
    description="Per second, by method and HTTP status; code 0 means that no answer came.",
    width=8,
    queries=[
        Query(
            f"sum by (method, code) (rate({own('addon_updater_api_requests_total')}{_RATE}))",
            "{{method}} {{code}}",
        )
    ],
    unit="reqps",
)
_MEMORY = lines(
    id=64,
    title="Memory",
    description="Resident memory of each replica.",
    width=8,
    queries=[
        Query(
            f"{own('process_resident_memory_bytes')} and on (job, instance) {own('addon_updater_leader')}",
            "{{instance}}",
        )
    ],
    unit="bytes",
)
_SOURCES = timeline(
    id=65,
    title="In force",
    description="Whether catalog and settings are in force as written, and whether neither a freeze nor failures hold all updates.",
    width=8,
    queries=[
        Query(f"min({own('addon_updater_catalog_fresh')})", "catalog as written"),
        Query(f"min({own('addon_updater_settings_fresh')})", "settings as written"),
        Query(f"1 - max({own('addon_updater_frozen')})", "not frozen"),
        Query(f"1 - max({own('addon_updater_circuit_breaker_open')})", "no circuit breaker"),
    ],
    unit="none",
    field={"mappings": words({"0": ("no", RED), "1": ("yes", GREEN)}), **thresholds(RED, (1, GREEN))},
)

ROW = Row(
    160,
    "Operator",
    [Line(7, [_PASSES, _DURATIONS, _QUEUE]), Line(7, [_REQUESTS, _MEMORY, _SOURCES])],
    is_collapsed=True,
)
