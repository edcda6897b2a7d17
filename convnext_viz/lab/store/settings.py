"""Settings of a lab in the database: texts by name."""

from convnext_viz.lab.store.connection import Database


def read(db: Database, name: str) -> str | None:
    """What is set; None where nothing is."""
    row = db.execute("SELECT value FROM settings WHERE key = ?", (name,)).fetchone()
    return row[0] if row else None


def write(db: Database, name: str, value: str) -> None:
    """Set it."""
    db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))
