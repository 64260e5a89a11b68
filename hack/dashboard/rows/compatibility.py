"""What will the next upgrade of the cluster meet?"""

from dashboard.fields import (
    GRAY,
    GREEN,
    ORANGE,
    READINESS,
    YELLOW,
    colored,
    column,
    columns,
    thresholds,
    words,
)
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
    title="The way to the wanted version",
    description="Hops that are left, in order. Breaking ones travel with the cluster's minor, or wait for approval.",
    width=12,
    queries=[
        Query(
            per_release(release("release_hop"), "from", "to", "when", "breaking", "admitted"), "", Shape.TABLE
        )
    ],
    unit="none",
    field={"noValue": "nothing is left"},
    transformations=columns(
        {
            "namespace": "Namespace",
            "name": "Release",
            "Value": "Hop",
            "from": "From",
            "to": "To",
            "when": "When",
            "breaking": "Breaking",
            "admitted": "May start",
        }
    ),
    overrides=[
        colored("Breaking", words({"true": ("breaking", ORANGE), "false": ("no", GREEN)})),
        colored(
            "May start",
            words({"true": ("yes", GREEN), "false": ("not yet", YELLOW), "unknown": ("unknown", GRAY)}),
        ),
    ],
)

ROW = Row(140, "Compatibility", [Line(8, [_MATRIX, _HOPS])])
