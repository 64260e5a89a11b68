"""How the demo's Prometheus is set up: the shipped rules beside the team's own, the operator scraped as README says."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import yaml

from localcluster.prometheus import PROMETHEUS_CONFIG, PROMETHEUS_RULES, scrape_endpoints
from localcluster.settings import REPOSITORY

SHIPPED_RULES: Final = REPOSITORY / "deploy" / "monitoring" / "rules" / "addon-updater.yaml"
CONFIG: Final = PROMETHEUS_CONFIG + scrape_endpoints("grafana", "monitoring", "grafana", "http")
"""At the node level: everything is found by its Service."""


def rules() -> str:
    """One file of rules: the team's group and the shipped ones."""
    documents = (yaml.safe_load(text) for text in (PROMETHEUS_RULES, SHIPPED_RULES.read_text()))
    groups = [group for document in documents for group in document["groups"]]
    return yaml.safe_dump({"groups": groups}, sort_keys=False, width=1000)


def loopback_config(operator_port: int, own_port: int, rules_file: Path) -> str:
    """At the control-plane level: a process on this host that scrapes the operator and itself."""
    return f"""\
global: {{scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: 2s}}
rule_files: [{rules_file}]
scrape_configs:
  - job_name: prometheus
    static_configs: [{{targets: ["127.0.0.1:{own_port}"]}}]
  - job_name: addon-updater
    honor_labels: true
    static_configs: [{{targets: ["127.0.0.1:{operator_port}"]}}]
"""
