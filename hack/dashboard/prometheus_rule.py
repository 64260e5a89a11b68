"""The alert rules as the object that prometheus-operator reads; the plain rules file is the source."""

from pathlib import Path

import yaml

from dashboard.model import Json


def prometheus_rule(rules: Path) -> Json:
    """The PrometheusRule with the groups of a rules file."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {
            "name": "addon-updater",
            "namespace": "addon-updater",
            "labels": {"app.kubernetes.io/name": "addon-updater"},
        },
        "spec": yaml.safe_load(rules.read_text()),
    }
