"""Who may ask the API server of a cluster, with which token, and which requests its audit log keeps."""

import secrets
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

import yaml

from localcluster.layout import NODE_NAME, Layout
from localcluster.levels import Level

OPERATOR_NAMESPACE = "addon-updater"

_USERS: Mapping[str, tuple[str, str]] = {
    "admin": ("local-admin", "system:masters"),
    # It runs every controller under this one name, so it needs what all of them need.
    "kube-controller-manager": ("system:kube-controller-manager", "system:masters"),
    "kube-scheduler": ("system:kube-scheduler", ""),
}
USERS_OF: Mapping[Level, Mapping[str, tuple[str, str]]] = {
    Level.NODE: {
        **_USERS,
        "kube-proxy": ("system:kube-proxy", ""),
        "kubelet": (f"system:node:{NODE_NAME}", "system:nodes"),
    },
    # It writes the status of every node and pod, which no node's own rights would cover.
    Level.CONTROL_PLANE: {**_USERS, "kwok": ("system:kwok", "system:masters")},
}
"""Kubeconfig name -> (user name, group)."""


def audit_policy() -> dict[str, object]:
    """Everything the operator does, every write of anybody, and no read-only noise of the system's own parts."""
    everybody = {name: user for users in USERS_OF.values() for name, (user, _) in users.items()}
    system_users = [everybody[name] for name in sorted(everybody) if name not in ("admin", "kubelet")]
    reads = ["get", "list", "watch"]
    heartbeats = [
        {"group": "coordination.k8s.io", "resources": ["leases"]},
        {"group": "", "resources": ["nodes/status"]},
    ]
    return {
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "rules": [
            {"level": "Metadata", "userGroups": [f"system:serviceaccounts:{OPERATOR_NAMESPACE}"]},
            {"level": "None", "nonResourceURLs": ["/healthz*", "/livez*", "/readyz*", "/openapi*"]},
            {"level": "None", "users": [*system_users, "system:apiserver"], "verbs": reads},
            {"level": "None", "userGroups": ["system:nodes"], "verbs": reads},
            {"level": "None", "userGroups": ["system:serviceaccounts:kube-system"], "verbs": reads},
            {"level": "None", "users": ["system:apiserver"], "resources": heartbeats[:1]},
            {"level": "None", "userGroups": ["system:nodes"], "resources": heartbeats},
            {"level": "None", "users": [everybody["kwok"]], "resources": heartbeats},
            {"level": "Metadata"},
        ],
    }


def kubeconfig(server: str, ca: bytes, token: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "local",
                "cluster": {"server": server, "certificate-authority-data": b64encode(ca).decode()},
            }
        ],
        "users": [{"name": "local", "user": {"token": token}}],
        "contexts": [{"name": "local", "context": {"cluster": "local", "user": "local"}}],
        "current-context": "local",
    }


def write_access(layout: Layout, level: Level, *, inside: str, outside: str) -> None:
    """Write the token file, every kubeconfig and the audit policy; the keys must be there already.

    `inside` is the server's URL for the programs of the cluster, `outside` the one for this host.
    """
    ca = (layout.keys / "ca.crt").read_bytes()
    users = USERS_OF[level]
    tokens = {name: secrets.token_hex(16) for name in users}
    rows = [f'{tokens[name]},{user},{user},"{group}"\n' for name, (user, group) in users.items()]
    _write_private(layout.keys / "tokens.csv", "".join(rows))
    for name, token in tokens.items():
        _write_private(layout.kubeconfig_of(name), yaml.safe_dump(kubeconfig(inside, ca, token)))
    _write_private(layout.kubeconfig, yaml.safe_dump(kubeconfig(outside, ca, tokens["admin"])))
    (layout.config / "audit-policy.yaml").write_text(yaml.safe_dump(audit_policy()))


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)
