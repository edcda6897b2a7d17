"""A disk that is full to the last byte: a real one, a file system of two megabytes."""

import contextlib
import hashlib
import os
import sqlite3
import subprocess
import time

import pytest

from convnext_viz.data.downloads import fetch
from convnext_viz.lab import Lab, session
from convnext_viz.lab.launcher import LocalLauncher, Process, machine, start_time
from convnext_viz.lab.store import StoreError
from convnext_viz.lab.workers import MAX_FAILED_STARTS
from tests.lab.forked import ended, experiment, kill, own, same_as_by_hand, steps, until


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A folder on a file system of its own, with nothing in it."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = os.geteuid() == 0 and not os.system(
        f"mount -t tmpfs -o size=2m x {folder} 2> /dev/null"
    )
    if not mounted:
        pytest.skip("a small file system can only be mounted by root")
    monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(folder))
    yield folder
    os.system(f"umount -l {folder}")


def fill(file):
    with file.open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
        while True:
            ballast.write(bytes(4096))


class Sleepers(LocalLauncher):
    """Workers that do nothing at all."""

    def __init__(self):
        super().__init__()
        self.started = []

    def start(self, home, worker):
        child = subprocess.Popen(["sleep", "100"])
        self._children.append(child)
        self.started.append(child.pid)
        return Process(machine(), child.pid, start_time(child.pid) or "")


@pytest.fixture
def sleepers():
    made = Sleepers()
    yield made
    for pid in made.started:
        kill(pid)


def test_training_waits_for_room_and_loses_nothing(small, forks, monkeypatch):
    monkeypatch.setattr(session, "CHECKPOINT_EVERY", 0.1)
    lab, requested = Lab(small, launcher=forks), experiment(seeds=(9,))
    try:
        run = lab.submit(requested)
        until(lambda: steps(lab, run) >= 2)
        fill(small / "ballast")
        assert "full" in (lab.trouble() or "")
        assert lab.status(run).state == "running"
        time.sleep(1.5)  # two writings and more than one checkpoint fail
        (small / "ballast").unlink()
        until(lambda: ended(lab, run))
        assert lab.status(run).state == "finished"
        same_as_by_hand(lab, run, requested)
    finally:
        forks.end()


def test_what_was_recorded_can_be_read_and_deleting_makes_room(small, sleepers):
    lab = Lab(small, launcher=sleepers)
    run, other = (lab.submit(experiment(name=name)) for name in ("one", "another"))
    lab.stop(run)
    stored = small / "checkpoints" / run / "0-1.safetensors"
    stored.parent.mkdir(parents=True)
    stored.write_bytes(bytes(100_000))
    fill(small / "ballast")
    assert [r.name for r in own(lab)] == ["another", "one"]
    with pytest.raises(StoreError, match="full"):
        lab.submit(experiment())
    assert lab.metrics(run) == ()
    lab.delete(run)
    assert [r.id for r in own(lab)] == [other]
    assert not stored.exists()


def test_workers_that_cannot_be_written_down_are_not_started_for_ever(small, sleepers):
    lab = Lab(small, launcher=sleepers)
    lab.submit(experiment())
    kill(sleepers.started[0])
    other = sqlite3.connect(lab.store.file)  # while it looks, a transaction can begin, not end
    other.execute("SELECT * FROM runs").fetchall()
    fill(small / "ballast")
    for _ in range(20):
        assert len(own(lab)) == 1
    assert len(sleepers.started) <= 1 + MAX_FAILED_STARTS
    until(lambda: not any(start_time(pid) for pid in sleepers.started), 10)
    assert "full" in lab.trouble()
    (small / "ballast").unlink()
    other.close()
    lab.warm()
    assert start_time(sleepers.started[-1])


def test_a_download_that_does_not_fit_says_so_and_goes_on_when_it_does(small, server):
    content = os.urandom(1_500_000)
    url, md5 = server.serve("/file", content), hashlib.md5(content).hexdigest()
    (small / "ballast").write_bytes(bytes(1_000_000))
    with pytest.raises(ValueError, match="full"):
        fetch(url, small / "file", md5=md5)
    assert len(server.ranges_requested) == 1  # trying again would not help
    assert (small / "file.part").stat().st_size > 500_000
    (small / "ballast").unlink()
    fetch(url, small / "file", md5=md5)
    assert (small / "file").read_bytes() == content
    assert server.ranges_requested[1] != "bytes=0-"
