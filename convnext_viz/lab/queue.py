"""The queue of runs: which is next, how many may run at once, and which workers are alive.

A run is in one of these states: it waits in the queue, is running, paused, finished, stopped (by
command), failed (something was wrong) or interrupted (its worker died). The last three can be
resumed.
"""

import time
from typing import Literal

from convnext_viz.lab.launcher import Launcher, Process
from convnext_viz.lab.store import Database, Store, runs, settings, tasks, workers
from convnext_viz.text import t
from convnext_viz.train import devices

State = Literal["queued", "running", "paused", "finished", "stopped", "failed", "interrupted"]
RESUMABLE = ("stopped", "failed", "interrupted")
LIVE = ("queued", "running", "paused")

HEARTBEAT_TIMEOUT = 30.0  # seconds without a heart-beat of a worker that cannot be looked at


def limit(db: Database) -> int:
    """How many runs may run at once."""
    chosen = settings.read(db, "limit")
    return int(chosen) if chosen else default_limit()


def set_limit(db: Database, limit: int) -> None:
    """Let so many run at once; raises ValueError for none."""
    if limit < 1:
        raise ValueError(t("lab.error.limit"))
    settings.write(db, "limit", str(limit))


def default_limit() -> int:
    """One run for every four cores beyond the one that is left to the server."""
    return max(1, (devices.cores() - 1) // 4)


def threads(db: Database) -> int:
    """Torch's threads of one run, so that all places together leave one core free."""
    return max(1, (devices.cores() - 1) // limit(db))


def free_places(db: Database) -> int:
    """How many more runs may run."""
    return limit(db) - tasks.running(db)


def places(db: Database) -> dict[str, int]:
    """For each run that waits: its place in the queue, from 1."""
    return {run: place for place, run in enumerate(tasks.queued(db), 1)}


def claim(store: Store, worker: str) -> str | None:
    """The next run of the queue, now this worker's; None where there is none or no place."""
    with store.writing() as db:
        waiting = tasks.queued(db)
        if not waiting or free_places(db) <= 0:
            return None
        runs.change(db, waiting[0], state="running", worker=worker)
        return waiting[0]


def take_place(store: Store, run: str) -> bool:
    """Whether a paused run may go on: it then counts as running from this moment."""
    with store.writing() as db:
        if free_places(db) <= 0:
            return False
        runs.change(db, run, if_state="paused", state="running")
        return True


class LivenessMonitor:
    """Tells living workers from dead ones.

    Where the process can be looked at, by looking; elsewhere by the heart-beat, a counter that must
    go up within ``HEARTBEAT_TIMEOUT`` seconds of the watcher's own monotonic clock.
    """

    def __init__(self, launcher: Launcher) -> None:
        self.launcher = launcher
        self._last_seen: dict[str, tuple[int, float]] = {}

    def dead(self, db: Database) -> list[str]:
        """The workers that are no more."""
        found = workers.processes(db)
        return [row[0] for row in found if not self._lives(row[0], Process(*row[1:4]), row[4])]

    def _lives(self, worker: str, process: Process, beat: int) -> bool:
        known = self.launcher.alive(process)
        if known is not None:
            return known
        now = time.monotonic()
        last, since = self._last_seen.get(worker, (-1, now))
        if beat != last:
            self._last_seen[worker] = (beat, now)
            return True
        return now - since < HEARTBEAT_TIMEOUT


def orphans(db: Database, dead: list[str]) -> set[str]:
    """Runs whose worker is dead, or whose worker nobody knows."""
    living = {row[0] for row in workers.processes(db)} - set(dead)
    return {run for run, worker in tasks.claimed(db) if worker not in living}


def mark_interrupted(db: Database, dead: list[str]) -> None:
    """Mark what dead workers leave: their runs are interrupted and can be resumed."""
    for run in orphans(db, dead):
        runs.change(db, run, state="interrupted", worker=None, paused=0)
        runs.add_event(db, run, "interrupted")
    workers.remove(db, dead)
