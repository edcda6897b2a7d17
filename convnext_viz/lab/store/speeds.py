"""Measured step times in the database, each of one machine, and the requests that are open."""

from convnext_viz.lab.store.connection import Database


def known(db: Database, machine: str) -> dict[str, tuple[float, int]]:
    """Seconds a step and the MACs of that step, measured on ``machine``, by the request's key."""
    rows = db.execute(
        "SELECT key, seconds, macs FROM speeds WHERE seconds IS NOT NULL AND machine = ?",
        (machine,),
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def keys(db: Database) -> set[str]:
    """The keys of all requests, answered and open."""
    return {row[0] for row in db.execute("SELECT key FROM speeds")}


def ask(db: Database, key: str, request: str, macs: int, machine: str) -> None:
    """Leave a request (JSON) for an idle worker of ``machine``."""
    db.execute(
        "INSERT OR IGNORE INTO speeds (key, asked, seconds, macs, machine) "
        "VALUES (?, ?, NULL, ?, ?)",
        (key, request, macs, machine),
    )


def open_request(db: Database, machine: str) -> tuple[str, str] | None:
    """Key and request (JSON) of one that waits for ``machine``; None where there is none."""
    found: tuple[str, str] | None = db.execute(
        "SELECT key, asked FROM speeds WHERE seconds IS NULL AND machine = ? LIMIT 1", (machine,)
    ).fetchone()
    return found


def answer(db: Database, key: str, seconds: float) -> None:
    """Write down what was measured."""
    db.execute("UPDATE speeds SET seconds = ? WHERE key = ?", (seconds, key))
