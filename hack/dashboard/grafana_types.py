"""Checks a dashboard against Grafana's own published types, with the TypeScript compiler."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from dashboard.model import Json
from dashboard.npm import installed
from localcluster.settings import Settings

SOURCES = Path(__file__).parent / "typecheck"
SCHEMAS = {
    "10.4.19": ("grafana-schema-10", "dist/index.d.ts"),
    "13.2.3": ("grafana-schema-13", "dist/types/index.d.ts"),
}
"""Release of Grafana -> the package with its types as typecheck/package.json names it, and the file they are in."""


def complaints(board: Json, grafana: str, settings: Settings) -> str:
    """What the compiler has against the dashboard as one of that release; empty when nothing.

    Raises:
        MissingRequirementError, BuildError: as `installed`.
    """
    modules = installed(SOURCES, settings)
    with tempfile.TemporaryDirectory(prefix="dashboard-types-") as name:
        folder = Path(name)
        (folder / "node_modules").symlink_to(modules)
        shutil.copy(SOURCES / "grafana.ts", folder)
        (folder / "board.ts").write_text(
            f'import type {{ Board }} from "./grafana";\nexport const board: Board = {json.dumps(board, indent=2)};\n'
        )
        (folder / "tsconfig.json").write_text(json.dumps(_compiler_settings(*SCHEMAS[grafana])))
        answer = subprocess.run(
            [modules / ".bin/tsc", "--project", folder, "--pretty", "false"],
            capture_output=True,
            text=True,
            check=False,
        )
    return answer.stdout + answer.stderr


def _compiler_settings(package: str, types: str) -> Json:
    return {
        "compilerOptions": {
            "strict": True,
            "noEmit": True,
            "skipLibCheck": True,
            "target": "es2022",
            "module": "esnext",
            "moduleResolution": "bundler",
            "types": [],
            "paths": {
                "@grafana/schema": [f"./node_modules/{package}/{types}"],
                "@grafana/schema/*": [f"./node_modules/{package}/*"],
            },
        },
        "files": ["board.ts"],
    }
