"""Curves of a run, read from the database: steps, tests, internals, predictions."""

import json
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convnext_viz.lab.store import runs
from convnext_viz.lab.store.connection import Database
from convnext_viz.results import Curve, InternalsCurve, ProbeImages

# Numbers that were not finite are NULL: numpy reads them as NaN.
_STEPS = """
SELECT m.step, epoch, images, t.seconds, lr, loss, accuracy, grad_norm
FROM metrics m JOIN ticks t ON t.run = m.run AND t.seed = m.seed AND t.step = m.step
WHERE m.run = ? AND m.seed = ? AND m.arm = ? AND m.step > ? AND (m.step % ? = 0 OR m.step IN (1, ?))
ORDER BY m.step
"""


def curves(
    db: Database, run: str, *, after: int = 0, points: int | None = None
) -> tuple[Curve, ...]:
    """A curve for every seed begun and every arm of it.

    ``after``: only steps later than this one. ``points``: about so many steps a curve, every n-th
    one and the last; all where it is None, or where there are no more.
    """
    labels = _labels(db, run)
    diverged = {(seed, arm): step for seed, arm, step in runs.divergences(db, run)}
    found = []
    for seed, count, last in _seeds(db, run):
        every = max(1, math.ceil(count / points)) if points else 1
        for arm, label in enumerate(labels):
            steps = _columns(db.execute(_STEPS, (run, seed, arm, after, every, last)), 8)
            tests = _columns(
                db.execute(
                    "SELECT step, loss, accuracy, ema_accuracy FROM evaluations "
                    "WHERE run = ? AND seed = ? AND arm = ? AND step > ? ORDER BY step",
                    (run, seed, arm, after),
                ),
                4,
            )
            found.append(
                Curve(
                    label=label,
                    seed=seed,
                    step=steps[0].astype(np.int64),
                    epoch=steps[1],
                    images=steps[2].astype(np.int64),
                    seconds=steps[3],
                    lr=steps[4],
                    loss=steps[5],
                    accuracy=steps[6],
                    grad_norm=steps[7],
                    test_step=tests[0].astype(np.int64),
                    test_loss=tests[1],
                    test_accuracy=tests[2],
                    ema_accuracy=tests[3],
                    diverged_at=diverged.get((seed, arm)),
                )
            )
    return tuple(found)


def internals(db: Database, run: str, seed: int) -> tuple[InternalsCurve, ...]:
    """Every stage of every arm under one seed."""
    found = []
    for arm, label in enumerate(_labels(db, run)):
        rows = db.execute(
            "SELECT stage, step, grad_norm, mean, std, dead, gamma FROM internals "
            "WHERE run = ? AND seed = ? AND arm = ? ORDER BY step",
            (run, seed, arm),
        ).fetchall()
        for stage in sorted({row[0] for row in rows}, key=_place):
            values = _columns((row[1:] for row in rows if row[0] == stage), 6)
            found.append(
                InternalsCurve(
                    label=label,
                    seed=seed,
                    stage=stage,
                    step=values[0].astype(np.int64),
                    grad_norm=values[1],
                    mean=values[2],
                    std=values[3],
                    dead=values[4],
                    gamma=values[5],
                )
            )
    return tuple(found)


def probe_images(db: Database, run: str, seed: int) -> ProbeImages | None:
    """The test pictures that are watched, and what every arm last said of them; None before the
    run has begun."""
    row = db.execute("SELECT images, labels FROM watched WHERE run = ?", (run,)).fetchone()
    data = runs.facts(db, run)
    if row is None or not data:
        return None
    said: dict[str, tuple[Any, ...]] = {}
    for arm, label in enumerate(_labels(db, run)):
        last = db.execute(
            "SELECT step, classes, probabilities FROM predictions "
            "WHERE run = ? AND seed = ? AND arm = ? ORDER BY step DESC LIMIT 1",
            (run, seed, arm),
        ).fetchone()
        if last:
            chances = [math.nan if p is None else p for p in json.loads(last[2])]
            said[label] = last[0], tuple(json.loads(last[1])), tuple(chances)
    height, width = data["image_size"]
    return ProbeImages(
        images=np.frombuffer(row[0], np.uint8).reshape(-1, height, width, 3),
        labels=tuple(json.loads(row[1])),
        classes=tuple(data["classes"]),
        step={label: value[0] for label, value in said.items()},
        predicted={label: value[1] for label, value in said.items()},
        probability={label: value[2] for label, value in said.items()},
    )


