"""Recorded runs as databases in memory: filled from a file's columns, cut off at a moment, and read
for a file of their own."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from convnext_viz.lab.store import schema
from convnext_viz.lab.store.connection import Database


def empty() -> Database:
    """A database in memory with the lab's tables; it may be used from any thread."""
    db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    schema.migrate(db)
    return db


@contextmanager
def copied(db: Database) -> Iterator[Database]:
    """A copy in memory, which takes a millisecond."""
    copy = sqlite3.connect(":memory:", isolation_level=None)
    try:
        db.backup(copy)
        yield copy
    finally:
        copy.close()


@contextmanager
def filling(db: Database) -> Iterator[None]:
    """One transaction around many lines."""
    db.execute("BEGIN")
    yield
    db.execute("COMMIT")


def insert(
    db: Database, table: str, run: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Rows of one of the tables, without the run's id, which is set."""
    marks = ", ?" * len(columns)
    db.executemany(
        f"INSERT INTO {table} (run, {', '.join(columns)}) VALUES (?{marks})",
        ((run, *row) for row in rows),
    )


def select(db: Database, table: str, run: str, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    """The columns of a run's rows in one of the tables, sorted by them."""
    names = ", ".join(columns)
    return db.execute(
        f"SELECT {names} FROM {table} WHERE run = ? ORDER BY {names}", (run,)
    ).fetchall()


def lengths(db: Database, seeds: Sequence[int]) -> list[float]:
    """The seconds that each seed's training steps took."""
    found = dict(db.execute("SELECT seed, max(seconds) FROM ticks GROUP BY seed").fetchall())
    return [float(found.get(seed, 0.0)) for seed in seeds]


def cut(db: Database, moment: float, tables: Iterable[str]) -> None:
    """Forget what came later than ``moment``, in seconds of the training of all seeds; ``tables``
    are those with rows by seed and step."""
    experiment, elapsed = db.execute("SELECT experiment, elapsed FROM runs").fetchone()
    seeds = json.loads(experiment)["seeds"]
    lasted = lengths(db, seeds)
    left, index = max(0.0, moment), 0
    if left >= sum(lasted):
        return
    while left >= lasted[index]:
        left -= lasted[index]
        index += 1
    seed = seeds[index]
    step = db.execute(
        "SELECT coalesce(max(step), 0) FROM ticks WHERE seed = ? AND seconds <= ?", (seed, left)
    ).fetchone()[0]
    to_come = ", ".join(str(later) for later in seeds[index + 1 :]) or "NULL"
    past = f"seed IN ({to_come}) OR (seed = {seed} AND step > {step})"
    for table in tables:
        db.execute(f"DELETE FROM {table} WHERE {past}")
    first = db.execute(
        f"SELECT min(number) FROM events WHERE {past} OR kind = 'finished'"
    ).fetchone()[0]
    db.execute("DELETE FROM events WHERE number >= ?", (first,))
    db.execute(
        "UPDATE runs SET state = 'running', seed_index = ?, step = ?, elapsed = ?",
        (index, step, elapsed * moment / sum(lasted)),
    )
