"""Commands to runs in the database, and up to which one a run's worker has read them."""

from convnext_viz.lab.store.connection import Database


def add(db: Database, run: str, what: str) -> None:
    """One more command."""
    db.execute("INSERT INTO commands (run, what) VALUES (?, ?)", (run, what))


def since(db: Database, run: str, number: int) -> list[tuple[int, str]]:
    """The commands after that number, each with its own, in order."""
    return db.execute(
        "SELECT number, what FROM commands WHERE run = ? AND number > ? ORDER BY number",
        (run, number),
    ).fetchall()


def skip(db: Database, run: str) -> None:
    """Take all of a run's commands for read."""
    db.execute(
        "UPDATE runs SET heard = "
        "coalesce((SELECT max(number) FROM commands WHERE run = runs.id), heard) WHERE id = ?",
        (run,),
    )


def unread(db: Database) -> dict[str, str]:
    """The last command that each run's worker has not read yet."""
    return dict(
        db.execute(
            "SELECT run, what FROM commands JOIN runs ON run = id WHERE commands.number > heard "
            "ORDER BY commands.number"
        ).fetchall()
    )
