"""Connection to the lab's database: opened for each use, in WAL mode, its failures as sentences.

One writer at a time, readers never wait for it: that is what WAL means. Everything that meets
(pages, notebooks, workers, a second server on the same folder) meets here.
"""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from convnext_viz.lab.store import schema
from convnext_viz.text import t

NAME = "lab.sqlite"
Database = sqlite3.Connection  # what the modules of this package ask and change

PATIENCE = 5.0  # seconds for another writer to finish


class StoreError(ValueError):
    """The database cannot be used at the moment; the message says why, and what to do."""


class NewerError(StoreError):
    """The database was brought up to date by a newer release: this one must let go of it."""


class Store:
    """The database in ``home``; made when it is first written to.

    ``patience`` is how long a writer waits for another one, in seconds.
    """

    def __init__(self, home: Path, *, patience: float = PATIENCE) -> None:
        self.home = home
        self.file = home / NAME
        self.patience = patience

    @contextmanager
    def reading(self) -> Iterator[Database]:
        """A connection that cannot change anything, looking at one moment of the database; an
        empty one where there is none yet."""
        with self._in_words():
            db = self._reader()
            try:
                db.execute("BEGIN")
                yield db
            finally:
                db.close()

    @contextmanager
    def writing(self) -> Iterator[Database]:
        """One transaction: all of it, or nothing where an exception leaves it."""
        with self._in_words():
            db = self._writer()
            try:
                db.execute("BEGIN IMMEDIATE")
                yield db
                db.execute("COMMIT")
            finally:
                db.close()  # rolls back what was not committed

    def _writer(self) -> sqlite3.Connection:
        self.home.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self.file, timeout=self.patience, isolation_level=None)
        try:
            db.execute(f"PRAGMA busy_timeout = {round(self.patience * 1000)}")
            if schema.version(db) == 0:
                db.execute("PRAGMA journal_mode = WAL")
            # With WAL a crash of the machine may cost the last seconds, never the database.
            db.execute("PRAGMA synchronous = NORMAL")
            schema.migrate(db)
            self._check_version(db)
        except BaseException:
            db.close()
            raise
        return db

    def _reader(self) -> sqlite3.Connection:
        if not self.file.exists():
            return _empty()
        try:
            db = self._opened("mode=ro")
        except sqlite3.OperationalError as error:
            if not any(word in str(error) for word in ("unable to open", "readonly", "disk I/O")):
                raise
            db = self._opened_elsewhere()
        if schema.version(db) == 0:  # made this moment by somebody else
            db.close()
            db = _empty()
        self._check_version(db)
        return db if schema.version(db) == schema.VERSION else self._updated(db)

    def _updated(self, old: sqlite3.Connection) -> sqlite3.Connection:
        """An older release's database, brought up to date: itself, or a copy in memory where it
        cannot be written now."""
        try:
            self._writer().close()
            found = self._opened("mode=ro")
        except (sqlite3.OperationalError, OSError):
            found = sqlite3.connect(":memory:", isolation_level=None)
            old.backup(found)
            schema.migrate(found)
        old.close()
        return found

    def _opened(self, how: str) -> sqlite3.Connection:
        address = f"{self.file.absolute().as_uri()}?{how}"
        db = sqlite3.connect(address, uri=True, timeout=self.patience, isolation_level=None)
        try:
            schema.version(db)  # the file is only looked at now
        except BaseException:
            db.close()
            raise
        return db

    def _opened_elsewhere(self) -> sqlite3.Connection:
        """In a folder that cannot be written or is full, WAL's shared memory cannot be made: look
        at the file alone, or, where some of it is still in the log, at a copy of both."""
        log = self.file.with_name(NAME + "-wal")
        if not log.exists() or log.stat().st_size == 0:
            return self._opened("mode=ro&immutable=1")
        with tempfile.TemporaryDirectory() as folder:
            for source in (self.file, log):
                (Path(folder) / source.name).write_bytes(source.read_bytes())
            copied = sqlite3.connect(Path(folder) / NAME, isolation_level=None)
            db = sqlite3.connect(":memory:", isolation_level=None)
            try:
                copied.backup(db)
            finally:
                copied.close()
        return db

    def _check_version(self, db: sqlite3.Connection) -> None:
        if schema.version(db) > schema.VERSION:
            db.close()
            raise NewerError(t("lab.error.newer", path=self.file))

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            message = str(error).lower()
            if "locked" in message or "busy" in message:
                key = "lab.error.locked"
            elif "full" in message or "disk i/o" in message:
                key = "lab.error.full"
            elif "readonly" in message or "unable to open" in message:
                key = "lab.error.read_only"
            else:
                raise
            raise StoreError(t(key, path=self.home)) from error
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
                raise  # a defect of ours
            raise StoreError(t("lab.error.damaged", path=self.file)) from error
        except OSError as error:
            key = "lab.error.full" if error.errno == 28 else "lab.error.read_only"
            raise StoreError(t(key, path=self.home)) from error


def _empty() -> Database:
    db = sqlite3.connect(":memory:", isolation_level=None)
    schema.migrate(db)
    return db
