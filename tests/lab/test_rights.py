"""Rights in a shared lab: whose a run is, what a visitor may use, and who is a teacher."""

import itertools
from pathlib import Path

import pytest

from convnext_viz.lab import Lab, rights
from convnext_viz.lab.launcher import LocalLauncher, Process, machine
from convnext_viz.lab.rights import HERE, Quota
from convnext_viz.lab.store import NAME, Store
from tests.lab.forked import experiment, own


class Nobody(LocalLauncher):
    """No worker ever comes: what is submitted waits."""

    def start(self, home: Path, worker: str) -> Process:
        return Process(machine(), 1, "")


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path, launcher=Nobody())


@pytest.mark.parametrize(
    ("owner", "visitor", "teacher", "expected"),
    [
        ("ann", "ann", False, True),
        ("ann", "ben", False, False),
        ("ann", "", False, False),
        ("ann", HERE, False, False),
        ("", HERE, False, True),  # runs of before, and of notebooks
        ("", "ann", False, False),
        (HERE, "ann", False, False),
        (HERE, HERE, True, True),
        ("ann", "ben", True, True),
        ("", "ben", True, True),
    ],
)
def test_who_may_change_a_run(owner: str, visitor: str, teacher: bool, expected: bool) -> None:
    assert rights.may(owner, visitor, teacher) is expected


def test_a_run_belongs_to_who_submitted_it_and_is_seen_by_others_once_shared(lab: Lab) -> None:
    run = lab.submit(experiment(), owner="ann")
    nobodys = lab.submit(experiment())
    assert {one.id: one.owner for one in own(lab)} == {run: "ann", nobodys: ""}
    seen = {who: rights.sees(lab.status(run), who, False) for who in ("ann", "ben")}
    assert seen == {"ann": True, "ben": False}
    lab.share(run)
    assert lab.status(run).shared and rights.sees(lab.status(run), "ben", False)
    assert not rights.may(lab.status(run).owner, "ben", False)
    assert not lab.status(nobodys).shared
    lab.share(run, False)
    assert not rights.sees(lab.status(run), "ben", False)
    recorded = [one for one in lab.runs() if one.recorded]
    assert recorded and all(rights.sees(one, "ben", False) for one in recorded)


def test_only_so_many_runs_of_a_visitor_wait(lab: Lab) -> None:
    two = Quota(runs=2, bytes=10**12)
    first, _ = (lab.submit(experiment(), owner="ann", quota=two) for _ in range(2))
    with pytest.raises(ValueError, match="Of your runs 2 can wait"):
        lab.submit(experiment(), owner="ann", quota=two)
    assert len(own(lab)) == 2  # what was refused left nothing behind
    lab.submit(experiment(), owner="ben", quota=two)
    lab.stop(first)  # it waits no more
    third = lab.submit(experiment(), owner="ann", quota=two)
    with lab.store.reading() as db:
        with pytest.raises(ValueError, match="Of your runs 2 can wait"):
            rights.check_again(db, first, two)  # to be resumed
        rights.check_again(db, first, None)
        rights.check_again(db, third, two)  # it waits already


def test_only_so_many_bytes_of_a_visitor_are_kept(lab: Lab) -> None:
    run, other = lab.submit(experiment(), owner="ann"), lab.submit(experiment(), owner="ben")
    with lab.store.writing() as db:
        for of, seed, size in ((run, 0, 600), (run, 3, 300), (other, 0, 5000)):
            row = (of, seed, 1, 0, "x", size, 1.0)
            db.execute("INSERT INTO checkpoints VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    with lab.store.reading() as db:
        assert [rights.taken(db, who) for who in ("ann", "ben", "eve")] == [900, 5000, 0]
        rights.check(db, "ann", Quota(runs=9, bytes=901))
        rights.check(db, "ann", Quota(runs=9, bytes=1000, elsewhere=99))
        for full in (Quota(runs=9, bytes=900), Quota(runs=9, bytes=1000, elsewhere=100)):
            with pytest.raises(ValueError, match="Delete runs or images"):
                rights.check(db, "ann", full)
    lab.stop(run)
    lab.delete(run)
    lab.submit(experiment(), owner="ann", quota=Quota(runs=9, bytes=1))


def test_the_quota_is_said_when_the_server_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONVNEXT_VIZ_QUOTA_RUNS", "CONVNEXT_VIZ_QUOTA_MB"):
        monkeypatch.delenv(name, raising=False)
    assert rights.quota() == Quota(runs=4, bytes=2_000_000_000)
    monkeypatch.setenv("CONVNEXT_VIZ_QUOTA_RUNS", "0")
    monkeypatch.setenv("CONVNEXT_VIZ_QUOTA_MB", " 50 ")
    assert rights.quota() == Quota(runs=0, bytes=50_000_000)
    for wrong in ("-1", "many", "1.5", "²"):
        monkeypatch.setenv("CONVNEXT_VIZ_QUOTA_MB", wrong)
        with pytest.raises(ValueError, match="CONVNEXT_VIZ_QUOTA_MB"):
            rights.quota()


def test_a_teacher_is_known_by_the_key_that_was_given(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.reading() as db:
        assert not rights.is_teacher(db, "ann", "") and not rights.is_teacher(db, "ann", "k")
    with store.writing() as db:
        rights.make_teacher(db, "ann", "a long key")
    with store.reading() as db:
        pairs = itertools.product(("ann", "ben"), ("a long key", "another key", ""))
        found = {pair for pair in pairs if rights.is_teacher(db, *pair)}
    assert found == {("ann", "a long key")}
    assert b"a long key" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())


def test_a_database_of_before_has_runs_of_nobody(lab: Lab, tmp_path: Path) -> None:
    run = lab.submit(experiment())
    with lab.store.writing() as db:  # as the release before left it
        for column in ("owner", "shared"):
            db.execute(f"ALTER TABLE runs DROP COLUMN {column}")
        db.execute("PRAGMA user_version = 4")
    assert (tmp_path / NAME).exists()
    found = Lab(tmp_path, launcher=Nobody()).status(run)
    assert (found.owner, found.shared) == ("", False)
    assert rights.may(found.owner, HERE, True) and not rights.sees(found, "ann", False)
