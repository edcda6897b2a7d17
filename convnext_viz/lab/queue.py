"""Who runs, who waits, and who is dead: the rules, as functions of the database.

A run is in one of these states: it waits in the queue, is running, paused, finished, stopped (told
to), failed (something was wrong) or interrupted (its worker died). The last three can be resumed.
"""

import sqlite3
import time
from typing import Literal

from convnext_viz.lab.journal import EVENT
from convnext_viz.lab.launcher import Launcher, Process
from convnext_viz.lab.store import Store
from convnext_viz.train import devices

State = Literal["queued", "running", "paused", "finished", "stopped", "failed", "interrupted"]
RESUMABLE = ("stopped", "failed", "interrupted")

HEARTBEAT_TIMEOUT = 30.0  # seconds without a heart-beat of a worker that cannot be looked at


def limit(db: sqlite3.Connection) -> int:
    """How many runs may run at once."""
    row = db.execute("SELECT value FROM settings WHERE key = 'limit'").fetchone()
    return int(row[0]) if row else default_limit()


def default_limit() -> int:
    """One run for every four cores beyond the one that is left to the server."""
    return max(1, (devices.cores() - 1) // 4)


def threads(db: sqlite3.Connection) -> int:
    """Torch's threads of one run, so that all places together leave one core free."""
    return max(1, (devices.cores() - 1) // limit(db))


def free_places(db: sqlite3.Connection) -> int:
    """How many more runs may run."""
    running = db.execute("SELECT count(*) FROM runs WHERE state = 'running'").fetchone()[0]
    return limit(db) - int(running)


def places(db: sqlite3.Connection) -> dict[str, int]:
    """For each run that waits: its place in the queue, from 1."""
    rows = db.execute("SELECT id FROM runs WHERE state = 'queued' ORDER BY number")
    return {row[0]: place for place, row in enumerate(rows, 1)}


def claim(store: Store, worker: str) -> str | None:
    """The next run of the queue, now this worker's; None where there is none or no place."""
    with store.writing() as db:
        row = db.execute(
            "SELECT id FROM runs WHERE state = 'queued' ORDER BY number LIMIT 1"
        ).fetchone()
        if row is None or free_places(db) <= 0:
            return None
        db.execute("UPDATE runs SET state = 'running', worker = ? WHERE id = ?", (worker, row[0]))
        return str(row[0])


def take_place(store: Store, run: str) -> bool:
    """Whether a paused run may go on: it then counts as running from this moment."""
    with store.writing() as db:
        if free_places(db) <= 0:
            return False
        db.execute("UPDATE runs SET state = 'running' WHERE id = ? AND state = 'paused'", (run,))
        return True


class LivenessMonitor:
    """Tells living workers from dead ones.

    Where the process can be looked at, by looking; elsewhere by the heart-beat, a counter that must
    go up within ``HEARTBEAT_TIMEOUT`` seconds of the watcher's own monotonic clock.
    """

    def __init__(self, launcher: Launcher) -> None:
        self.launcher = launcher
        self._heard: dict[str, tuple[int, float]] = {}

    def dead(self, db: sqlite3.Connection) -> list[str]:
        """The workers that are no more."""
        rows = db.execute("SELECT id, machine, pid, born, beat FROM workers").fetchall()
        return [row[0] for row in rows if not self._lives(row[0], Process(*row[1:4]), row[4])]

    def _lives(self, worker: str, process: Process, beat: int) -> bool:
        known = self.launcher.alive(process)
        if known is not None:
            return known
        now = time.monotonic()
        last, since = self._heard.get(worker, (-1, now))
        if beat != last:
            self._heard[worker] = (beat, now)
            return True
        return now - since < HEARTBEAT_TIMEOUT


def orphans(db: sqlite3.Connection, dead: list[str]) -> set[str]:
    """Runs whose worker is dead, or whose worker nobody knows."""
    rows = db.execute(
        "SELECT id, worker FROM runs WHERE worker IS NOT NULL AND state IN ('running', 'paused')"
    ).fetchall()
    known = {row[0] for row in db.execute("SELECT id FROM workers")} - set(dead)
    return {run for run, worker in rows if worker not in known}


def mark_interrupted(db: sqlite3.Connection, dead: list[str]) -> None:
    """Mark what dead workers leave: their runs are interrupted and can be resumed."""
    for run in orphans(db, dead):
        db.execute(
            "UPDATE runs SET state = 'interrupted', worker = NULL, paused = 0 WHERE id = ?", (run,)
        )
        db.execute(EVENT, (run, time.time(), "interrupted", None, None, ""))
    db.executemany("DELETE FROM workers WHERE id = ?", [(worker,) for worker in dead])
