"""How do attempts end?"""

from dashboard.fields import GREEN, ORANGE, RED, RESULT_COLORS, YELLOW, series_colors, thresholds
from dashboard.model import Line, Query, Row, Shape
from dashboard.panels import bars, gauge, lines
from dashboard.promql import addon

_ALL = addon("attempts_total")
_PROMOTED = addon("attempts_total", 'result="Promoted"')

_PER_DAY = lines(
    id=20,
    title="Attempts per day by result",
    description="Finished attempts. Superseded ones were ended by somebody else's change, which holds.",
    width=12,
    queries=[Query(f"sum by (result) (increase({_ALL}[1d]))", "{{result}}", interval="1d")],
    unit="none",
    overrides=series_colors(RESULT_COLORS),
    stacked_bars=True,
)
_SUCCESS = gauge(
    id=21,
    title="Promoted (30 d)",
    description="The share of attempts that passed every gate through the soak, of all that ended in 30 days.",
    width=4,
    queries=[
        Query(f"sum(increase({_PROMOTED}[30d])) / (sum(increase({_ALL}[30d])) > 0)", "promoted", Shape.NOW)
    ],
    unit="percentunit",
    field={
        "min": 0,
        "max": 1,
        "noValue": "none yet",
        **thresholds(RED, (0.5, ORANGE), (0.8, YELLOW), (0.95, GREEN)),
    },
)
_REASONS = bars(
    id=22,
    title="Why attempts failed",
    description="Rollbacks, and attempts that ended before the switch, by reason, over the time range.",
    width=8,
    queries=[
        Query(
            f"sum by (reason) (increase({addon('attempt_failures_total')}[$__range])) > 0",
            "{{reason}}",
            Shape.NOW,
        )
    ],
    unit="none",
    field={"min": 0, "decimals": 0, "noValue": "none failed", **thresholds(ORANGE)},
)

ROW = Row(120, "Results", [Line(8, [_PER_DAY, _SUCCESS, _REASONS])])
