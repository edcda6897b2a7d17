"""A session of training in this very process, where its journal and its moments can be met."""

import sqlite3
import threading
import time

import pytest
import torch

from convnext_viz.lab import Lab, journal, queue
from convnext_viz.lab.launcher import LocalLauncher, this_process
from convnext_viz.lab.session import Session
from convnext_viz.lab.store import schema
from tests.lab.forked import by_hand, experiment, same_as_by_hand, steps, until


class Nowhere(LocalLauncher):
    """No worker is started: the test is the worker."""

    def start(self, home, worker):
        raise OSError


@pytest.fixture
def alone(tmp_path, monkeypatch):
    monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(tmp_path))
    torch.set_num_threads(1)
    return Lab(tmp_path, launcher=Nowhere())


def begun(lab, requested):
    """A run and the session that trains it; its worker lives as long as this process."""
    run = lab.submit(requested)
    me = this_process()
    with lab.store.writing() as db:
        db.execute(
            "INSERT INTO workers (id, machine, pid, born, beat) VALUES ('me', ?, ?, ?, 1)",
            (me.machine, me.pid, me.start_time),
        )
    lab.store.patience = 0.1
    assert queue.claim(lab.store, "me") == run
    return run, Session(lab.store, run, "me", threads=1)


def test_what_waits_to_be_written_does_not_fill_the_memory(alone, monkeypatch):
    monkeypatch.setattr(journal, "MOST", 40)
    requested = experiment(seeds=(6,))
    run, session = begun(alone, requested)
    other = sqlite3.connect(alone.store.file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    training = threading.Thread(target=session.train, args=(lambda: False,))
    training.start()
    until(lambda: session.journal.crowded)
    time.sleep(1.5)  # three hundred steps' time
    assert len(session.journal._waiting) < 2 * 40
    other.execute("ROLLBACK")
    other.close()
    training.join()
    session.journal.insist()
    same_as_by_hand(alone, run, requested)


def test_told_to_go_it_goes_also_while_it_waits_for_room(alone, monkeypatch):
    monkeypatch.setattr(journal, "MOST", 40)
    run, session = begun(alone, experiment(seeds=(6,)))
    other = sqlite3.connect(alone.store.file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    leave, ended = threading.Event(), []

    def train():
        try:
            session.train(leave.is_set)
        except Exception as error:
            ended.append(type(error).__name__)

    training = threading.Thread(target=train)
    training.start()
    until(lambda: session.journal.crowded)
    leave.set()
    training.join(5)
    assert ended == ["Stop"]
    other.close()
    assert alone.status(run).state == "running"  # its worker has yet to say so


def test_killed_before_it_could_say_finished_a_run_is_not_trained_again(alone):
    requested = experiment(seeds=(0, 3))
    run, session = begun(alone, requested)
    session.train(lambda: False)
    reported = [event.kind for event in alone.events(run)]
    assert alone.status(run).state == "running"  # the worker would write "finished" now
    with alone.store.writing() as db:
        db.execute("DELETE FROM workers")
    assert alone.status(run).state == "interrupted"
    before = steps(alone, run)
    alone.resume(run)
    with alone.store.writing() as db:
        db.execute("UPDATE runs SET state = 'running', worker = 'me'")
    Session(alone.store, run, "me", threads=1).train(lambda: False)
    again = [event.kind for event in alone.events(run)][len(reported) :]
    assert again == ["interrupted", "resumed"]  # no seed has started
    assert (
        steps(alone, run)
        == before
        == sum(len(line["step"]) for line in by_hand(requested).values())
    )


def test_two_that_go_on_at_the_same_moment_do_not_share_one_place(alone):
    alone.places(1)
    runs = [alone.submit(experiment(name=name)) for name in "ab"]
    with alone.store.writing() as db:
        db.execute("UPDATE runs SET state = 'paused', worker = 'w'")
    assert [queue.take_place(alone.store, run) for run in runs] == [True, False]
    with alone.store.reading() as db:
        states = [row[0] for row in db.execute("SELECT state FROM runs ORDER BY number")]
    assert states == ["running", "paused"]


def test_a_newer_releases_database_is_let_go(alone):
    """A worker that outlives an update must not train on for nobody."""
    _, session = begun(alone, experiment(seeds=(6,)))
    db = sqlite3.connect(alone.store.file)
    db.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    db.close()
    with pytest.raises(journal.LostRun):
        session.train(lambda: False)
