"""Scripts that people download, run alone: several in one process, which imports torch once."""

import subprocess
import sys
from pathlib import Path

RUN_EACH = """
import runpy, sys
paths, sys.argv[1:] = sys.argv[1:], []
for path in paths:
    runpy.run_path(path, run_name="__main__")
"""


def run_alone(*paths: Path) -> list[str]:
    """The lines that the scripts print, run in a process that finds nothing of ours."""
    run = subprocess.run(
        [sys.executable, "-P", "-X", "utf8", "-c", RUN_EACH, *map(str, paths)],
        cwd=paths[0].parent,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return run.stdout.splitlines()
