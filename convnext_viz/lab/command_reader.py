"""The reader of commands to a run that trains: pause, resume, one batch, one epoch, stop."""

import time
from collections.abc import Callable

from convnext_viz.lab import queue
from convnext_viz.lab.journal import Journal
from convnext_viz.lab.store import StoreError, commands

READ_EVERY = 0.1  # seconds
PARK_AFTER = 600.0  # seconds of pause after which the worker is free for other runs


class Stop(Exception):
    """The end of a session before its run's end; ``state`` is what becomes of the run."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class CommandReader:
    """The commands to one run, in the order in which they were given."""

    def __init__(self, journal: Journal, *, last_seen: int, paused: bool) -> None:
        self.journal = journal
        self.last_seen = last_seen
        self.paused = paused
        self.per_epoch = 1  # steps
        self.at = 0  # steps done of this seed
        self.until = 0  # a paused run goes on to this step
        self.ends = False
        self.stepped = False  # the pause is the end of steps that were requested
        self._read_at = 0.0

    @property
    def waits(self) -> bool:
        """Whether the run is to wait here."""
        return self.paused and self.at >= self.until

    def begin(self, at: int, until: int) -> None:
        """A seed begins at a step; a paused run first catches up with where it was paused."""
        self.at, self.until = at, until
        self.stepped = until > at

    def read(self, *, now: bool = False) -> None:
        """Read what was sent since."""
        if not now and time.monotonic() - self._read_at < READ_EVERY and not self.waits:
            return
        self._read_at = time.monotonic()
        try:
            with self.journal.store.reading() as db:
                new = commands.since(db, self.journal.run, self.last_seen)
        except StoreError:
            return  # it will be read when the database can be read again
        for number, command in new:
            self.last_seen = number
            self._apply(command)
        if new:
            self.journal.progress(heard=self.last_seen, paused=int(self.paused))

    def _apply(self, command: str) -> None:
        if command == "stop":
            self.ends = True
        elif command == "resume":
            self.paused = False
        elif command == "pause":
            self.paused, self.stepped, self.until = True, False, self.at
        else:
            begun = max(self.at, self.until) if self.paused else self.at
            to_epoch = self.per_epoch - begun % self.per_epoch
            self.until = begun + (1 if command == "batch" else to_epoch)
            self.paused, self.stepped = True, True

    def wait(self, leave: Callable[[], bool]) -> None:
        """Wait for another command. Raises Stop where that is to stop, where the worker must leave,
        where the pause is long ("paused"), and where all places are taken when it ends
        ("queued"): the run goes on when its turn comes."""
        self.journal.progress(state="paused", paused=1)
        self.journal.event("paused")
        self.journal.flush()
        since = time.monotonic()
        while self.waits and not self.ends:
            if leave():
                raise Stop("interrupted")
            if time.monotonic() - since > PARK_AFTER:
                raise Stop("paused")
            time.sleep(0.05)
            self.journal.flush_if_due()
            self.read(now=True)
        if self.ends:
            raise Stop("stopped")
        if not self.paused and not self._place():
            raise Stop("queued")
        self.journal.progress(state="running")
        self.journal.event("continued")
        self.journal.flush()

    def _place(self) -> bool:
        """Whether one more run may run; a step by hand needs none."""
        self.journal.flush()  # "paused" must stand there before it can be taken back
        try:
            return queue.take_place(self.journal.store, self.journal.run)
        except StoreError:
            return True
