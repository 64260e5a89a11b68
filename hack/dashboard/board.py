"""The whole dashboard: its rows, what can be chosen above them, and the marks of attempts in all of them."""

from copy import deepcopy

from dashboard.model import DATASOURCE, Json, lay_out
from dashboard.promql import per_release, release
from dashboard.rows import compatibility, health, now, operator, results, rollouts, waiting

UID = "addon-rollout-status"
FILE_NAME = f"{UID}.json"
RUNBOOK = "https://github.com/addon-updater/addon-updater/blob/main/docs/runbook.md"
SCHEMA_VERSION = 39

ROWS = (
    now.ROW,
    rollouts.ROW,
    results.ROW,
    waiting.ROW,
    compatibility.ROW,
    health.ROW,
    operator.ROW,
)


def build() -> Json:
    """The dashboard in Grafana's classic model; the caller's own, to change at will."""
    return deepcopy(_board())


def _board() -> Json:
    return {
        "uid": UID,
        "title": "Addons / Rollout status",
        "description": "Versions, rollouts and readiness of the cluster's addons, as addon-updater sees them.",
        "tags": ["addon-updater"],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "fiscalYearStartMonth": 0,
        "weekStart": "",
        "timezone": "browser",
        "time": {"from": "now-7d", "to": "now"},
        "timepicker": {},
        "refresh": "30s",
        "links": [_runbook_link()],
        "annotations": {"list": [_built_in(), *_attempts()]},
        "templating": {"list": _variables()},
        "panels": lay_out(ROWS),
    }


def _runbook_link() -> Json:
    return {
        "type": "link",
        "title": "Runbook",
        "tooltip": "What every reason and every alert means, and what to do",
        "url": RUNBOOK,
        "icon": "doc",
        "targetBlank": True,
        "includeVars": False,
        "keepTime": False,
        "asDropdown": False,
        "tags": [],
    }


def _built_in() -> Json:
    return {
        "builtIn": 1,
        "name": "Annotations & Alerts",
        "type": "dashboard",
        "datasource": {"type": "grafana", "uid": "-- Grafana --"},
        "enable": True,
        "hide": True,
        "iconColor": "rgba(0, 211, 255, 1)",
    }


def _attempts() -> list[Json]:
    """Marks from Prometheus alone, so that the operator needs no credentials for Grafana."""
    begun = per_release(release("attempt_start_timestamp_seconds"), "addon", "from", "to")
    ended = per_release(release("last_attempt_timestamp_seconds"), "addon", "version", "result")
    return [
        _annotation("Attempts begun", "blue", begun, "{{addon}}: {{from}} to {{to}}"),
        _annotation("Attempts ended", "purple", ended, "{{addon}} {{version}}: {{result}}"),
    ]


def _annotation(name: str, color: str, seconds: str, title: str) -> Json:
    """An event at the time that a gauge holds. Grafana takes the value as milliseconds, and equal ones as one."""
    return {
        "name": name,
        "datasource": DATASOURCE,
        "enable": True,
        "hide": False,
        "iconColor": color,
        "target": {"refId": "Anno", "expr": f"{seconds} * 1000", "interval": "60s"},
        "useValueForTime": True,
        "titleFormat": title,
        "textFormat": "{{namespace}}/{{name}}",
        "tagKeys": "addon,result",
    }


def _variables() -> list[Json]:
    return [
        {
            "type": "datasource",
            "name": "datasource",
            "label": "Data source",
            "query": "prometheus",
            "refresh": 1,
            "regex": "",
            "hide": 0,
            "includeAll": False,
            "multi": False,
            "options": [],
        },
        _label_values("job", "Job", "addon_updater_leader", hide=2),
        _label_values("namespace", "Namespace", 'addon_updater_release_info{job=~"$job"}'),
        _label_values("addon", "Addon", 'addon_updater_release_info{job=~"$job", namespace=~"$namespace"}'),
    ]


def _label_values(name: str, label: str, series: str, *, hide: int = 0) -> Json:
    """A variable with the values of the label of that name, all of them at first."""
    return {
        "type": "query",
        "name": name,
        "label": label,
        "datasource": DATASOURCE,
        "query": {
            "qryType": 1,
            "query": f"label_values({series}, {name})",
            "refId": f"{name}-values",
        },
        "refresh": 2,
        "regex": "",
        "sort": 1,
        "hide": hide,
        "multi": True,
        "includeAll": True,
        "allValue": ".+",
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
        "options": [],
    }
