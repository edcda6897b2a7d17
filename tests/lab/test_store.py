"""The database among several processes, in odd folders and in odd states."""

import contextlib
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from convnext_viz.lab.store import NAME, Store, StoreError, schema

ROOT = Path(__file__).parents[2]


def put(store, key, value="1"):
    with store.writing() as db:
        db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (key, value))


def settings(store):
    with store.reading() as db:
        return dict(db.execute("SELECT * FROM settings"))


def test_nothing_is_made_by_looking(tmp_path):
    store = Store(tmp_path / "new")
    assert settings(store) == {}
    assert not (tmp_path / "new").exists()
    put(store, "a")
    assert settings(store) == {"a": "1"}


def test_readers_see_one_moment_and_hold_up_no_writer(tmp_path):
    store = Store(tmp_path, patience=0.2)
    put(store, "a")
    with store.reading() as db:
        first = db.execute("SELECT count(*) FROM settings").fetchone()
        put(store, "b")
        assert db.execute("SELECT count(*) FROM settings").fetchone() == first
    assert len(settings(store)) == 2


def test_a_reader_cannot_change_anything(tmp_path):
    store = Store(tmp_path)
    put(store, "a")
    with pytest.raises(ValueError), store.reading() as db:
        db.execute("DELETE FROM settings")
    assert settings(store) == {"a": "1"}


def test_a_transaction_is_all_or_nothing(tmp_path):
    store = Store(tmp_path)

    def half():
        with store.writing() as db:
            db.execute("INSERT INTO settings VALUES ('a', '1')")
            db.execute("INSERT INTO settings VALUES (?, ?)", ("b", 1 / 0))

    with pytest.raises(ZeroDivisionError):
        half()
    assert settings(store) == {}


def test_two_writers_wait_for_each_other(tmp_path):
    store = Store(tmp_path)
    failures = []

    def write(name):
        try:
            for i in range(20):
                put(store, f"{name}{i}")
        except Exception as error:
            failures.append(error)

    writers = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert not failures
    assert len(settings(store)) == 80


def test_a_database_made_by_many_at_once_is_made_once(tmp_path):
    code = (
        "import sqlite3, sys\nsys.path.insert(0, sys.argv[1])\n"
        "import importlib.util, types\n"
        "from convnext_viz.text import t\n"
        # The store without the package around it, which would load torch.
        "package = types.ModuleType('convnext_viz.train')\n"
        "package.__path__ = [sys.argv[1] + '/convnext_viz/train']\n"
        "sys.modules['convnext_viz.train'] = package\n"
        "from pathlib import Path\nfrom convnext_viz.lab.store import Store\n"
        "store = Store(Path(sys.argv[2]))\n"
        "with store.writing() as db: db.execute('INSERT INTO settings VALUES (?, 1)', sys.argv[3:])"
    )
    made = [
        subprocess.Popen([sys.executable, "-c", code, str(ROOT), str(tmp_path), name])
        for name in "abcdef"
    ]
    assert [process.wait() for process in made] == [0] * 6
    assert sorted(settings(Store(tmp_path))) == list("abcdef")
    with Store(tmp_path).reading() as db:
        assert schema.version(db) == schema.VERSION
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_lock_that_is_held_is_a_sentence(tmp_path):
    store = Store(tmp_path, patience=0.1)
    put(store, "a")
    other = sqlite3.connect(store.file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match="Another program"):
        put(store, "b")
    assert settings(store) == {"a": "1"}
    other.close()
    put(store, "b")


def test_a_full_database_is_a_sentence_and_keeps_what_it_had(tmp_path):
    store = Store(tmp_path)
    put(store, "a")

    def much():
        with store.writing() as db:
            db.execute("PRAGMA max_page_count = 50")
            for i in range(1000):
                db.execute("INSERT INTO settings VALUES (?, ?)", (str(i), "x" * 4000))

    with pytest.raises(StoreError, match="full"):
        much()
    assert settings(store) == {"a": "1"}


