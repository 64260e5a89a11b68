"""The failures of the local cluster. Each is one message that names its remedy."""


class LocalClusterError(Exception):
    """Something the person at the keyboard can act on; shown without a traceback, exit code 1."""

    exit_code = 1


class UsageError(LocalClusterError):
    """A flag, argument or environment variable is wrong; exit code 2."""

    exit_code = 2


class MissingRequirementError(LocalClusterError):
    """The machine lacks something: Go, root, a Debian package, disk space."""


class BuildError(LocalClusterError):
    """A Go program did not build."""


class ImageError(LocalClusterError):
    """A container image could not be made."""


class NodeError(LocalClusterError):
    """The node did not reach the wanted state in time, or is not there at all."""
