"""The journal of a run: what it measures, gathered and written to the database twice a second.

What could not be written (another process holds the database, the disk is full) stays here and is
written with the next, while training goes on; where that lasts for hours, it waits.
"""

import json
import math
import time
from collections.abc import Sequence
from typing import Any

from convnext_viz.lab.store import NewerError, Store, StoreError, lines, runs
from convnext_viz.results import Evaluation, StageInternals, StepMetrics

EVERY = 0.5  # seconds
MOST = 100_000  # lines that wait: some fifty megabytes, hours of training


class LostRun(RuntimeError):
    """The run was given to another worker: this one must leave it alone."""


class Journal:
    """The lines that one worker writes about one run."""

    def __init__(self, store: Store, run: str, worker: str, labels: tuple[str, ...]) -> None:
        self.store, self.run, self.worker = store, run, worker
        self._arm = {label: position for position, label in enumerate(labels)}
        self._waiting: list[lines.Line] = []
        self._progress: dict[str, Any] = {}
        self._written = time.monotonic()

    def step(self, seed: int, event: StepMetrics, seconds: float) -> None:
        """A training step; ``seconds`` since the seed's first."""
        self._add(lines.tick(self.run, seed, event, seconds))
        for label, arm in event.arms.items():
            at = (self.run, seed, self._arm[label], event.step)
            self._add(lines.metric(*at, arm.loss, arm.accuracy, arm.grad_norm))
            if arm.diverged:
                self._add(lines.divergence(*at))
                detail = {"arm": label, "loss": str(arm.loss), "grad_norm": str(arm.grad_norm)}
                self.event("diverged", seed, event.step, **detail)

    def evaluation(self, seed: int, event: Evaluation) -> None:
        """All arms on the test images."""
        for label, arm in event.arms.items():
            at = (self.run, seed, self._arm[label], event.step)
            self._add(lines.evaluation(*at, arm.net, arm.ema))
            self._add(lines.confusion(*at, arm.ema or arm.net))
            if not math.isfinite(arm.net.loss):
                self.event("not_finite", seed, event.step, arm=label, loss=str(arm.net.loss))

    def internals(self, seed: int, label: str, step: int, rows: tuple[StageInternals, ...]) -> None:
        """One arm's stages."""
        for row in rows:
            self._add(lines.internals(self.run, seed, self._arm[label], step, row))

    def predictions(
        self, seed: int, label: str, step: int, classes: list[int], chances: list[float]
    ) -> None:
        """What one arm predicts for the probe images."""
        at = (self.run, seed, self._arm[label], step)
        self._add(lines.predictions(*at, classes, chances))

    def beginning(self, pixels: bytes, labels: Sequence[int], environment: dict[str, Any]) -> None:
        """The probe images, (N, H, W, 3) uint8 with their labels, and what it is trained on."""
        self._add(lines.probe_images(self.run, pixels, labels))
        self._add(lines.environment(self.run, environment))

    def checkpoint(
        self, seed: int, step: int, *, final: bool, file: str, size: int, seconds: float
    ) -> None:
        """A checkpoint's file, in place of the seed's older ones."""
        at = (self.run, seed, step)
        for line in lines.checkpoint(*at, final=final, file=file, size=size, seconds=seconds):
            self._add(line)

    def event(self, kind: str, seed: int | None = None, step: int | None = None, **d: Any) -> None:
        """Something that happened."""
        detail = json.dumps(d) if d else ""
        self._add(lines.event(self.run, time.time(), kind, seed, step, detail))

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
        try:
            with self.store.writing() as db:
                if not runs.change(db, self.run, if_worker=self.worker, **self._progress):
                    raise LostRun(self.run)
                lines.write(db, self._waiting)
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

    def _add(self, line: lines.Line) -> None:
        self._waiting.append(line)
