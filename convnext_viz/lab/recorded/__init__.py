"""Recorded runs: real runs in small files, read back as if this lab had trained them.

``Lab().metrics("recorded-norm-act")`` is all there is to it: a file becomes a database in memory
with the lab's own tables, so whoever reads a run need not know where it is from. Some files come
with the package; ``python -m convnext_viz.lab.recorded RUN FILE`` makes one of any finished run,
and what lies in the folder ``recorded`` of the lab is found, too. Pictures are in none of them, nor
weights.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from convnext_viz.data.home_folder import home
from convnext_viz.lab import runs, schema
from convnext_viz.lab.recorded import form
from convnext_viz.lab.runs import Run
from convnext_viz.text import t

PREFIX = "recorded-"

_SHIPPED = Path(__file__).parent
_moment: ContextVar[tuple[str, float] | None] = ContextVar("moment", default=None)


@dataclass(frozen=True, kw_only=True)
class Recording:
    """What is to be known of a recorded run besides its numbers."""

    data: str  # what the pictures are
    at: float  # seconds since 1970
    seconds: float  # it took
    duration: float  # of it in training steps: how far :func:`as_of` reaches
    every: int  # every so-manieth step was kept
    looks: int  # every so-manieth look inside
    environment: Mapping[str, Any]  # versions, device, threads, commit
    classes: tuple[str, ...]


def is_one(run: str) -> bool:
    """Whether ``run`` names a recorded run that is here."""
    return run in _files()


def about(run: str) -> Recording:
    """Where, when and how a recorded run was made."""
    with _whole(run) as db:
        told = form.about(_files()[run])
        duration = sum(seconds for _, seconds in _lengths(db, told["experiment"]["seeds"]))
    return Recording(
        data=told["facts"]["name"],
        at=told["created"],
        seconds=told["elapsed"],
        duration=duration,
        every=told["every"],
        looks=told["looks"],
        environment=told["environments"][-1],
        classes=tuple(told["facts"]["classes"]),
    )


def recorded_runs() -> tuple[Run, ...]:
    """All that can be read, those of the package first."""
    return tuple(_run(run) for run in _files() if not _complaint(run))


def complaints() -> tuple[str, ...]:
    """For each file that cannot be read: the sentence that says so."""
    found = [_complaint(run) for run in _files()]
    return tuple(sentence for sentence in found if sentence)


def opened(run: str) -> AbstractContextManager[sqlite3.Connection] | None:
    """The database of a recorded run; None where ``run`` is none."""
    return _reading(run) if is_one(run) else None


@contextmanager
def as_of(run: str, seconds: float) -> Iterator[None]:
    """Within: ``run`` as it stood after so many seconds of training, all seeds together."""
    before = _moment.set((run, seconds))
    try:
        yield
    finally:
        _moment.reset(before)


def _files() -> dict[str, Path]:
    found: dict[str, Path] = {}
    for folder in (_SHIPPED, home() / "recorded"):
        for file in sorted(folder.glob("*.safetensors")):
            found.setdefault(PREFIX + file.stem, file)
    return found


def _run(run: str) -> Run:
    with _reading(run) as db:
        return runs.read(db, set(), run)[0]


def _complaint(run: str) -> str:
    try:
        _run(run)
    except ValueError as error:
        return str(error)
    return ""


@contextmanager
def _reading(run: str) -> Iterator[sqlite3.Connection]:
    """The run, as of the moment that is chosen."""
    with _whole(run) as db:
        moment = _moment.get()
        if moment and moment[0] == run:
            _cut(db, moment[1])
        yield db


@contextmanager
def _whole(run: str) -> Iterator[sqlite3.Connection]:
    """A database of its own for each reader: a copy takes a millisecond."""
    file = _files()[run]
    loaded, lock = _loaded(file, file.stat().st_mtime_ns)
    db = sqlite3.connect(":memory:", isolation_level=None)
    try:
        with lock:
            loaded.backup(db)
        yield db
    finally:
        db.close()


@lru_cache(maxsize=8)
def _loaded(file: Path, stamp: int) -> tuple[sqlite3.Connection, threading.Lock]:
    del stamp  # a file that was replaced is read again
    db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    schema.migrate(db)
    try:
        form.insert(db, PREFIX + file.stem, file)
    except Exception as error:  # whatever is wrong with a file: it is none of ours
        db.close()
        raise ValueError(t("lab.error.recording", path=file.name)) from error
    return db, threading.Lock()


def _cut(db: sqlite3.Connection, moment: float) -> None:
    """Forget what came later than ``moment``."""
    told = db.execute("SELECT experiment, elapsed FROM runs").fetchone()
    seeds = json.loads(told[0])["seeds"]
    lengths = _lengths(db, seeds)
    whole, left, index = sum(seconds for _, seconds in lengths), max(0.0, moment), 0
    if left >= whole:
        return
    while left >= lengths[index][1]:
        left -= lengths[index][1]
        index += 1
    seed = seeds[index]
    step = db.execute(
        "SELECT coalesce(max(step), 0) FROM ticks WHERE seed = ? AND seconds <= ?", (seed, left)
    ).fetchone()[0]
    to_come = ", ".join(str(later) for later in seeds[index + 1 :]) or "NULL"
    past = f"seed IN ({to_come}) OR (seed = {seed} AND step > {step})"
    for table in form.TABLES:
        db.execute(f"DELETE FROM {table} WHERE {past}")
    first = db.execute(
        f"SELECT min(number) FROM events WHERE {past} OR kind = 'finished'"
    ).fetchone()[0]
    db.execute("DELETE FROM events WHERE number >= ?", (first,))
    db.execute(
        "UPDATE runs SET state = 'running', seed_index = ?, step = ?, elapsed = ?",
        (index, step, told[1] * moment / whole),
    )


def _lengths(db: sqlite3.Connection, seeds: list[int]) -> list[tuple[int, float]]:
    """Each seed with the seconds that its training steps took."""
    found = dict(db.execute("SELECT seed, max(seconds) FROM ticks GROUP BY seed"))
    return [(seed, float(found.get(seed, 0.0))) for seed in seeds]
