"""An AddonRelease as the command line sees it: identity and the typed status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from addon_updater.api.meta import Condition, ConditionStatus
from addon_updater.api.release_status import AddonReleaseStatus
from addon_updater.errors import NotFoundError
from addon_updater.reasons import ConditionType


@dataclass(frozen=True, slots=True)
class ReleaseView:
    """One AddonRelease. `problem` says why its status cannot be read."""

    namespace: str
    name: str
    addon: str
    generation: int
    status: AddonReleaseStatus
    problem: str | None = None

    @property
    def full_name(self) -> str:
        """Namespace and name."""
        return f"{self.namespace}/{self.name}"

    @property
    def is_seen(self) -> bool:
        """Whether the operator has looked at this generation of the spec."""
        return self.status.observed_generation == self.generation

    def condition(self, type_: ConditionType) -> Condition | None:
        """The condition of that type."""
        conditions = self.status.conditions or ()
        return next((one for one in conditions if one.type == type_.value), None)

    def holds(self, type_: ConditionType) -> bool:
        """Whether the condition is True."""
        found = self.condition(type_)
        return found is not None and found.status is ConditionStatus.TRUE


def read_release(manifest: Mapping[str, Any]) -> ReleaseView:
    """Read an AddonRelease; fields of the status that a newer operator added are left out."""
    metadata = manifest["metadata"]
    status, problem = AddonReleaseStatus(), None
    try:
        status = AddonReleaseStatus.model_validate(manifest.get("status") or {}, extra="ignore")
    except ValidationError as error:
        first = error.errors()[0]
        path = ".".join(str(part) for part in first["loc"])
        problem = f"status.{path} cannot be read ({first['msg']}): take the kubectl-addons of the operator's version"
    return ReleaseView(
        namespace=metadata["namespace"],
        name=metadata["name"],
        addon=str((manifest.get("spec") or {}).get("addon") or "unknown"),
        generation=int(metadata.get("generation") or 0),
        status=status,
        problem=problem,
    )


def pick(manifests: Iterable[Mapping[str, Any]], name: str, namespace: str) -> Mapping[str, Any]:
    """The AddonRelease of that name.

    Raises:
        NotFoundError: there is none; the message names those that exist.
    """
    found = {manifest["metadata"]["name"]: manifest for manifest in manifests}
    if name in found:
        return found[name]
    hint = f"there are: {', '.join(sorted(found))}" if found else "it has none; look with -A"
    raise NotFoundError(f"no AddonRelease {name!r} in namespace {namespace}; {hint}", status=404)
