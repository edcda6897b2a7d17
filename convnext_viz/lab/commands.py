"""What a word to a run changes at once, and what is left for its worker to hear."""

import sqlite3
import time

from convnext_viz.lab.command_reader import Command
from convnext_viz.lab.journal import EVENT
from convnext_viz.lab.queue import RESUMABLE
from convnext_viz.text import t

_OF_A_RUN = (
    *("arms", "ticks", "metrics", "evaluations", "confusions", "internals", "watched"),
    *("predictions", "divergences", "events", "checkpoints", "environments", "commands"),
)


def give(db: sqlite3.Connection, run: str, what: Command) -> None:
    """Give an order, within a transaction.

    A run that a worker has is told by a command; one that nobody has changes its state here. Raises
    ValueError where the order makes no sense any more.
    """
    state, worker = db.execute("SELECT state, worker FROM runs WHERE id = ?", (run,)).fetchone()
    if state == "finished" and what != "stop":
        raise ValueError(t("lab.error.finished"))
    if worker is not None:
        _tell(db, run, what)
    elif what == "stop":
        if state in ("queued", "paused"):
            _set(db, run, "stopped", paused=False)
    elif what == "pause":
        if state == "queued":
            _set(db, run, "paused", paused=True)
    else:
        _forget(db, run)
        _set(db, run, "queued", paused=what != "resume")
        if what != "resume":
            _tell(db, run, what)
        elif state in RESUMABLE:
            db.execute(EVENT, (run, time.time(), "resumed", None, None, ""))


def check_free(db: sqlite3.Connection, run: str) -> None:
    """Raises ValueError while a worker has it."""
    worker = db.execute("SELECT worker FROM runs WHERE id = ?", (run,)).fetchone()[0]
    if worker is not None:
        raise ValueError(t("lab.error.busy"))


def remove(db: sqlite3.Connection, run: str) -> None:
    """Everything that was recorded of it, within a transaction; raises ValueError while a worker
    has it."""
    check_free(db, run)
    for table in _OF_A_RUN:
        db.execute(f"DELETE FROM {table} WHERE run = ?", (run,))
    db.execute("DELETE FROM runs WHERE id = ?", (run,))


def _tell(db: sqlite3.Connection, run: str, what: Command) -> None:
    db.execute("INSERT INTO commands (run, what) VALUES (?, ?)", (run, what))


def _forget(db: sqlite3.Connection, run: str) -> None:
    """What was said to a worker that died before it heard is not said to the next one."""
    db.execute(
        "UPDATE runs SET heard = "
        "coalesce((SELECT max(number) FROM commands WHERE run = runs.id), heard) WHERE id = ?",
        (run,),
    )


def _set(db: sqlite3.Connection, run: str, state: str, *, paused: bool) -> None:
    db.execute(
        "UPDATE runs SET state = ?, paused = ?, message = '' WHERE id = ?",
        (state, int(paused), run),
    )
    if state != "queued":
        db.execute(EVENT, (run, time.time(), state, None, None, ""))
