"""Checkpoints in the database: which file holds the weights after which step."""

from convnext_viz.lab.store.connection import Database


def latest(db: Database, run: str, seed: int) -> tuple[str, float] | None:
    """File and seconds of training of the newest snapshot of a seed to go on from."""
    found: tuple[str, float] | None = db.execute(
        "SELECT file, seconds FROM checkpoints WHERE run = ? AND seed = ? AND final = 0 "
        "ORDER BY step DESC LIMIT 1",
        (run, seed),
    ).fetchone()
    return found


def is_done(db: Database, run: str, seed: int) -> bool:
    """Whether there are the weights of a seed's end."""
    found = db.execute(
        "SELECT 1 FROM checkpoints WHERE run = ? AND seed = ? AND final = 1", (run, seed)
    ).fetchone()
    return found is not None


def files(db: Database, run: str) -> list[tuple[int, str, int]]:
    """Seed, file and step of every checkpoint of a run, the newest last."""
    return db.execute(
        "SELECT seed, file, step FROM checkpoints WHERE run = ? ORDER BY step", (run,)
    ).fetchall()


def sizes(db: Database) -> dict[str, int]:
    """Bytes of checkpoints, by run."""
    return dict(db.execute("SELECT run, sum(bytes) FROM checkpoints GROUP BY run").fetchall())


def of_owner(db: Database, owner: str) -> int:
    """Bytes of the checkpoints of all runs of an owner."""
    found = db.execute(
        "SELECT coalesce(sum(bytes), 0) FROM checkpoints JOIN runs ON runs.id = run "
        "WHERE owner = ?",
        (owner,),
    ).fetchone()
    return int(found[0])
