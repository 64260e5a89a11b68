"""What will the next upgrade of the cluster meet?"""

from dashboard.fields import ORANGE, READINESS, column, columns, thresholds
from dashboard.model import Line, Query, Row, Shape
from dashboard.panels import table
from dashboard.promql import addon, per_release, release

_FIT = f"min by (addon, minor) ({release('release_fit')})"
_READY = f"min by (addon, minor) ({addon('minor_readiness')})"

_MATRIX = table(
    id=40,
    title="Addon by Kubernetes minor",
    description="The installed version with the minor of now, and the verdict on the way to each coming one. Unknown is never fine.",
    width=12,
    queries=[Query(f"{_FIT} or {_READY}", "", Shape.TABLE)],
    unit="none",
    field={
        "custom": {
            "align": "center",
            "cellOptions": {"type": "color-background", "mode": "basic"},
            "inspect": False,
        },
        "mappings": READINESS,
        "noValue": "unknown",
        **thresholds("transparent"),
    },
    transformations=[
        {
            "id": "groupingToMatrix",
            "options": {"columnField": "minor", "rowField": "addon", "valueField": "Value"},
        }
    ],
    overrides=[
        column(
            r"addon\minor", custom__align="left", custom__cellOptions={"type": "auto"}, displayName="Addon"
        )
    ],
)
_HOPS = table(
    id=41,
    title="Hops that are left",
    description="The way from what runs to what is wanted. Breaking hops travel with the cluster's minor, or wait for approval.",
    width=12,
    queries=[
        Query(per_release(release("release_info"), "version", "target"), "", Shape.TABLE),
        Query(per_release(release("release_plan_hops")) + " > 0", "", Shape.TABLE),
        Query(per_release(release("release_plan_breaking_hops")), "", Shape.TABLE),
        Query(per_release(release("release_plan_waiting_hops")), "", Shape.TABLE),
    ],
    unit="none",
    transformations=columns(
        {
            "namespace": "Namespace",
            "name": "Release",
            "version": "Runs",
            "target": "Wants",
            "Value #B": "Hops",
            "Value #C": "Breaking",
            "Value #D": "Waiting",
        }
    ),
    overrides=[
        column(name, custom__cellOptions={"type": "color-text"}, **thresholds("text", (1, ORANGE)))
        for name in ("Breaking", "Waiting")
    ],
)

ROW = Row(140, "Compatibility", [Line(8, [_MATRIX, _HOPS])])