def confusion(db: Database, run: str, label: str, seed: int) -> NDArray[np.int64] | None:
    """(classes, classes) test pictures by label and prediction at the last evaluation."""
    row = db.execute(
        "SELECT pictures FROM confusions JOIN arms ON arms.run = confusions.run "
        "AND position = arm WHERE confusions.run = ? AND label = ? AND seed = ?",
        (run, label, seed),
    ).fetchone()
    if row is None:
        return None
    flat = np.frombuffer(row[0], "<i4").astype(np.int64)
    side = math.isqrt(len(flat))
    return flat.reshape(side, side)


def final_accuracies(db: Database, run: str) -> dict[str, dict[int, float]]:
    """Test accuracy at the end of every seed that is done, by label and seed: the moving average's
    where the recipe keeps one. An arm that diverged has none."""
    found: dict[str, dict[int, float]] = {label: {} for label in _labels(db, run)}
    rows = db.execute(
        "SELECT label, seed, coalesce(ema_accuracy, accuracy) FROM evaluations "
        "JOIN runs ON id = evaluations.run "
        "JOIN arms ON arms.run = evaluations.run AND position = arm "
        "WHERE evaluations.run = ? AND evaluations.step = total",
        (run,),
    )
    for label, seed, accuracy in rows:
        if accuracy is not None:
            found[label][seed] = accuracy
    return found


def table(db: Database, run: str) -> Iterator[dict[str, Any]]:
    """Every training step of every arm as a row, with the evaluation that followed it, for a CSV
    file; what was not finite is None."""
    rows = db.execute(
        "SELECT label AS arm, m.seed, m.step, epoch, images, lr, t.seconds, m.loss, m.accuracy, "
        "grad_norm, e.loss AS test_loss, e.accuracy AS test_accuracy, ema_loss, ema_accuracy "
        "FROM metrics m JOIN ticks t ON t.run = m.run AND t.seed = m.seed AND t.step = m.step "
        "JOIN arms a ON a.run = m.run AND position = m.arm "
        "LEFT JOIN evaluations e ON e.run = m.run AND e.seed = m.seed AND e.arm = m.arm "
        "AND e.step = m.step WHERE m.run = ? ORDER BY m.seed, m.arm, m.step",
        (run,),
    )
    columns = [column[0] for column in rows.description]
    for row in rows:
        yield dict(zip(columns, row, strict=True))


def _labels(db: Database, run: str) -> list[str]:
    return [arm[0] for arm in runs.arms(db, run)]


def _seeds(db: Database, run: str) -> list[tuple[int, int, int]]:
    """Seeds begun, in the order of training, with how many steps are recorded and the last one."""
    rows = db.execute(
        "SELECT seed, count(*), max(step) FROM ticks WHERE run = ? GROUP BY seed", (run,)
    )
    found = {of[0]: of for of in rows}
    row = db.execute("SELECT experiment FROM runs WHERE id = ?", (run,)).fetchone()
    return [found[seed] for seed in json.loads(row[0])["seeds"] if seed in found]


def _columns(rows: Any, count: int) -> list[NDArray[np.float64]]:
    values = np.array([*rows], dtype=np.float64).reshape(-1, count)
    return list(values.T)


def _place(stage: str) -> tuple[int, str]:
    order = {"stem": 0, "head": 2}
    return order.get(stage, 1), stage
