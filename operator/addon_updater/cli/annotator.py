"""The one door through which the command line writes: five annotations of an AddonRelease, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from addon_updater.cli.reader import UNKNOWN_CALLER, Reader, find_access
from addon_updater.cluster import paths
from addon_updater.cluster.client import Client, Manifest
from addon_updater.errors import ApiError, ConflictError, ForbiddenError, TransientError, UnauthorizedError
from addon_updater.rollout.breaker import BREAKER_RESET_ANNOTATION
from addon_updater.rollout.observed import Release
from addon_updater.rollout.situation import (
    APPROVE_ANNOTATION,
    REQUESTED_ANNOTATION,
    RESET_ANNOTATION,
    ROLLBACK_ANNOTATION,
)

FIELD_MANAGER = "addon-updater-cli"
"""Not kubectl-something: Flux removes what managers of such names have written."""
_WRITABLE = frozenset(
    {
        APPROVE_ANNOTATION,
        RESET_ANNOTATION,
        ROLLBACK_ANNOTATION,
        REQUESTED_ANNOTATION,
        BREAKER_RESET_ANNOTATION,
    }
)
_TRIES = 3
"""The operator writes the status of a release at any time, and each write is a new resourceVersion."""


class Annotator(Reader):
    """A reader that can also set one of our annotations on an AddonRelease, and refuses every other write."""

    async def annotate(self, release: Release, values: Mapping[str, str | None]) -> None:
        """Set annotations on exactly the object, and the spec, that was looked at; None removes one.

        A merge patch, not an apply: with this manager an applied annotation would vanish when the next one is set.

        Raises:
            ConflictError: somebody changed the release meanwhile; look again.
            ApiError: it is gone, the person may not write, or the server does not answer.
        """
        if strange := sorted(values.keys() - _WRITABLE):
            raise AssertionError(f"{strange[0]} is not for the command line to write")
        path = paths.release(release.namespace, release.name)
        for left in reversed(range(_TRIES)):
            metadata = self._unchanged(await self.get(path), release)
            body = {
                "metadata": {
                    "uid": release.uid,
                    "resourceVersion": metadata["resourceVersion"],
                    "annotations": dict(values),
                }
            }
            try:
                await self._patch(path, body)
            except ConflictError as error:
                if left == 0:
                    raise _changed(release) from error
            else:
                return

    @staticmethod
    def _unchanged(manifest: Manifest | None, release: Release) -> Manifest:
        """The metadata of the release, as long as what a person decided on is still what it is."""
        metadata: Manifest = (manifest or {}).get("metadata") or {}
        seen = (release.uid, release.generation, dict(release.annotations))
        now = (metadata.get("uid"), int(metadata.get("generation") or 0), metadata.get("annotations") or {})
        if seen != now:
            raise _changed(release)
        return metadata

    async def _patch(self, path: str, body: Mapping[str, object]) -> None:
        query, kind = {"fieldManager": FIELD_MANAGER}, "application/merge-patch+json"
        try:
            await Client._request(self, "PATCH", path, body=body, query=query, content_type=kind)  # noqa: SLF001 - past the reader's refusal to write
        except ForbiddenError as error:
            raise ApiError(
                f"you may not patch AddonReleases here ({error}); ask for a role with this right",
                status=error.status,
            ) from error
        except UnauthorizedError as error:
            raise ApiError(UNKNOWN_CALLER, status=error.status) from error
        except TransientError as error:
            raise TransientError(
                f"nobody knows whether it was written ({error}); look with kubectl addons status, then repeat it",
                status=error.status,
            ) from error


async def open_annotator(kubeconfig: str | None, context: str | None) -> Annotator:
    """Connect as kubectl would.

    Raises:
        ApiError: no kubeconfig is usable.
    """
    return Annotator(await find_access(kubeconfig, context))


def _changed(release: Release) -> ApiError:
    return ConflictError(
        f"AddonRelease {release.namespace}/{release.name} was changed meanwhile, so nothing was written; look again "
        "and repeat it",
        status=409,
    )
