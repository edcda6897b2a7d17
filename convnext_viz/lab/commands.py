"""Commands to a run: what changes at once, and what is left for its worker to read."""

from typing import Literal

from convnext_viz.lab.queue import RESUMABLE
from convnext_viz.lab.store import Database, runs
from convnext_viz.lab.store import commands as store_commands
from convnext_viz.text import t

Command = Literal["pause", "resume", "batch", "epoch", "stop"]


def send(db: Database, run: str, command: Command) -> None:
    """Send a command, within a transaction.

    A run that a worker has gets it from there; one that nobody has changes its state here. Raises
    ValueError where the command makes no sense any more.
    """
    (row,) = runs.rows(db, run)
    state, worker = row["state"], row["worker"]
    if state == "finished" and command != "stop":
        raise ValueError(t("lab.error.finished"))
    if worker is not None:
        store_commands.add(db, run, command)
    elif command == "stop":
        if state in ("queued", "paused"):
            _set(db, run, "stopped", paused=False)
    elif command == "pause":
        if state == "queued":
            _set(db, run, "paused", paused=True)
    else:
        # What was sent to a worker that died before it read it is not for the next one.
        store_commands.skip(db, run)
        _set(db, run, "queued", paused=command != "resume")
        if command != "resume":
            store_commands.add(db, run, command)
        elif state in RESUMABLE:
            runs.add_event(db, run, "resumed")


def remove(db: Database, run: str) -> None:
    """Everything that is recorded of a run, within a transaction; raises ValueError while a worker
    has it."""
    check_free(db, run)
    runs.remove(db, run)


def check_free(db: Database, run: str) -> None:
    """Raises ValueError while a worker has it."""
    (row,) = runs.rows(db, run)
    if row["worker"] is not None:
        raise ValueError(t("lab.error.busy"))


def _set(db: Database, run: str, state: str, *, paused: bool) -> None:
    runs.change(db, run, state=state, paused=int(paused), message="")
    if state != "queued":
        runs.add_event(db, run, state)
