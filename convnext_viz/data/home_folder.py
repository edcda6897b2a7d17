"""The home folder of runs, checkpoints and data sets."""

import os
import sys
from pathlib import Path


def home() -> Path:
    """The user's data folder for this package; it may not exist yet.

    ``CONVNEXT_VIZ_HOME`` where it is set; otherwise ``convnext-viz`` in ``XDG_DATA_HOME`` (which is
    ``~/.local/share`` where it is not set), in ``~/Library/Application Support`` on a Mac, in
    ``LOCALAPPDATA`` on Windows.
    """
    chosen = os.environ.get("CONVNEXT_VIZ_HOME")
    if chosen:
        return Path(chosen).expanduser().absolute()
    if sys.platform == "darwin":
        parent = Path.home() / "Library" / "Application Support"
    elif sys.platform == "win32":
        parent = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        given = os.environ.get("XDG_DATA_HOME", "")
        # The specification: a relative path is to be ignored.
        parent = Path(given) if Path(given).is_absolute() else Path.home() / ".local" / "share"
    return parent / "convnext-viz"
