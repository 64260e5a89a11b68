"""What lies in the namespace monitoring while the policies are tried: addons with data, and the Jobs of a hop."""

from typing import Any

from node.admission.objects import DOMAIN, HASH, config_map, deployment

NAMESPACE = "monitoring"
PROMETHEUS = "quay.io/prometheus/prometheus:v2.55.1"
NEXT_PROMETHEUS = "quay.io/prometheus/prometheus:v3.13.2"
GRAFANA = "docker.io/grafana/grafana:12.4.2"
NEXT_GRAFANA = "docker.io/grafana/grafana:13.1.1"
TOOLS_IMAGE = "registry.example.com:5000/team/addon-updater:test"
"""Where the overlay of the test takes the operator from."""
SETTINGS = "global: {scrape_interval: 15s}\n"
WEB_SECRET = "prometheus-web"
"""The one Secret that the lists of the test allow a task to mount."""

OLD_JOB = "addon-updater-backup-0"
FINISHED_JOB = "addon-updater-check-config-0"
TEAM_JOB = "team-job"

# No node carries this label, so that a pod is stored and never started.
_NOWHERE = {f"{DOMAIN}/no-such-node": "true"}
_OWNER = {
    "apiVersion": f"{DOMAIN}/v1alpha1",
    "kind": "AddonRelease",
    "name": "prometheus",
    "uid": "00000000-0000-0000-0000-000000000000",
}


def stateful_set(name: str, image: str) -> dict[str, Any]:
    """Two pods that nobody places: each wants a disk of its own that there is not."""
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {
            "replicas": 2,
            "podManagementPolicy": "Parallel",
            "serviceName": name,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {
                    "serviceAccountName": name,
                    "containers": [{"name": name, "image": image, "args": ["--log.level=info"]}],
                    "volumes": [_settings_volume("prometheus.yml")],
                },
            },
            "volumeClaimTemplates": [
                {
                    "metadata": {"name": "data"},
                    "spec": {
                        "accessModes": ["ReadWriteOnce"],
                        "resources": {"requests": {"storage": "1Gi"}},
                    },
                }
            ],
        },
    }


def deployment_with_a_disk(name: str, image: str) -> dict[str, Any]:
    """Its strategy is the default one, under which two pods would want the one disk."""
    manifest = deployment(name)
    manifest["spec"]["template"]["spec"] |= {
        "containers": [{"name": name, "image": image}],
        "volumes": [{"name": "storage", "persistentVolumeClaim": {"claimName": name}}],
        "serviceAccountName": name,
    }
    return manifest


def large_deployment(name: str, image: str) -> dict[str, Any]:
    """More containers, variables and volumes than anybody has, and no data: the policies must afford it."""
    manifest = deployment(name)
    env = [{"name": f"VARIABLE_{number}", "value": "x" * 40} for number in range(60)]
    names = [name, *(f"sidecar-{number}" for number in range(20))]
    manifest["spec"]["template"]["spec"] |= {
        "containers": [{"name": one, "image": image, "env": env} for one in names],
        "volumes": [
            _settings_volume("prometheus.yml"),
            *({"name": f"scratch-{number}", "emptyDir": {}} for number in range(60)),
        ],
        "serviceAccountName": name,
    }
    return manifest


def job(
    task: str = "check-config",
    *,
    metadata: dict[str, Any] | None = None,
    spec: dict[str, Any] | None = None,
    template: dict[str, Any] | None = None,
    pod: dict[str, Any] | None = None,
    container: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """An allowed Job, with the given fields replaced."""
    labels = {f"{DOMAIN}/task": "prometheus"}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": f"addon-updater-{task}-1",
            "labels": labels,
            "annotations": {f"{DOMAIN}/attempt": "1"},
            "ownerReferences": [_OWNER],
            **(metadata or {}),
        },
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": 300,
            "ttlSecondsAfterFinished": 3600,
            "template": {
                "metadata": {"labels": labels, **(template or {})},
                "spec": {
                    "restartPolicy": "Never",
                    "serviceAccountName": "prometheus",
                    "nodeSelector": _NOWHERE,
                    "containers": [
                        {
                            "name": "task",
                            "image": NEXT_PROMETHEUS,
                            "command": ["promtool", "check", "config", "/etc/prometheus/prometheus.yml"],
                            "terminationMessagePolicy": "FallbackToLogsOnError",
                            "securityContext": {"capabilities": {"drop": ["ALL"]}},
                            **(container or {}),
                        }
                    ],
                    "volumes": [
                        _settings_volume(f"prometheus.yml-{HASH}"),
                        {"name": "tmp", "emptyDir": {}},
                        {"name": "web", "secret": {"secretName": WEB_SECRET}},
                    ],
                    **(pod or {}),
                },
            },
            **(spec or {}),
        },
    }


def backup(*, image: str = TOOLS_IMAGE, **pod: Any) -> dict[str, Any]:
    """An allowed backup: the operator's own tools beside the data, without an account."""
    return job(
        "backup",
        spec={"activeDeadlineSeconds": 3600},
        pod={
            "serviceAccountName": None,
            "automountServiceAccountToken": False,
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "grafana"}}],
            **pod,
        },
        container={"image": image},
    )


def addons() -> list[dict[str, Any]]:
    """What the cluster admin makes before the operator's account is tried."""
    return [
        *(
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}}
            for name in ("prometheus", "grafana", "loki")
        ),
        stateful_set("prometheus", PROMETHEUS),
        # Where pods are simulated, the tag keeps the one that is placed from becoming ready.
        stateful_set("grafana", f"{GRAFANA}-never-ready"),
        stateful_set("loki", GRAFANA),
        deployment_with_a_disk("grafana", GRAFANA),
        large_deployment("prometheus", PROMETHEUS),
        config_map("prometheus", **{"prometheus.yml": SETTINGS, "users.yml": "a: b\n"}),
        {
            "apiVersion": "v1",
            "kind": "Pod",
            # Named like the third pod of the StatefulSet, and nobody's.
            "metadata": {"name": "prometheus-2"},
            "spec": {"nodeSelector": _NOWHERE, "containers": [{"name": "a", "image": PROMETHEUS}]},
        },
        *(
            job(metadata={"name": name, "ownerReferences": []}, spec={"suspend": True})
            for name in (OLD_JOB, FINISHED_JOB)
        ),
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": TEAM_JOB, "labels": {"app": "team"}},
            "spec": {
                "suspend": True,
                "template": {
                    "spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": PROMETHEUS}]}
                },
            },
        },
    ]


def _settings_volume(key: str) -> dict[str, Any]:
    return {
        "name": "config-volume",
        "configMap": {"name": "prometheus", "items": [{"key": key, "path": "prometheus.yml"}]},
    }
