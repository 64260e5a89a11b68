"""AddonReleases as the watch brings them."""

from typing import Any


def release(name: str = "dns", *, created: int = 0, **changes: Any) -> dict[str, Any]:
    """The manifest of a release in kube-system; `created` is the second of its creation."""
    manifest: dict[str, Any] = {
        "apiVersion": "addon-updater.dev/v1alpha1",
        "kind": "AddonRelease",
        "metadata": {
            "name": name,
            "namespace": "kube-system",
            "uid": f"uid-{name}",
            "generation": 1,
            "resourceVersion": "1",
            "creationTimestamp": f"2026-01-05T12:00:{created:02}Z",
        },
        "spec": {"addon": "coredns"},
    }
    manifest["metadata"] |= changes.pop("metadata", {})
    return manifest | changes
