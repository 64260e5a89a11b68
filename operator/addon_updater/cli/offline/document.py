"""The answer of `plan --offline` as a document for programs. Every key is always there; docs/cli.md lists them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from addon_updater.api.release_status import PlanStatus
from addon_updater.cli.offline.answer import NOT_LOOKED_AT, Answer, usual_image
from addon_updater.cli.reasoning import sources
from addon_updater.errors import CatalogError
from addon_updater.resolve import Hop, image_for
from addon_updater.rollout.status import candidate_status

Document = dict[str, Any]


def offline_document(given: Answer, catalogs: Sequence[str]) -> Document:
    """The whole answer; `catalogs` are the files that were laid over the embedded catalog."""
    question, resolution = given.question, given.resolution
    return {
        "addon": given.entry.name,
        "kubernetes": str(question.minor),
        "vendor": question.vendor.value,
        "baseline": str(question.baseline),
        "catalogs": list(catalogs),
        "current": {
            "version": str(question.current),
            "fits": resolution.installed.fits,
            "reason": resolution.installed.reason.value,
            "message": resolution.installed.message,
        },
        "target": _target(given),
        "reason": resolution.reason.value,
        "because": resolution.message,
        "security": [one.to_wire() for one in given.security],
        "downgrade": str(resolution.downgrade) if resolution.downgrade else None,
        "blocked": given.blocked,
        "hops": _hops(given.plan, given.hops),
        "meanwhile": [hop.to_wire() for hop in given.meanwhile.hops] if given.meanwhile else [],
        "candidates": [candidate_status(one).to_wire() for one in resolution.candidates],
        "sources": [
            {"key": key, **one.to_wire()} for key, one in sources(given.entry, keys_of(given)).items()
        ],
        "notLookedAt": list(NOT_LOOKED_AT),
    }


def keys_of(given: Answer) -> list[str]:
    """The sources behind what is told: verdicts, breaking changes, and stops on the way."""
    breaking = [change.source for hop in given.hops for change in hop.breaking]
    return [one.source for one in given.told] + breaking + [hop.source for hop in given.hops if hop.source]


def _target(given: Answer) -> Document | None:
    version = given.resolution.target
    if version is None:
        return None
    try:
        image = image_for(given.entry, version, usual_image(given.entry, given.question.current))
    except CatalogError:
        image = None
    return {"version": str(version), "image": image}


def _hops(plan: PlanStatus, hops: tuple[Hop, ...]) -> list[Document]:
    return [
        {
            **told.to_wire(),
            "waitsFor": told.waits_for,
            "breakingChanges": [
                {"version": str(one.version), "reason": one.reason, "source": one.source}
                for one in hop.breaking
            ],
            "rollbackFloor": str(hop.floor) if hop.floor else None,
            "source": hop.source or None,
        }
        for told, hop in zip(plan.hops, hops, strict=True)
    ]
