"""The pool of workers: enough for the queue, one in reserve; runs of dead ones are marked."""

import contextlib
import os
import secrets
import threading
import time

from convnext_viz.lab import queue
from convnext_viz.lab.launcher import Launcher, Process
from convnext_viz.lab.store import Database, Store, StoreError, tasks, workers
from convnext_viz.text import t

MAX_FAILED_STARTS = 3  # workers in a row that died before their first heart-beat
LITTLE = 200_000_000  # bytes of free disk below which something is said


class WorkerPool:
    """The workers on one lab, started where there is more to do than they can do."""

    def __init__(self, store: Store, launcher: Launcher) -> None:
        self.store, self.launcher = store, launcher
        self._watch = queue.LivenessMonitor(launcher)
        self._lock = threading.Lock()
        self._failed_starts = 0
        self._warm_until = 0.0  # on this process's monotonic clock

    def dead(self, db: Database) -> list[str]:
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
        failed to start.
        """
        if anew:
            self._failed_starts = 0
        started: list[Process] = []
        try:
            with self.store.reading() as db:
                dead = self.dead(db)
                idle = not dead and not queue.orphans(db, dead) and not self._missing(db, dead)
            if idle:
                return
            with self.store.writing() as db:
                dead = self.dead(db)
                self._count_failed_starts(db, dead)
                queue.mark_interrupted(db, dead)
                for _ in range(self._missing(db, [])):
                    started += self._start(db)
        except StoreError:
            # They could not be written down (the disk is full): the next call would start them
            # again, and the one after that.
            for process in started:
                self.launcher.stop(process)
            self._failed_starts += len(started)

    def trouble(self) -> str | None:
        """What keeps the lab from working, as a sentence; None where nothing does."""
        place = next(p for p in (self.store.home, *self.store.home.parents) if p.exists())
        if not os.access(place, os.W_OK):
            return t("lab.error.read_only", path=self.store.home)
        with contextlib.suppress(OSError, AttributeError):
            space = os.statvfs(place)
            if space.f_bavail * space.f_frsize < LITTLE:
                return t("lab.error.full", path=self.store.home)
        if self._failed_starts >= MAX_FAILED_STARTS:
            return t("lab.error.stillborn", log=self.store.home / "worker.log")
        return None

    def shutdown(self) -> None:
        """Let every worker save what it has and go; their runs can be resumed."""
        with self.store.reading() as db:
            rows = workers.processes(db)
        for row in rows:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                self.launcher.stop(Process(*row[1:4]))

    def _missing(self, db: Database, dead: list[str]) -> int:
        """Workers to start: one for each run that could start now, one to be warm."""
        if self._failed_starts >= MAX_FAILED_STARTS:
            return 0
        listed = {row[0] for row in workers.processes(db)}
        startable = max(0, min(len(queue.places(db)), queue.free_places(db)))
        wanted = max(startable, int(time.monotonic() < self._warm_until))
        return max(0, wanted - len(listed - tasks.holders(db) - set(dead)))

    def _start(self, db: Database) -> list[Process]:
        """One more, within the transaction, so that two pages do not start two; none where the
        machine refuses."""
        worker = secrets.token_hex(4)
        try:
            process = self.launcher.start(self.store.home, worker)
        except OSError:
            self._failed_starts += 1
            return []
        workers.add(db, worker, process.machine, process.pid, process.start_time)
        return [process]

    def _count_failed_starts(self, db: Database, dead: list[str]) -> None:
        beats = {row[0]: row[4] for row in workers.processes(db)}
        for worker in dead:
            self._failed_starts = self._failed_starts + 1 if beats.get(worker) == 0 else 0