def test_a_newer_release_is_not_written_over(tmp_path):
    store = Store(tmp_path)
    put(store, "a")
    db = sqlite3.connect(store.file)
    db.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    db.close()
    for use in (lambda: put(store, "b"), lambda: settings(store)):
        with pytest.raises(StoreError, match="newer release"):
            use()


def test_a_stranger_in_its_place_is_a_sentence(tmp_path):
    content = b"no database at all, but long enough" * 100
    (tmp_path / NAME).write_bytes(content)
    for use in (lambda: put(Store(tmp_path), "b"), lambda: settings(Store(tmp_path))):
        with pytest.raises(StoreError, match="not a database"):
            use()
    assert (tmp_path / NAME).read_bytes() == content


def test_an_old_database_is_brought_up_to_date(tmp_path, monkeypatch):
    store = Store(tmp_path)
    put(store, "a")
    newer = (*schema.MIGRATIONS, "CREATE TABLE more (x);\nINSERT INTO more VALUES (1);\n")
    monkeypatch.setattr(schema, "MIGRATIONS", newer)
    monkeypatch.setattr(schema, "VERSION", len(newer))
    put(store, "b")
    with store.reading() as db:
        assert schema.version(db) == len(newer)
        assert db.execute("SELECT x FROM more").fetchall() == [(1,)]
    assert len(settings(store)) == 2


@pytest.mark.parametrize("writable", [True, False])
def test_an_old_database_can_be_looked_at_before_it_is_written_to(monkeypatch, writable):
    newer = (*schema.MIGRATIONS, "ALTER TABLE settings ADD COLUMN more TEXT DEFAULT 'x';\n")
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder), patience=0.2)
        put(store, "a")
        monkeypatch.setattr(schema, "MIGRATIONS", newer)
        monkeypatch.setattr(schema, "VERSION", len(newer))
        if not writable:
            store.file.chmod(0o444)
            Path(folder).chmod(0o555)
        with as_a_visitor() if not writable else contextlib.nullcontext():
            for _ in range(2):
                with store.reading() as db:
                    rows = db.execute("SELECT key, value, more FROM settings")
                    assert rows.fetchall() == [("a", "1", "x")]
        Path(folder).chmod(0o755)
        db = sqlite3.connect(store.file)
        assert schema.version(db) == (len(newer) if writable else len(newer) - 1)
        db.close()


def test_a_migration_that_fails_changes_nothing(tmp_path, monkeypatch):
    store = Store(tmp_path)
    put(store, "a")
    version = schema.VERSION
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, "CREATE TABLE more (x);\nNO;\n"))
    monkeypatch.setattr(schema, "VERSION", version + 1)
    with pytest.raises(sqlite3.OperationalError):
        put(store, "b")
    db = sqlite3.connect(store.file)
    assert schema.version(db) == version
    assert db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'more'").fetchone() == (0,)
    db.close()


@contextlib.contextmanager
def as_a_visitor():
    """Without root's right to write everywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("log_is_left", [False, True])
def test_a_folder_that_cannot_be_written_can_be_read(log_is_left):
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder), patience=0.2)
        put(store, "a")
        keeper = sqlite3.connect(store.file)  # while it is open the log is not cleared away
        keeper.execute("SELECT * FROM settings").fetchall()
        put(store, "b")
        if not log_is_left:
            keeper.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        log = store.file.with_name(NAME + "-wal").read_bytes()
        keeper.close()
        if log_is_left:
            store.file.with_name(NAME + "-wal").write_bytes(log)
        for file in Path(folder).iterdir():
            file.chmod(0o444)
        Path(folder).chmod(0o555)
        with as_a_visitor():
            assert settings(store) == {"a": "1", "b": "1"}
            with pytest.raises(StoreError, match="is not writable"):
                put(store, "c")
        Path(folder).chmod(0o755)


@pytest.mark.parametrize("place", ["/proc/lab", "file/lab"])
def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path, place):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="is not writable"):
        put(Store(tmp_path / place), "a")
