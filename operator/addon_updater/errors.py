"""The error tree of the product, in one place so that no two packages need each other for an exception.

AddonUpdaterError
├── UsageError            flags, environment: one message, exit code 2
├── RefusedError          a person's word that nothing waits for, or for something else than they think
├── ParseError            a text that a person wrote does not follow its grammar
│   ├── VersionError      a version, minor or version range
│   ├── CatalogError      a catalog file or AddonCatalog; names file, path and remedy
│   └── SettingsError     the settings ConfigMap; names path and remedy
└── ApiError              the Kubernetes API answered with a failure
    ├── NotFoundError     404: as a rule a value, raised only where absence is a surprise
    ├── ForbiddenError    403: RBAC or admission said no; not retried until something changes
    ├── ConflictError     409: the precondition did not hold; observe again
    ├── InvalidError      400, 422 and SSA's schema errors: permanent for this content
    └── TransientError    429, 5xx, timeouts, broken connections: retried with backoff
        └── UnauthorizedError 401: the server does not know who asks; a renewed token may mend it
"""

from __future__ import annotations


class AddonUpdaterError(Exception):
    """Root of everything this product raises on purpose."""


class UsageError(AddonUpdaterError):
    """The process was started with flags or environment variables it does not know or cannot read."""


class RefusedError(AddonUpdaterError):
    """A person gave a word that nothing waits for, or that is about something else; nothing was written."""


class ParseError(AddonUpdaterError, ValueError):
    """A text that a person wrote does not follow its grammar; the message names the place."""


class VersionError(ParseError):
    """A version, Kubernetes minor or version range cannot be read."""


class CatalogError(ParseError):
    """A catalog file or AddonCatalog object is not usable; the message names file, path and remedy."""


class SettingsError(ParseError):
    """The settings ConfigMap is not usable; the message names the path and the remedy."""


class ApiError(AddonUpdaterError):
    """The Kubernetes API answered a request with a failure.

    `status` is the HTTP status code, or 0 when no answer arrived.
    """

    def __init__(self, message: str, *, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class NotFoundError(ApiError):
    """The object does not exist."""


class ForbiddenError(ApiError):
    """RBAC or an admission policy refused the request."""


class ConflictError(ApiError):
    """The precondition of a write did not hold: somebody else wrote in between."""


class InvalidError(ApiError):
    """The server can never accept this content."""


class TransientError(ApiError):
    """The request may succeed when repeated."""


class UnauthorizedError(TransientError):
    """The server does not accept the token: expired, signed with a key it does not know, or of a deleted account.

    No missing right, so no Role mends it; the kubelet renews the token, and every request reads it anew.
    """
