"""What ``make`` installs and with what, on machines that have uv and on machines that do not."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOOLS = "sh make cat chmod cksum cp cut expand mkdir rm sed touch"
# Stands for python3, uv and everything in .venv/bin: it notes each call and installs nothing.
STAND_IN = """#!{sh}
name=${{0##*/}}
case "$name $*" in
    *" --version") echo "$name 1.0"; exit 0 ;;
    *" -c "*) exit 0 ;;
esac
echo "$name $*" >> "$CALLS"
case "$name $*" in
    *" venv "*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
    *" pip install "*" --quiet uv") {fetch_uv} ;;
    *" --dry-run "*) exit {unreached} ;;
esac
"""


@dataclass(frozen=True)
class Machine:
    uv: str = ""  # "works", "is broken" or "" where there is none
    fetches_uv: bool = False
    reaches_builds: bool = False

    def make(self, folder: Path, target: str) -> tuple[list[str], str]:
        """Prepares the folder as on this machine and runs the target there."""
        tools = folder / "bin"
        tools.mkdir(parents=True)
        for tool in TOOLS.split():
            found = shutil.which(tool)
            assert found, f"this test needs {tool}"
            (tools / tool).symlink_to(found)
        script = STAND_IN.format(
            sh=shutil.which("sh"),
            fetch_uv='cp "$0" .venv/bin/uv' if self.fetches_uv else "exit 1",
            unreached=int(not self.reaches_builds),
        )
        for name in ["python3", *(["uv"] if self.uv else [])]:
            broken = name == "uv" and self.uv == "is broken"
            (tools / name).write_text("#!/bin/sh\nexit 127\n" if broken else script)
            (tools / name).chmod(0o755)
        for file in ("Makefile", "requirements.txt", "requirements-dev.txt"):
            shutil.copy(ROOT / file, folder)
        return make(folder, target)


def make(folder: Path, target: str) -> tuple[list[str], str]:
    """What the target calls in a prepared folder, and what it says on stderr."""
    calls = folder / "calls.txt"
    calls.write_text("")
    run = subprocess.run(
        ["make", target],
        cwd=folder,
        env={"PATH": str(folder / "bin"), "CALLS": str(calls)},
        capture_output=True,
        text=True,
        check=True,
    )
    return calls.read_text().splitlines(), run.stderr


BUILD = "pip install --python .venv/bin/python --torch-backend auto -r requirements.txt"
PLAIN = "pip install --python .venv/bin/python -r requirements.txt"
PIP = "python -m pip install --disable-pip-version-check -r requirements.txt"
MACHINES = [
    (Machine("works", reaches_builds=True), f"uv {BUILD}", None),
    (Machine("works"), f"uv {PLAIN}", "default build"),
    (Machine(fetches_uv=True, reaches_builds=True), f"uv {BUILD}", None),
    (Machine(fetches_uv=True), f"uv {PLAIN}", "default build"),
    (Machine("is broken", fetches_uv=True, reaches_builds=True), f"uv {BUILD}", None),
    (Machine(), PIP, "uv could not be installed"),
]


@pytest.mark.parametrize(("machine", "installs", "says"), MACHINES)
def test_an_app_is_installed_once(
    tmp_path: Path, machine: Machine, installs: str, says: str | None
) -> None:
    calls, said = machine.make(tmp_path, "app")
    assert calls[-2:] == [installs, "python -m streamlit run app.py"]
    lines = said.splitlines()
    assert len(lines) == (says is not None) and (says or "") in said
    assert make(tmp_path, "app")[0] == ["python -m streamlit run app.py"]


def test_tests_are_installed_after_the_app_and_torch_is_not_chosen_again(tmp_path: Path) -> None:
    calls, _ = Machine("works", reaches_builds=True).make(tmp_path, "test")
    uv = [call for call in calls if call.startswith("uv pip") and "--dry-run" not in call]
    assert uv == [f"uv {BUILD}", f"uv {PLAIN.replace('requirements', 'requirements-dev')}"]
    assert calls[-1].startswith("python -m pytest --numprocesses 2 --dist loadgroup")


def test_fast_leaves_out_what_is_marked(tmp_path: Path) -> None:
    calls, _ = Machine("works").make(tmp_path, "fast")
    assert calls[-1].endswith("-m not (slow or e2e or notebooks)")
    marks = re.findall(r'^    "(\w+):', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert {"slow", "e2e", "notebooks"} <= set(marks)


def test_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    (targets,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    run = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert re.findall(r"^make (\w+) ", run.stdout, re.MULTILINE) == targets.split()
