"""Lines of a run's journal: what a worker writes, each a statement with its values."""

import json
import math
import time
from collections.abc import Iterable, Sequence
from typing import Any

from convnext_viz.lab.store.connection import Database
from convnext_viz.results import Score, StageInternals, StepMetrics

Line = tuple[str, tuple[Any, ...]]


def write(db: Database, lines: Iterable[Line]) -> None:
    """Write lines, in order."""
    for statement, values in lines:
        db.execute(statement, values)


def tick(run: str, seed: int, event: StepMetrics, seconds: float) -> Line:
    """What all arms share of a step; ``seconds`` since the seed's first."""
    return (
        "INSERT OR REPLACE INTO ticks VALUES (?, ?, ?, ?, ?, ?, ?)",
        (run, seed, event.step, event.epoch, event.images, event.lr, seconds),
    )


def metric(
    run: str, seed: int, arm: int, step: int, loss: float, accuracy: float, grad_norm: float
) -> Line:
    """One arm's step."""
    return (
        "INSERT OR REPLACE INTO metrics VALUES (?, ?, ?, ?, ?, ?, ?)",
        (run, seed, arm, step, *map(finite, (loss, accuracy, grad_norm))),
    )


def divergence(run: str, seed: int, arm: int, step: int) -> Line:
    """The step whose loss or gradient is not finite."""
    return "INSERT OR IGNORE INTO divergences VALUES (?, ?, ?, ?)", (run, seed, arm, step)


def evaluation(run: str, seed: int, arm: int, step: int, net: Score, ema: Score | None) -> Line:
    """One arm on the test images."""
    average = (ema.loss, ema.accuracy) if ema else (None, None)
    return (
        "INSERT OR REPLACE INTO evaluations VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (run, seed, arm, step, *map(finite, (net.loss, net.accuracy, *average))),
    )


def confusion(run: str, seed: int, arm: int, step: int, score: Score) -> Line:
    """Test images by label and prediction."""
    return (
        "INSERT OR REPLACE INTO confusions VALUES (?, ?, ?, ?, ?)",
        (run, seed, arm, step, score.confusion.astype("<i4").tobytes()),
    )


def internals(run: str, seed: int, arm: int, step: int, row: StageInternals) -> Line:
    """One stage of one arm."""
    values = (row.grad_norm, row.mean, row.std, row.dead, row.gamma)
    return (
        "INSERT OR REPLACE INTO internals VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (run, seed, arm, step, row.stage, *map(finite, values)),
    )


def predictions(
    run: str, seed: int, arm: int, step: int, classes: list[int], chances: list[float]
) -> Line:
    """What one arm predicts for the probe images."""
    shown = json.dumps([None if finite(chance) is None else round(chance, 4) for chance in chances])
    return (
        "INSERT OR REPLACE INTO predictions VALUES (?, ?, ?, ?, ?, ?)",
        (run, seed, arm, step, json.dumps(classes), shown),
    )


def probe_images(run: str, pixels: bytes, labels: Sequence[int]) -> Line:
    """The test images whose predictions are shown: (N, H, W, 3) uint8."""
    return (
        "INSERT OR REPLACE INTO watched VALUES (?, ?, ?)",
        (run, pixels, json.dumps(list(labels))),
    )


def environment(run: str, given: dict[str, Any], at: float | None = None) -> Line:
    """What a run is trained on from now (or ``at``, s since 1970) on."""
    return (
        "INSERT INTO environments (run, at, environment) VALUES (?, ?, ?)",
        (run, time.time() if at is None else at, json.dumps(given)),
    )


def event(run: str, at: float, kind: str, seed: int | None, step: int | None, detail: str) -> Line:
    """Something that happened; ``detail`` is JSON or empty."""
    return (
        "INSERT INTO events (run, at, kind, seed, step, detail) VALUES (?, ?, ?, ?, ?, ?)",
        (run, at, kind, seed, step, detail),
    )


def checkpoint(
    run: str, seed: int, step: int, *, final: bool, file: str, size: int, seconds: float
) -> tuple[Line, Line]:
    """A checkpoint in place of the seed's older ones."""
    return (
        (
            "DELETE FROM checkpoints WHERE run = ? AND seed = ? AND NOT (step = ? AND final = ?)",
            (run, seed, step, int(final)),
        ),
        (
            "INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?, ?, ?, ?)",
            (run, seed, step, int(final), file, size, seconds),
        ),
    )


def finite(value: float | None) -> float | None:
    """The number, or None where it is none that a database can compare."""
    return value if value is not None and math.isfinite(value) else None
