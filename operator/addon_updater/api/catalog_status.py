"""The status of an AddonCatalog: whether what it states is in force.

`acceptedSerial` is the one field of a status that is read back: a serial that goes down would otherwise be accepted
after a restart. Whoever may write the status may also write the spec.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from addon_updater.api.meta import Condition, KubeModel


class AddonCatalogStatus(KubeModel):
    """What the operator made of the catalog last."""

    observed_generation: Annotated[
        int | None, Field(ge=0, description="Generation of the spec that the conditions speak of.")
    ] = None
    accepted_serial: Annotated[
        int | None,
        Field(ge=0, description="The highest serial that has been in force; a lower one is refused."),
    ] = None
    conditions: Annotated[
        list[Condition] | None,
        Field(
            max_length=8,
            description="Ready: what is written is in force. CatalogFresh: what is in force is neither older than "
            "what is written nor expired.",
            json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]},
        ),
    ] = None
