"""Whether a throw-away pod of the workload would do harm."""

from __future__ import annotations

from addon_updater.addons.grafana.settings import Settings
from addon_updater.addons.grafana.storage import Place, storage_of
from addon_updater.addons.podtemplate import container_of, entries
from addon_updater.rollout.workload import Workload


def why_not_rehearsed(workload: Workload, container: str, settings: Settings) -> str | None:
    """One sentence; None when a throw-away pod reaches no database that stays, and nobody it could alarm."""
    storage = storage_of(workload, container, settings)
    if storage.place is Place.SERVER:
        return f"a throw-away pod would migrate the {storage.kind} database that the running one uses"
    if storage.place is Place.UNSEEN:
        return "which database a throw-away pod would migrate cannot be seen"
    if storage.place is Place.OTHER_VOLUME:
        return f"a throw-away pod would migrate {storage.path} on the volume that the running one uses"
    alerting = f"{settings.provisioning_directory}/alerting"
    mounts = entries(container_of(workload.template, container), "volumeMounts")
    if any(f"{mount.get('mountPath')}/".startswith(f"{alerting}/") for mount in mounts):
        return f"a throw-away pod would evaluate the alert rules in {alerting} too, and alarm people twice"
    return None
