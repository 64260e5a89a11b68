"""UpgradeReadiness objects that the API server must refuse, should somebody but the operator write one."""

from cluster.invalid_objects import MISSING, READINESS, Invalid

_MINOR = "write a Kubernetes minor, quoted, as in '1.36'"


def _readiness(name: str, path: str, value: object, remedy: str) -> Invalid:
    return Invalid(name, READINESS, path, value, path, remedy)


INVALID_READINESS = (
    _readiness("no word on any minor", "spec", MISSING, "Required value"),
    _readiness("no minor", "spec.minor", MISSING, "Required value"),
    _readiness("a patch for a minor", "spec.minor", "1.36.1", _MINOR),
    _readiness("a minor with a v", "spec.minor", "v1.36", _MINOR),
    _readiness("a minor unquoted in YAML", "spec.minor", 1.36, "must be of type string"),
    _readiness("a second minor", "spec.minors", ["1.36", "1.37"], "unknown field"),
)
