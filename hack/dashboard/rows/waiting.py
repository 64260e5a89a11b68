"""What waits, for what, and what do the preflight rules say?"""

from dashboard.fields import BLUE, ORANGE, RED, YELLOW, colored, column, columns, words
from dashboard.model import Line, Query, Row, Shape
from dashboard.panels import table
from dashboard.promql import per_release, release

_WAITING = table(
    id=30,
    title="Waiting, blocked and stalled",
    description="Conditions that keep a release from its version; the runbook says what each reason wants from whom.",
    width=12,
    queries=[
        Query(
            per_release(
                release("release_condition", 'type=~"UpdateAvailable|Stalled"') + " == 1", "type", "reason"
            ),
            "",
            Shape.TABLE,
        ),
        Query(
            per_release(release("release_window_change_timestamp_seconds", 'change="opens"')) + " * 1000",
            "",
            Shape.TABLE,
        ),
    ],
    unit="none",
    field={"noValue": "nothing waits"},
    transformations=columns(
        {
            "namespace": "Namespace",
            "name": "Release",
            "type": "Condition",
            "reason": "Reason",
            "Value #B": "Window opens",
        }
    ),
    overrides=[
        colored(
            "Condition",
            words({"Stalled": ("Stalled", RED), "UpdateAvailable": ("UpdateAvailable", BLUE)}),
        ),
        column("Window opens", unit="dateTimeFromNow"),
    ],
)
_FINDINGS = table(
    id=31,
    title="Findings about the next hop",
    description="Preflight rules that have something to say; `kubectl addons plan` has the words and the remedies.",
    width=12,
    queries=[Query(per_release(release("release_finding"), "rule", "severity"), "", Shape.TABLE)],
    unit="none",
    field={"noValue": "no findings"},
    transformations=columns(
        {"namespace": "Namespace", "name": "Release", "rule": "Rule", "severity": "Severity"}
    ),
    overrides=[
        colored(
            "Severity",
            words(
                {
                    "Block": ("Block", RED),
                    "Warn": ("Warn", ORANGE),
                    "Repair": ("Repair", YELLOW),
                    "Info": ("Info", BLUE),
                }
            ),
        )
    ],
)

_ALERTS = table(
    id=32,
    title="Alerts",
    description="What fires of deploy/monitoring/rules, if the Prometheus behind this dashboard evaluates them.",
    width=24,
    queries=[
        Query(
            'max by (alertname, severity, namespace, name, addon) (ALERTS{alertname=~"AddonUpdater.+", alertstate="firing"})',
            "",
            Shape.TABLE,
        )
    ],
    unit="none",
    field={"noValue": "nothing fires"},
    transformations=columns(
        {
            "severity": "Severity",
            "alertname": "Alert",
            "namespace": "Namespace",
            "name": "Release",
            "addon": "Addon",
        }
    ),
    overrides=[
        colored(
            "Severity",
            words({"critical": ("critical", RED), "warning": ("warning", ORANGE), "info": ("info", BLUE)}),
        )
    ],
)

ROW = Row(130, "Waiting and blocked", [Line(8, [_WAITING, _FINDINGS]), Line(6, [_ALERTS])])
