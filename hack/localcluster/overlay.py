"""Whether overlay mounts work in a folder. They do not on top of another overlay, as in many containers."""

import subprocess
import tempfile
from pathlib import Path


def can_overlay(folder: Path) -> bool:
    """Try one overlay mount below `folder`, in a mount namespace that ends with the trial."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        trial = Path(name)
        for part in ("lower", "upper", "work", "merged"):
            (trial / part).mkdir()
        options = f"lowerdir={trial / 'lower'},upperdir={trial / 'upper'},workdir={trial / 'work'}"
        mount = ["mount", "-t", "overlay", "-o", options, "overlay", str(trial / "merged")]
        result = subprocess.run(["unshare", "--mount", "--", *mount], check=False, capture_output=True)
        return result.returncode == 0
