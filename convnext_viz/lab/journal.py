"""What a run measured, on its way into the database: gathered, written together twice a second.

What could not be written (another process holds the database, the disk is full) stays here and is
written with the next, while training goes on; where that lasts for hours, it waits.
"""

import json
import math
import time
from typing import Any

from convnext_viz.lab.store import NewerError, Store, StoreError
from convnext_viz.results import Evaluation, StageInternals, StepMetrics

EVERY = 0.5  # seconds
MOST = 100_000  # lines that wait: some fifty megabytes, hours of training

_TICK = "INSERT OR REPLACE INTO ticks VALUES (?, ?, ?, ?, ?, ?, ?)"
_METRIC = "INSERT OR REPLACE INTO metrics VALUES (?, ?, ?, ?, ?, ?, ?)"
_EVALUATION = "INSERT OR REPLACE INTO evaluations VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_CONFUSION = "INSERT OR REPLACE INTO confusions VALUES (?, ?, ?, ?, ?)"
_INTERNALS = "INSERT OR REPLACE INTO internals VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_PREDICTION = "INSERT OR REPLACE INTO predictions VALUES (?, ?, ?, ?, ?, ?)"
_DIVERGED = "INSERT OR IGNORE INTO divergences VALUES (?, ?, ?, ?)"
EVENT = "INSERT INTO events (run, at, kind, seed, step, detail) VALUES (?, ?, ?, ?, ?, ?)"


class LostRun(RuntimeError):
    """The run was given to another worker: this one must leave it alone."""


class Journal:
    """The lines that one worker writes about one run."""

    def __init__(self, store: Store, run: str, worker: str, labels: tuple[str, ...]) -> None:
        self.store, self.run, self.worker = store, run, worker
        self._arm = {label: position for position, label in enumerate(labels)}
        self._waiting: list[tuple[str, tuple[Any, ...]]] = []
        self._progress: dict[str, Any] = {}
        self._written = time.monotonic()

    def step(self, seed: int, event: StepMetrics, seconds: float) -> None:
        """A training step; ``seconds`` since the seed's first."""
        self._add(_TICK, seed, event.step, event.epoch, event.images, event.lr, seconds)
        for label, arm in event.arms.items():
            at = (seed, self._arm[label], event.step)
            values = (arm.loss, arm.accuracy, arm.grad_norm)
            self._add(_METRIC, *at, *map(finite, values))
            if arm.diverged:
                self._add(_DIVERGED, *at)
                told = {"arm": label, "loss": str(arm.loss), "grad_norm": str(arm.grad_norm)}
                self.event("diverged", seed, event.step, **told)

    def evaluation(self, seed: int, event: Evaluation) -> None:
        """All arms on the test pictures."""
        for label, arm in event.arms.items():
            at = (seed, self._arm[label], event.step)
            ema = (arm.ema.loss, arm.ema.accuracy) if arm.ema else (None, None)
            values = (arm.net.loss, arm.net.accuracy, *ema)
            self._add(_EVALUATION, *at, *map(finite, values))
            shown = arm.ema or arm.net
            self._add(_CONFUSION, *at, shown.confusion.astype("<i4").tobytes())
            if not math.isfinite(arm.net.loss):
                self.event("not_finite", seed, event.step, arm=label, loss=str(arm.net.loss))

    def internals(self, seed: int, label: str, step: int, rows: tuple[StageInternals, ...]) -> None:
        """One arm's stages."""
        for row in rows:
            values = (row.grad_norm, row.mean, row.std, row.dead, row.gamma)
            at = (seed, self._arm[label], step, row.stage)
            self._add(_INTERNALS, *at, *map(finite, values))

    def predictions(
        self, seed: int, label: str, step: int, classes: list[int], chances: list[float]
    ) -> None:
        """What one arm says of the watched pictures."""
        shown = json.dumps([round(chance, 4) if chance == chance else None for chance in chances])
        self._add(_PREDICTION, seed, self._arm[label], step, json.dumps(classes), shown)

    def event(self, kind: str, seed: int | None = None, step: int | None = None, **d: Any) -> None:
        """Something that happened."""
        detail = json.dumps(d) if d else ""
        self._waiting.append((EVENT, (self.run, time.time(), kind, seed, step, detail)))

    def add(self, statement: str, *values: Any) -> None:
        """Any other line."""
        self._waiting.append((statement, values))

    def progress(self, **columns: Any) -> None:
        """New values of columns of the run's own row."""
        self._progress |= columns

    @property
    def crowded(self) -> bool:
        """Whether so much waits to be written that training should wait as well."""
        return len(self._waiting) > MOST

    def flush_if_due(self) -> None:
        """Write where the last writing is long enough ago; what fails is tried again later."""
        if time.monotonic() - self._written >= EVERY:
            self.flush()

    def flush(self) -> bool:
        """Write everything in one transaction; False where the database could not be used.

        Raises LostRun where the run is no longer this worker's, or the database no longer this
        release's.
        """
        self._written = time.monotonic()
        columns = ", ".join(f"{name} = ?" for name in self._progress) or "id = id"
        try:
            with self.store.writing() as db:
                mine = db.execute(
                    f"UPDATE runs SET {columns} WHERE id = ? AND worker = ?",
                    (*self._progress.values(), self.run, self.worker),
                )
                if mine.rowcount == 0:
                    raise LostRun(self.run)
                for statement, values in self._waiting:
                    db.execute(statement, values)
        except NewerError as error:
            raise LostRun(self.run) from error
        except StoreError:
            return False
        self._waiting.clear()
        self._progress.clear()
        return True

    def insist(self) -> None:
        """Write, however long the database takes to be usable again."""
        while not self.flush():
            time.sleep(EVERY)

    def _add(self, statement: str, *values: Any) -> None:
        self._waiting.append((statement, (self.run, *values)))


def finite(value: float | None) -> float | None:
    """The number, or None where it is none that a database can compare."""
    return value if value is not None and math.isfinite(value) else None
