"""The queue in the database: which runs wait, run, and are claimed by a worker."""

from convnext_viz.lab.store.connection import Database


def queued(db: Database) -> list[str]:
    """The runs that wait, the next one first."""
    found = db.execute("SELECT id FROM runs WHERE state = 'queued' ORDER BY number")
    return [row[0] for row in found]


def running(db: Database) -> int:
    """How many runs run."""
    return int(db.execute("SELECT count(*) FROM runs WHERE state = 'running'").fetchone()[0])


def claimed(db: Database) -> list[tuple[str, str]]:
    """Each run that runs or pauses in a worker, and that worker."""
    return db.execute(
        "SELECT id, worker FROM runs WHERE worker IS NOT NULL AND state IN ('running', 'paused')"
    ).fetchall()


def holders(db: Database) -> set[str]:
    """The workers that have a run, whatever its state."""
    return {row[0] for row in db.execute("SELECT worker FROM runs WHERE worker NOTNULL")}
