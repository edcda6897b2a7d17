"""Schema of the lab's database: its tables, and how an older one is brought up to date.

Written once, by whoever opens a database first; ``PRAGMA user_version`` says which of the
migrations it has. What was released is never edited: a change is one more entry.
"""

import sqlite3

_FIRST = """
CREATE TABLE runs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,  -- the order of the queue and of the run list
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    experiment TEXT NOT NULL,  -- JSON
    language TEXT NOT NULL,  -- of what the worker has to say
    created REAL NOT NULL,  -- seconds since 1970, to be shown; nothing is decided by it
    state TEXT NOT NULL,  -- queued, running, paused, finished, stopped, failed, interrupted
    paused INTEGER NOT NULL DEFAULT 0,  -- whether a worker that takes it is to wait at once
    message TEXT NOT NULL DEFAULT '',
    pinned INTEGER NOT NULL DEFAULT 0,
    worker TEXT,  -- who has it; NULL: nobody
    heard INTEGER NOT NULL DEFAULT 0,  -- the last command that was obeyed
    seed_index INTEGER NOT NULL DEFAULT 0,
    step INTEGER NOT NULL DEFAULT 0,  -- of the seed
    total INTEGER,  -- steps a seed
    per_epoch INTEGER,  -- steps
    elapsed REAL NOT NULL DEFAULT 0,  -- seconds of training, all seeds
    data TEXT  -- JSON: classes, mean, std, image size, number of test pictures
);
CREATE TABLE arms (
    run TEXT NOT NULL, position INTEGER NOT NULL, label TEXT NOT NULL, spec TEXT NOT NULL,
    params INTEGER NOT NULL, macs INTEGER NOT NULL,
    PRIMARY KEY (run, position)
) WITHOUT ROWID;
CREATE TABLE ticks (
    run TEXT NOT NULL, seed INTEGER NOT NULL, step INTEGER NOT NULL,
    epoch REAL, images INTEGER, lr REAL, seconds REAL,  -- since the seed's first step
    PRIMARY KEY (run, seed, step)
) WITHOUT ROWID;
CREATE TABLE metrics (
    run TEXT NOT NULL, seed INTEGER NOT NULL, arm INTEGER NOT NULL, step INTEGER NOT NULL,
    loss REAL, accuracy REAL, grad_norm REAL,  -- NULL: not finite
    PRIMARY KEY (run, seed, arm, step)
) WITHOUT ROWID;
CREATE TABLE evaluations (
    run TEXT NOT NULL, seed INTEGER NOT NULL, arm INTEGER NOT NULL, step INTEGER NOT NULL,
    loss REAL, accuracy REAL, ema_loss REAL, ema_accuracy REAL,
    PRIMARY KEY (run, seed, arm, step)
) WITHOUT ROWID;
CREATE TABLE confusions (  -- of the last evaluation
    run TEXT NOT NULL, seed INTEGER NOT NULL, arm INTEGER NOT NULL, step INTEGER NOT NULL,
    pictures BLOB NOT NULL,  -- int32, (classes, classes)
    PRIMARY KEY (run, seed, arm)
) WITHOUT ROWID;
CREATE TABLE internals (
    run TEXT NOT NULL, seed INTEGER NOT NULL, arm INTEGER NOT NULL, step INTEGER NOT NULL,
    stage TEXT NOT NULL, grad_norm REAL, mean REAL, std REAL, dead REAL, gamma REAL,
    PRIMARY KEY (run, seed, arm, step, stage)
) WITHOUT ROWID;
CREATE TABLE watched (  -- test pictures whose predictions are shown
    run TEXT PRIMARY KEY, images BLOB NOT NULL, labels TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE predictions (
    run TEXT NOT NULL, seed INTEGER NOT NULL, arm INTEGER NOT NULL, step INTEGER NOT NULL,
    classes TEXT NOT NULL, probabilities TEXT NOT NULL,  -- JSON lists, a picture each
    PRIMARY KEY (run, seed, arm, step)
) WITHOUT ROWID;
CREATE TABLE divergences (
    run TEXT NOT NULL, seed INTEGER NOT NULL, arm INTEGER NOT NULL, step INTEGER NOT NULL,
    PRIMARY KEY (run, seed, arm)
) WITHOUT ROWID;
CREATE TABLE events (
    number INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL, at REAL NOT NULL,
    kind TEXT NOT NULL, seed INTEGER, step INTEGER, detail TEXT NOT NULL DEFAULT ''
);
CREATE INDEX events_of_a_run ON events (run);
CREATE TABLE checkpoints (
    run TEXT NOT NULL, seed INTEGER NOT NULL, step INTEGER NOT NULL,
    final INTEGER NOT NULL,  -- 1: weights alone, of a seed that is done
    file TEXT NOT NULL, bytes INTEGER NOT NULL, seconds REAL NOT NULL,  -- as in ticks
    PRIMARY KEY (run, seed, step, final)
) WITHOUT ROWID;
CREATE TABLE environments (
    number INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL, at REAL NOT NULL,
    environment TEXT NOT NULL  -- JSON
);
CREATE TABLE commands (
    number INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL, what TEXT NOT NULL
);
CREATE TABLE workers (
    id TEXT PRIMARY KEY, machine TEXT NOT NULL, pid INTEGER NOT NULL, born TEXT NOT NULL,
    beat INTEGER NOT NULL DEFAULT 0,  -- counts up while it lives; no clock is in it
    leaving INTEGER NOT NULL DEFAULT 0  -- 1: is to go when it is idle
) WITHOUT ROWID;
CREATE TABLE speeds (  -- measured seconds a step of one arm; NULL: requested, not measured yet
    key TEXT PRIMARY KEY, asked TEXT NOT NULL, seconds REAL, macs INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""

_GUESS = """
-- Which arm was expected to be best, locked in at the start; empty: nobody guessed.
ALTER TABLE runs ADD COLUMN guess TEXT NOT NULL DEFAULT '';
"""

_MACHINE = """
-- Speeds without a machine may be another one's: they are measured anew.
DELETE FROM speeds;
ALTER TABLE speeds ADD COLUMN machine TEXT NOT NULL DEFAULT '';
"""

_ANNOTATIONS = """
ALTER TABLE runs ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';  -- a JSON list
"""

_OWNERS = """
-- Who submitted it; empty: nobody said, which is whoever sits at the computer that runs the app.
ALTER TABLE runs ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN shared INTEGER NOT NULL DEFAULT 0;  -- 1: every visitor may look at it
"""

MIGRATIONS = (_FIRST, _GUESS, _MACHINE, _ANNOTATIONS, _OWNERS)
VERSION = len(MIGRATIONS)


def version(db: sqlite3.Connection) -> int:
    """Which migrations a database has; 0 = it is empty."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def migrate(db: sqlite3.Connection) -> None:
    """Bring a database to this version, completely or not at all; two at once do it once."""
    if version(db) >= VERSION:
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        for number in range(version(db), VERSION):
            # Not executescript: it would commit what is under way.
            for statement in _statements(MIGRATIONS[number]):
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {VERSION}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _statements(script: str) -> list[str]:
    found, lines = [], ""
    for line in script.splitlines():
        lines += line + "\n"
        if sqlite3.complete_statement(lines):
            found.append(lines)
            lines = ""
    return found
