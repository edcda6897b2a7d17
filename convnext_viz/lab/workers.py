"""The workers as the front door sees them: enough for the queue, one warm, the dead buried."""

import contextlib
import os
import secrets
import sqlite3
import threading
import time

from convnext_viz.lab import queue
from convnext_viz.lab.launcher import Launcher, Process
from convnext_viz.lab.store import Store, StoreError
from convnext_viz.text import t

MAX_FAILED_STARTS = 3  # workers in a row that died before they said a word
LITTLE = 200_000_000  # bytes of free disk below which something is said


class WorkerPool:
    """The workers on one lab, started where there is more to do than there are hands."""

    def __init__(self, store: Store, launcher: Launcher) -> None:
        self.store, self.launcher = store, launcher
        self._watch = queue.LivenessMonitor(launcher)
        self._lock = threading.Lock()
        self._stillborn = 0
        self._warm_until = 0.0  # on this process's monotonic clock

    def dead(self, db: sqlite3.Connection) -> list[str]:
        """Workers that are no more."""
        with self._lock:
            return self._watch.dead(db)

    def warm(self, seconds: float) -> None:
        """Keep a worker ready for so long from now, whether something is queued or not."""
        self._warm_until = time.monotonic() + seconds
        self.reconcile(anew=True)

    def reconcile(self, *, anew: bool = False) -> None:
        """Mark what dead workers left and start those that are missing.

        Nothing happens, and nothing is said, where the database cannot be written now: whoever
        reads sees what can be seen, and the next call tries again. ``anew`` forgets that workers
        died at birth.
        """
        if anew:
            self._stillborn = 0
        started: list[Process] = []
        try:
            with self.store.reading() as db:
                dead = self.dead(db)
                idle = not dead and not queue.orphans(db, dead) and not self._missing(db, dead)
            if idle:
                return
            with self.store.writing() as db:
                dead = self.dead(db)
                self._count_stillborn(db, dead)
                queue.mark_interrupted(db, dead)
                for _ in range(self._missing(db, [])):
                    started += self._start(db)
        except StoreError:
            # They could not be written down (the disk is full): the next call would start them
            # again, and the one after that.
            for process in started:
                self.launcher.stop(process)
            self._stillborn += len(started)

    def trouble(self) -> str | None:
        """What keeps the lab from working, as a sentence; None where nothing does."""
        place = next(p for p in (self.store.home, *self.store.home.parents) if p.exists())
        if not os.access(place, os.W_OK):
            return t("lab.error.read_only", path=self.store.home)
        with contextlib.suppress(OSError, AttributeError):
            space = os.statvfs(place)
            if space.f_bavail * space.f_frsize < LITTLE:
                return t("lab.error.full", path=self.store.home)
        if self._stillborn >= MAX_FAILED_STARTS:
            return t("lab.error.stillborn", log=self.store.home / "worker.log")
        return None

    def shutdown(self) -> None:
        """Let every worker save what it has and go; their runs can be resumed."""
        with self.store.reading() as db:
            rows = db.execute("SELECT machine, pid, born FROM workers").fetchall()
        for row in rows:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                self.launcher.stop(Process(*row))

    def _missing(self, db: sqlite3.Connection, dead: list[str]) -> int:
        """Workers to start: one for each run that could start now, one to be warm."""
        if self._stillborn >= MAX_FAILED_STARTS:
            return 0
        workers = {row[0] for row in db.execute("SELECT id FROM workers WHERE leaving = 0")}
        taken = {row[0] for row in db.execute("SELECT worker FROM runs WHERE worker NOTNULL")}
        startable = max(0, min(len(queue.places(db)), queue.free_places(db)))
        wanted = max(startable, int(time.monotonic() < self._warm_until))
        return max(0, wanted - len(workers - taken - set(dead)))

    def _start(self, db: sqlite3.Connection) -> list[Process]:
        """One more, within the transaction, so that two pages do not start two; none where the
        machine refuses."""
        worker = secrets.token_hex(4)
        try:
            process = self.launcher.start(self.store.home, worker)
        except OSError:
            self._stillborn += 1
            return []
        db.execute(
            "INSERT INTO workers (id, machine, pid, born) VALUES (?, ?, ?, ?)",
            (worker, process.machine, process.pid, process.start_time),
        )
        return [process]

    def _count_stillborn(self, db: sqlite3.Connection, dead: list[str]) -> None:
        for worker in dead:
            row = db.execute("SELECT beat FROM workers WHERE id = ?", (worker,)).fetchone()
            self._stillborn = self._stillborn + 1 if row and row[0] == 0 else 0
