"""Launchers of worker processes: start, stop, alive. Here, on this computer; a cluster is another.

A process is distinguished from a later one of the same number by its start time, counted by the
kernel from boot, so that no clock that is set back can confuse the two.
"""

import os
import platform
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Process:
    """A worker's process, wherever it is."""

    machine: str  # what shares a table of processes
    pid: int
    start_time: str  # tells it from another process of the same number; empty: not known here


class Launcher(Protocol):
    """Somewhere to run workers."""

    def start(self, home: Path, worker: str) -> Process:
        """Start a worker of that name on the lab in ``home``; raises OSError."""
        ...

    def stop(self, process: Process) -> None:
        """Let it save what it has and go."""
        ...

    def alive(self, process: Process) -> bool | None:
        """Whether it still runs; None where that cannot be known from here."""
        ...


class LocalLauncher:
    """Workers as processes of this machine, which outlive the server that started them."""

    def __init__(self) -> None:
        self._children: list[subprocess.Popen[bytes]] = []

    def start(self, home: Path, worker: str) -> Process:
        """``python -m convnext_viz.lab.worker``; what it has to say goes to ``worker.log``."""
        home.mkdir(parents=True, exist_ok=True)
        source = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join(p for p in (source, os.environ.get("PYTHONPATH", "")) if p)
        with (home / "worker.log").open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", "convnext_viz.lab.worker", str(home), worker],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONPATH": path},
                start_new_session=True,  # Ctrl-C in the server's terminal is not for it
            )
        self._children.append(child)
        return Process(machine(), child.pid, start_time(child.pid) or "")

    def stop(self, process: Process) -> None:
        """SIGTERM: the worker keeps a checkpoint and leaves its run resumable."""
        if self.alive(process):
            os.kill(process.pid, signal.SIGTERM)

    def alive(self, process: Process) -> bool | None:
        """By process number and time of start."""
        self._children = [child for child in self._children if child.poll() is None]
        if process.machine != machine():
            return None
        now = start_time(process.pid)
        return None if now is None else now == process.start_time != ""


def this_process() -> Process:
    """The process that asks."""
    return Process(machine(), os.getpid(), start_time(os.getpid()) or "")


def machine() -> str:
    """The machine's name and, in a container, which table of processes it sees."""
    try:
        space = os.readlink("/proc/self/ns/pid")
    except OSError:
        space = ""
    return f"{socket.gethostname()} {space}".strip()


def start_time(pid: int) -> str | None:
    """When a process was started: "" where there is no such process (or only its remains), None
    where this system does not tell."""
    system = platform.system()
    if system == "Linux":
        return _start_time_on_linux(pid)
    if system == "Darwin":
        answer = subprocess.run(
            ["ps", "-o", "stat=,lstart=", "-p", str(pid)],
            capture_output=True,
            text=True,
            check=False,
        )
        state, _, started = answer.stdout.strip().partition(" ")
        return "" if state.startswith("Z") else started.strip()
    return None


def _start_time_on_linux(pid: int) -> str:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
    # proc(5): the state is field 3, the start in clock ticks since boot is field 22.
    return "" if fields[0] in "ZX" else f"{boot} {fields[19]}"
