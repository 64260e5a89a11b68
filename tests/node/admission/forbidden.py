"""What a row of the tables of forbidden writes says."""

from dataclasses import dataclass

from node.admission.request import Request

RBAC = "RBAC"
"""The guard of what admission never sees: reads, impersonation, and the policies themselves."""


@dataclass(frozen=True)
class ForbiddenWrite:
    """A request that the operator's account must never get through.

    `name` completes "the operator ...". `refused_by` is the admission policy that refuses it even when RBAC
    would allow everything, or `RBAC`. `message` is a part of the answer that tells a person why. `dry_run` is
    off for the connections into pods, which know no dry run.
    """

    name: str
    request: Request
    refused_by: str
    message: str
    dry_run: bool = True
