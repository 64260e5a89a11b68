"""deploy/monitoring built by the real kustomize inside kubectl."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from localcluster.build import program
from localcluster.settings import current_settings

MONITORING = Path(__file__).parents[2] / "deploy/monitoring"
CONFIG_MAPS = {("ConfigMap", "addon-updater-alerts"), ("ConfigMap", "addon-updater-dashboard")}


@pytest.mark.parametrize(
    "components, more",
    [
        ([], set()),
        (["prometheus-operator"], {("ServiceMonitor", "addon-updater"), ("PrometheusRule", "addon-updater")}),
        (["grafana-operator"], {("GrafanaDashboard", "addon-updater")}),
    ],
    ids=["alone", "with prometheus-operator", "with grafana-operator"],
)
def test_what_is_applied(components, more, tmp_path):
    folder = shutil.copytree(MONITORING, tmp_path / "monitoring")
    with (folder / "kustomization.yaml").open("a") as file:
        file.write(f"components: {components}\n")
    kubectl = program(current_settings(), "kubernetes", "kubectl")
    text = subprocess.run([kubectl, "kustomize", folder], check=True, capture_output=True, text=True).stdout
    objects = list(yaml.safe_load_all(text))
    assert {(item["kind"], item["metadata"]["name"]) for item in objects} == CONFIG_MAPS | more
    assert {item["metadata"]["namespace"] for item in objects} == {"addon-updater"}
