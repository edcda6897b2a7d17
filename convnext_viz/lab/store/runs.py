"""Runs in the database: their rows, arms, events and environments."""

import json
import time
from typing import Any

from convnext_viz.lab.store.connection import Database

_OF_A_RUN = (
    *("arms", "ticks", "metrics", "evaluations", "confusions", "internals", "watched"),
    *("predictions", "divergences", "events", "checkpoints", "environments", "commands"),
)


def add(db: Database, run: str, **columns: Any) -> None:
    """A new run's row."""
    names, marks = ", ".join(columns), ", ?" * len(columns)
    db.execute(f"INSERT INTO runs (id, {names}) VALUES (?{marks})", (run, *columns.values()))


def add_arm(
    db: Database, run: str, position: int, label: str, spec: str, params: int, macs: int
) -> None:
    """One of a run's arms; ``spec`` as JSON."""
    values = (run, position, label, spec, params, macs)
    db.execute("INSERT INTO arms VALUES (?, ?, ?, ?, ?, ?)", values)


def change(
    db: Database,
    run: str,
    *,
    if_worker: str | None = None,
    if_state: str | None = None,
    **columns: Any,
) -> bool:
    """Set columns of a run's row, if it is that worker's or in that state where these are given;
    False where it is not."""
    values = ", ".join(f"{name} = ?" for name in columns) or "id = id"
    changed = db.execute(
        f"UPDATE runs SET {values} "
        "WHERE id = ? AND (? IS NULL OR worker = ?) AND (? IS NULL OR state = ?)",
        (*columns.values(), run, if_worker, if_worker, if_state, if_state),
    )
    return changed.rowcount > 0


def remove(db: Database, run: str) -> None:
    """Everything that is recorded of a run."""
    for table in _OF_A_RUN:
        db.execute(f"DELETE FROM {table} WHERE run = ?", (run,))
    db.execute("DELETE FROM runs WHERE id = ?", (run,))


def exists(db: Database, run: str) -> bool:
    """Whether there is a run of that id."""
    return db.execute("SELECT 1 FROM runs WHERE id = ?", (run,)).fetchone() is not None


def rows(db: Database, run: str | None = None) -> list[dict[str, Any]]:
    """The rows of all runs, the newest first, or of one, by column."""
    found = db.execute(
        "SELECT * FROM runs WHERE ? IS NULL OR id = ? ORDER BY number DESC", (run, run)
    )
    columns = [column[0] for column in found.description]
    return [dict(zip(columns, row, strict=True)) for row in found]


def waiting(db: Database, owner: str) -> int:
    """How many runs of an owner wait in the queue."""
    found = db.execute(
        "SELECT count(*) FROM runs WHERE owner = ? AND state = 'queued'", (owner,)
    ).fetchone()
    return int(found[0])


def arms(db: Database, run: str) -> list[tuple[str, int, int]]:
    """Label, parameters and MACs of a run's arms, in their order."""
    return db.execute(
        "SELECT label, params, macs FROM arms WHERE run = ? ORDER BY position", (run,)
    ).fetchall()


def divergences(db: Database, run: str) -> list[tuple[int, int, int]]:
    """Seed, place of the arm and step of what is not finite any more."""
    return db.execute("SELECT seed, arm, step FROM divergences WHERE run = ?", (run,)).fetchall()


def facts(db: Database, run: str) -> dict[str, Any]:
    """What the worker wrote down of the data: classes, mean, std, image_size, test; empty before
    it began."""
    row = db.execute("SELECT data FROM runs WHERE id = ?", (run,)).fetchone()
    return dict(json.loads(row[0])) if row and row[0] else {}


def add_event(db: Database, run: str, kind: str) -> None:
    """Something that happens now."""
    db.execute("INSERT INTO events (run, at, kind) VALUES (?, ?, ?)", (run, time.time(), kind))


def events(db: Database, run: str) -> list[tuple[float, str, int | None, int | None, str]]:
    """When, kind, seed, step and detail (JSON, or empty) of what happened, in order."""
    return db.execute(
        "SELECT at, kind, seed, step, detail FROM events WHERE run = ? ORDER BY number", (run,)
    ).fetchall()


def environments(db: Database, run: str) -> list[dict[str, Any]]:
    """What each beginning and resuming ran on, in order."""
    found = db.execute("SELECT environment FROM environments WHERE run = ? ORDER BY number", (run,))
    return [json.loads(row[0]) for row in found]
