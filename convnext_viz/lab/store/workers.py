"""Workers in the database: their processes and heart-beats."""

from collections.abc import Iterable

from convnext_viz.lab.store.connection import Database


def add(
    db: Database, worker: str, machine: str, pid: int, start_time: str, *, beat: int = 0
) -> None:
    """A worker and its process; ``beat`` 0: it has not said a word yet."""
    db.execute(
        "INSERT OR REPLACE INTO workers (id, machine, pid, born, beat) VALUES (?, ?, ?, ?, ?)",
        (worker, machine, pid, start_time, beat),
    )


def remove(db: Database, workers: Iterable[str]) -> None:
    """Take workers off the list."""
    db.executemany("DELETE FROM workers WHERE id = ?", [(worker,) for worker in workers])


def beat(db: Database, worker: str) -> None:
    """A sign of life."""
    db.execute("UPDATE workers SET beat = beat + 1 WHERE id = ?", (worker,))


def processes(db: Database) -> list[tuple[str, str, int, str, int]]:
    """Name, machine, process number, start time and heart-beats of every worker."""
    return db.execute("SELECT id, machine, pid, born, beat FROM workers").fetchall()
