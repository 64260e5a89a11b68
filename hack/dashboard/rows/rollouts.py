"""Where does every release stand, and since when?"""

from dashboard.fields import (
    BLUE,
    ORANGE,
    PHASES_BY_CODE,
    PHASES_BY_NAME,
    RESULTS,
    YELLOW,
    colored,
    column,
    columns,
    thresholds,
)
from dashboard.model import Line, Query, Row, Shape
from dashboard.panels import bars, lines, table, timeline
from dashboard.promql import addon, per_release, release

_HOUR_S = 3600
_BEGUN = release("release_phase_start_timestamp_seconds", 'phase!="Idle"')
_DURATION = addon("attempt_duration_seconds_bucket")

_PHASES = timeline(
    id=10,
    title="Phase per release",
    description="The phase of each release over time. A step of an attempt is a phase; attempts are marked above.",
    width=24,
    queries=[Query(per_release(release("release_phase_code")), "{{namespace}}/{{name}}")],
    unit="none",
    field={"mappings": PHASES_BY_CODE, **thresholds("text")},
)
_VERSIONS = table(
    id=11,
    title="Versions",
    description="What each release runs and wants, where it stands, why it waits, and how its newest attempt ended.",
    width=24,
    queries=[
        Query(per_release(release("release_info"), "addon", "version", "target"), "", Shape.TABLE),
        Query(per_release(release("release_phase") + " == 1", "phase"), "", Shape.TABLE),
        Query(f"time() - {per_release(release('release_phase_start_timestamp_seconds'))}", "", Shape.TABLE),
        Query(per_release(release("release_condition", 'type="UpdateAvailable"'), "reason"), "", Shape.TABLE),
        Query(per_release(release("release_plan_hops")), "", Shape.TABLE),
        Query(per_release(release("release_plan_breaking_hops")), "", Shape.TABLE),
        Query(per_release(release("release_plan_waiting_hops")), "", Shape.TABLE),
        Query(per_release(release("release_quarantined_versions")), "", Shape.TABLE),
        Query(per_release(release("last_attempt_timestamp_seconds"), "result") + " * 1000", "", Shape.TABLE),
    ],
    unit="none",
    transformations=columns(
        {
            "namespace": "Namespace",
            "name": "Release",
            "addon": "Addon",
            "version": "Runs",
            "target": "Wants",
            "phase": "Phase",
            "Value #C": "For",
            "reason": "Update",
            "Value #E": "Hops left",
            "Value #F": "Breaking",
            "Value #G": "Not yet",
            "Value #H": "Quarantined",
            "result": "Last attempt",
            "Value #I": "Ended",
        }
    ),
    overrides=[
        colored("Phase", PHASES_BY_NAME),
        colored("Last attempt", RESULTS),
        column("For", unit="dtdurations"),
        column("Ended", unit="dateTimeFromNow"),
    ],
)
_TIME_IN_PHASE = bars(
    id=12,
    title="Time in a phase that should pass",
    description="How long each release has been in a phase other than Idle. A step takes minutes; a day of Waiting wants a look.",
    width=12,
    queries=[
        Query(
            f"time() - {per_release(_BEGUN, 'phase')}",
            "{{name}}: {{phase}}",
            Shape.NOW,
        )
    ],
    unit="dtdurations",
    field={
        "min": 0,
        "noValue": "all are idle",
        **thresholds(BLUE, (_HOUR_S, YELLOW), (24 * _HOUR_S, ORANGE)),
    },
)
_DURATIONS = lines(
    id=13,
    title="Duration of attempts",
    description="From the intent to the end, soak included: the median and the 95th percentile of a day.",
    width=12,
    queries=[
        Query(
            f"histogram_quantile({quantile}, sum by (le, addon) (increase({_DURATION}[1d])))",
            f"{{{{addon}}}} p{round(quantile * 100)}",
        )
        for quantile in (0.5, 0.95)
    ],
    unit="s",
)

ROW = Row(
    110,
    "Rollouts",
    [Line(9, [_PHASES]), Line(9, [_VERSIONS]), Line(8, [_TIME_IN_PHASE, _DURATIONS])],
)
