"""What the environment says. Unknown `ADDON_UPDATER_*` names are refused: a typo must not be ignored."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from localcluster.errors import UsageError
from localcluster.versions import DEFAULT_MINOR, parse_minor

REPOSITORY = Path(__file__).resolve().parents[2]

_PREFIX = "ADDON_UPDATER_"
KNOWN_VARIABLES = {
    "ADDON_UPDATER_CACHE": "folder of built programs and images (default ~/.cache/addon-updater)",
    "ADDON_UPDATER_BINARIES": "folder of prebuilt programs, used instead of building",
    "ADDON_UPDATER_STATE": "folder that holds one folder per cluster (default /var/lib/addon-updater for root, "
    "else ~/.local/state/addon-updater)",
}


@dataclass(frozen=True)
class Settings:
    """Folders and defaults of one invocation."""

    cache: Path
    binaries: Path | None
    state_root: Path
    kubernetes: str


def read_settings(environment: Mapping[str, str], home: Path, *, user_id: int = 0) -> Settings:
    """Turn environment variables into settings.

    Raises:
        UsageError: an unknown `ADDON_UPDATER_*` name, a folder that is not there, or a wrong minor.
    """
    unknown = sorted(name for name in environment if name.startswith(_PREFIX) and name not in KNOWN_VARIABLES)
    if unknown:
        raise UsageError(
            f"environment: unknown {', '.join(unknown)}; known are {', '.join(sorted(KNOWN_VARIABLES))}"
        )
    binaries = environment.get("ADDON_UPDATER_BINARIES")
    if binaries and not Path(binaries).is_dir():
        raise UsageError(f"ADDON_UPDATER_BINARIES: {binaries} is not a folder; unset it to build from source")
    cache = environment.get("ADDON_UPDATER_CACHE")
    state = environment.get("ADDON_UPDATER_STATE")
    return Settings(
        cache=Path(cache).absolute() if cache else home / ".cache" / "addon-updater",
        binaries=Path(binaries).absolute() if binaries else None,
        state_root=Path(state).absolute() if state else _state_root(home, user_id),
        kubernetes=parse_minor(environment.get("KUBERNETES", DEFAULT_MINOR)),
    )


def _state_root(home: Path, user_id: int) -> Path:
    return Path("/var/lib/addon-updater") if user_id == 0 else home / ".local" / "state" / "addon-updater"


def current_settings() -> Settings:
    """The settings of this process's environment.

    Raises:
        UsageError: as `read_settings`.
    """
    return read_settings(os.environ, Path.home(), user_id=os.geteuid())
