"""What the operator asked of the API server since a moment, from the server's own audit log."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from node.operator_under_test import ACCOUNT

_WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})
_REFUSED = frozenset({401, 403, 422})
# A Lease is the price of being there; a review asks a question and stores nothing.
_NO_CHANGE = frozenset({"leases", "subjectaccessreviews", "selfsubjectaccessreviews"})
_POD = "authentication.kubernetes.io/pod-name"
# A report on a coming minor tells as a status does; it is an object of its own because nobody else writes it.
_REPORTS = frozenset({"upgradereadinesses", "upgradereadinesses/status"})
_TELLS = frozenset({"events", "addonreleases/status", "addoncatalogs/status", *_REPORTS})


@dataclass(frozen=True)
class Asked:
    """One finished request."""

    verb: str
    resource: str
    """With its subresource, as in addonreleases/status."""
    name: str
    code: int
    pod: str
    """The pod whose token it came with; empty for a token that no pod holds."""

    @property
    def is_write(self) -> bool:
        """Whether it changed an object, or was meant to."""
        return self.verb in _WRITES and self.resource not in _NO_CHANGE

    def __str__(self) -> str:
        return f"{self.verb} {self.resource} {self.name} {self.code}".replace("  ", " ")


class AuditTrail:
    """The operator's requests from the moment on at which this was made."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._start = log.stat().st_size

    def asked(self) -> list[Asked]:
        """Every finished request of the operator's account."""
        with self._log.open("rb") as log:
            log.seek(self._start)
            lines = log.read().decode().rpartition("\n")[0].splitlines()
        events = [json.loads(line) for line in lines if ACCOUNT in line]
        return [
            _read(event)
            for event in events
            if event["stage"] == "ResponseComplete" and event["user"].get("username") == ACCOUNT
        ]

    def changes(self) -> list[str]:
        """Attempts to change the cluster, whatever came of them; status, Events and reports only tell about it."""
        return [str(one) for one in self.asked() if one.is_write and one.resource not in _TELLS]

    def kinds_of_changes(self) -> list[str]:
        """Verb and resource of each change that was made, in their order; one that met a conflict was not."""
        made = [line for line in self.changes() if int(line.rpartition(" ")[2]) < 400]
        return [" ".join(line.split()[:2]) for line in made]

    def refused(self) -> list[str]:
        """Requests that RBAC, admission or validation refused."""
        return [str(one) for one in self.asked() if one.code in _REFUSED]


def _read(event: dict[str, Any]) -> Asked:
    reference = event.get("objectRef") or {}
    pod = next(iter((event["user"].get("extra") or {}).get(_POD) or ()), "")
    parts = (reference.get("resource"), reference.get("subresource"))
    return Asked(
        verb=str(event["verb"]),
        resource="/".join(filter(None, parts)) or str(event["requestURI"]),
        name=reference.get("name", ""),
        code=int((event.get("responseStatus") or {}).get("code") or 0),
        pod=pod,
    )
