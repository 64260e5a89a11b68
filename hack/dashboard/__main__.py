"""Writes what deploy/monitoring has generated: `python -m dashboard deploy/monitoring`."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import yaml

from dashboard.board import FILE_NAME, build
from dashboard.prometheus_rule import prometheus_rule

RULES = "rules/addon-updater.yaml"
_GENERATED = "# Generated from ../rules/addon-updater.yaml by `make generate`; edit that file.\n"


def rendered(folder: Path) -> Mapping[str, str]:
    """Every generated file below the folder, as it is committed."""
    rule = yaml.safe_dump(prometheus_rule(folder / RULES), sort_keys=False, width=110)
    return {
        f"dashboard/{FILE_NAME}": json.dumps(build(), indent=2) + "\n",
        "prometheus-operator/prometheusrule.yaml": _GENERATED + rule,
    }


def main() -> int:
    """Exit code 2 when the folder is not named or not there."""
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.stderr.write("usage: python -m dashboard FOLDER\n")
        return 2
    folder = Path(sys.argv[1])
    for name, text in rendered(folder).items():
        (folder / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
