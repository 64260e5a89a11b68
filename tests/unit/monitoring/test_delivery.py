"""How dashboard and alerts reach a cluster: the names in deploy/monitoring fit each other and the operator's Service."""

from pathlib import Path

from unit.deploy.manifests import DEPLOY, documents, kustomization, the

MONITORING = DEPLOY / "monitoring"
GENERATED = {entry["name"]: entry for entry in kustomization(MONITORING)["configMapGenerator"]}


def component(folder: str, file: str) -> dict:
    (only,) = documents(MONITORING / folder / file)
    return only


def test_every_config_map_has_a_file_that_exists_and_a_name_that_stays():
    for entry in GENERATED.values():
        assert [name for name in entry["files"] if not (MONITORING / name).is_file()] == []
    assert kustomization(MONITORING)["generatorOptions"]["disableNameSuffixHash"]


def test_the_sidecar_finds_the_dashboard_by_its_label_and_nothing_else():
    labels = {name: entry.get("options", {}).get("labels") for name, entry in GENERATED.items()}
    assert labels == {"addon-updater-dashboard": {"grafana_dashboard": "1"}, "addon-updater-alerts": None}


def test_grafana_operator_reads_the_same_config_map():
    reference = component("grafana-operator", "grafanadashboard.yaml")["spec"]["configMapRef"]
    assert reference["key"] in [Path(name).name for name in GENERATED[reference["name"]]["files"]]


def test_the_service_monitor_selects_the_operators_service_and_keeps_its_labels():
    spec = component("prometheus-operator", "servicemonitor.yaml")["spec"]
    service = the("Service", "addon-updater", "addon-updater")
    assert spec["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    (endpoint,) = spec["endpoints"]
    assert endpoint["port"] in [port["name"] for port in service["spec"]["ports"]]
    assert endpoint["honorLabels"]
