"""Is anything to be done right now?"""

from dashboard.fields import BLUE, GREEN, ORANGE, READINESS, RED, YELLOW, thresholds, words
from dashboard.model import Line, Query, Row, Shape
from dashboard.panels import stat
from dashboard.promql import count, own, release

_DAY_S = 86400

_UP_TO_DATE = stat(
    id=1,
    title="Up to date",
    description="Releases that run the version they want, of all that are governed.",
    width=3,
    queries=[
        Query(
            count(release("release_condition", 'type="UpdateAvailable"', 'reason="UpToDate"')),
            "up to date",
            Shape.NOW,
        ),
        Query(count(release("release_info")), "of", Shape.NOW),
    ],
    unit="none",
    field=thresholds(GREEN),
    text_mode="value_and_name",
)
_RUNNING = stat(
    id=2,
    title="Attempts running",
    description="Releases that are being moved to another version or configuration.",
    width=3,
    queries=[Query(count(release("attempt_start_timestamp_seconds")), "", Shape.NOW)],
    unit="none",
    field=thresholds(GREEN, (1, BLUE)),
)
_BLOCKED = stat(
    id=3,
    title="Blocked",
    description="Releases whose update is forbidden by a finding, or whose version does not fit and has no successor.",
    width=3,
    queries=[Query(count(release("release_phase", 'phase="Blocked"') + " == 1"), "", Shape.NOW)],
    unit="none",
    field=thresholds(GREEN, (1, YELLOW)),
)
_STALLED = stat(
    id=4,
    title="Stalled",
    description="Releases that go on only after a person has acted; the runbook has an entry for every reason.",
    width=3,
    queries=[Query(count(release("release_condition", 'type="Stalled"') + " == 1"), "", Shape.NOW)],
    unit="none",
    field=thresholds(GREEN, (1, RED)),
)
_ROLLED_BACK = stat(
    id=5,
    title="Rolled back (24 h)",
    description="Releases whose newest attempt was rolled back within the last 24 hours.",
    width=3,
    queries=[
        Query(
            count(
                "time() - "
                + release("last_attempt_timestamp_seconds", 'result=~"RolledBack|RollbackFailed"')
                + f" < {_DAY_S}"
            ),
            "",
            Shape.NOW,
        )
    ],
    unit="none",
    field=thresholds(GREEN, (1, ORANGE)),
)
_MINOR = stat(
    id=6,
    title="Kubernetes",
    description="The minors that the API servers answer; two of them while the control plane is being upgraded.",
    width=3,
    queries=[
        Query(f"max by (minor) ({own('addon_updater_kubernetes_observed_minor')})", "{{minor}}", Shape.NOW)
    ],
    unit="none",
    field=thresholds(BLUE),
    text_mode="name",
)
_NEXT_MINOR = stat(
    id=7,
    title="Ready for the next minor",
    description="The verdict on the cluster for each coming minor: the worst of all addons.",
    width=3,
    queries=[Query(f"min by (minor) ({own('addon_updater_minor_readiness')})", "{{minor}}", Shape.NOW)],
    unit="none",
    field={"mappings": READINESS, **thresholds(BLUE)},
    text_mode="value_and_name",
)
_OPERATOR = stat(
    id=8,
    title="Operator",
    description="Whether one replica holds the Lease. Without a leader nothing is updated and nothing breaks.",
    width=3,
    queries=[Query(f"max({own('addon_updater_leader')}) or vector(0)", "", Shape.NOW)],
    unit="none",
    field={
        "mappings": words({"0": ("no leader", RED), "1": ("leads", GREEN)}),
        **thresholds(RED, (1, GREEN)),
    },
)

ROW = Row(
    100,
    "Now",
    [Line(4, [_UP_TO_DATE, _RUNNING, _BLOCKED, _STALLED, _ROLLED_BACK, _MINOR, _NEXT_MINOR, _OPERATOR])],
)
