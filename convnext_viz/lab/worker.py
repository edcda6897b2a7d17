"""Worker process (``python -m convnext_viz.lab.worker HOME [NAME]``): trains the queued runs.

It starts warm and waits; between runs it measures the speeds that were requested. It beats while
it lives, and ends after a long time without work or on a signal (SIGTERM: with a checkpoint first).
"""

import argparse
import contextlib
import os
import secrets
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import torch

from convnext_viz.data import sources
from convnext_viz.lab import queue, speeds
from convnext_viz.lab.command_reader import Stop
from convnext_viz.lab.journal import LostRun
from convnext_viz.lab.launcher import this_process
from convnext_viz.lab.session import Session
from convnext_viz.lab.store import NewerError, Store, StoreError, runs, settings, workers
from convnext_viz.text import t, use_language

BEAT_EVERY = 1.0  # seconds
LOOK_EVERY = 0.1  # seconds between two looks at the queue
IDLE = 600.0  # seconds without work before it goes
NICENESS = 10

T = TypeVar("T")


class Worker:
    """One process's life."""

    def __init__(self, home: Path, name: str, *, idle: float = IDLE) -> None:
        # Its own patience is short: what cannot be written now is written a moment later.
        self.store = Store(home, patience=0.3)
        self.name = name
        self.idle = idle
        self._leave = threading.Event()

    def serve(self) -> None:
        """Train what is queued until it is time to go."""
        self._until(self._register)
        threading.Thread(target=self._beat, daemon=True).start()
        signal.signal(signal.SIGTERM, lambda *_: self._leave.set())
        warm_up_optimizer()
        since = time.monotonic()
        while not self._leave.is_set():
            try:
                if not self._is_listed():
                    return  # somebody took it for dead
                run = queue.claim(self.store, self.name)
                if run:
                    self._train(run)
                    since = time.monotonic()
                elif speeds.measure_next(self.store) or load_chosen_data(self.store):
                    since = time.monotonic()
                elif time.monotonic() - since > self.idle and self._may_go():
                    return
                else:
                    time.sleep(LOOK_EVERY)
            except NewerError:
                return
            except StoreError:
                time.sleep(LOOK_EVERY)
        with contextlib.suppress(StoreError), self.store.writing() as db:
            workers.remove(db, [self.name])

    def _train(self, run: str) -> None:
        with use_language("en"):
            try:
                session = self._until(lambda: self._session(run))
            except Exception as error:
                self._end(run, "failed", error)
                return
            try:
                session.train(self._leave.is_set)
                state, failure = "finished", None
            except Stop as stop:
                state, failure = stop.state, None
            except LostRun:
                return
            except Exception as error:
                state, failure = "failed", error
            session.journal.progress(state=state, worker=None, message=_message(failure))
            if failure:
                session.journal.event(state, reason=_message(failure))
            elif state != "queued":
                session.journal.event(state)
            with contextlib.suppress(LostRun):
                session.journal.insist()

    def _session(self, run: str) -> Session:
        with self.store.reading() as db:
            threads = queue.threads(db)
        return Session(self.store, run, self.name, threads=threads)

    def _end(self, run: str, state: str, error: Exception) -> None:
        def write() -> None:
            with self.store.writing() as db:
                end = {"state": state, "worker": None, "message": _message(error)}
                runs.change(db, run, if_worker=self.name, **end)

        self._until(write)

    def _register(self) -> None:
        me = this_process()
        with self.store.writing() as db:
            workers.add(db, self.name, me.machine, me.pid, me.start_time, beat=1)

    def _beat(self) -> None:
        while True:
            time.sleep(BEAT_EVERY)
            with contextlib.suppress(StoreError), self.store.writing() as db:
                workers.beat(db, self.name)

    def _is_listed(self) -> bool:
        with self.store.reading() as db:
            return any(row[0] == self.name for row in workers.processes(db))

    def _may_go(self) -> bool:
        """Leave the list, unless a run was queued this moment."""
        with self.store.writing() as db:
            if queue.places(db):
                return False
            workers.remove(db, [self.name])
        return True

    def _until(self, call: Callable[[], T]) -> T:
        """The result of ``call``, as soon as the database can be used."""
        while True:
            try:
                return call()
            except NewerError:
                sys.exit(t("lab.error.newer", path=self.store.file))
            except StoreError:
                time.sleep(LOOK_EVERY)


def warm_up_optimizer() -> None:
    """One optimizer, made and thrown away: the first one of a process imports for seconds, which
    the first run should not wait for."""
    torch.optim.AdamW([torch.zeros(1, requires_grad=True)], fused=True)


def load_chosen_data(store: Store) -> bool:
    """Load the data set that was last chosen, so that a run on it can start at once; True where
    there was something to load."""
    with store.reading() as db:
        chosen = settings.read(db, "data")
    return bool(chosen) and sources.warm(chosen or "")


def _message(error: Exception | None) -> str:
    """What went wrong, as a sentence; what nobody foresaw goes to the log in full."""
    if error is None:
        return ""
    if type(error) is ValueError or isinstance(error, StoreError):
        return str(error)
    traceback.print_exception(error, file=sys.stderr)
    words = str(error)  # torch's words: of a processor's memory, of an accelerator's
    if isinstance(error, MemoryError) or "allocate memory" in words or "out of memory" in words:
        return t("lab.error.memory")
    return t("lab.error.crashed", reason=f"{type(error).__name__}: {error}")


def give_way() -> None:
    """Lets pages go first, wherever they need the processor.

    Linux shares it among sessions before it looks at niceness, and a worker has a session of its
    own: the niceness of that counts, else each worker takes as much as the server of all pages.
    """
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    group = Path("/proc/self/autogroup")
    with contextlib.suppress(OSError):  # another system, or a kernel without such groups
        if group.exists():
            group.write_text(str(NICENESS))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path, help="the lab's folder")
    parser.add_argument("name", nargs="?", default=secrets.token_hex(4))
    parser.add_argument("--idle", type=float, default=IDLE, help="seconds without work")
    chosen = parser.parse_args()
    os.environ["CONVNEXT_VIZ_HOME"] = str(chosen.home)
    give_way()
    torch.set_num_threads(1)
    Worker(chosen.home, chosen.name, idle=chosen.idle).serve()


if __name__ == "__main__":
    main()
