"""Workers that are killed, held, stepped, stopped and starved: nothing is lost, all is exact."""

import contextlib
import dataclasses
import os
import random
import shutil
import signal
import sqlite3
import threading
import time

import numpy as np
import pytest

from convnext_viz.train import DataSpec, Lab, Recipe, control, session
from convnext_viz.train.internals import internals
from tests.train.forked import (
    TINY,
    Forks,
    by_hand,
    ended,
    experiment,
    kill,
    same_as_by_hand,
    until,
    worker_of,
)


@pytest.fixture(scope="module")
def forks():
    made = Forks()
    yield made
    made.close()


@pytest.fixture
def lab(tmp_path, monkeypatch, forks):
    monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(tmp_path))
    yield Lab(tmp_path, workplace=forks)
    forks.end()


def steps(lab, run):
    return sum(len(curve.step) for curve in lab.metrics(run))


def long(**changes):
    """An experiment that is not done before the test has looked at it."""
    recipe = Recipe(batch_size=16, epochs=500, warmup_epochs=1, evaluate_every=0)
    return experiment(**{"recipe": recipe, "seeds": (0,), **changes})


def test_killed_at_any_moment_nothing_is_lost_and_the_curve_is_exact(lab, monkeypatch):
    monkeypatch.setattr(session, "CHECKPOINT_EVERY", 0.15)
    asked = experiment()
    run = lab.submit(asked)
    kills, rng = 0, random.Random(os.urandom(8))
    while kills < 4 and not ended(lab, run):
        until(lambda: worker_of(lab, run) or ended(lab, run))
        time.sleep(rng.uniform(0, 0.8))
        before = lab.metrics(run)
        pid = worker_of(lab, run)
        if pid is None:
            break
        kill(pid)
        kills += 1
        status = lab.status(run)
        if status.state == "finished":
            break
        assert status.state == "interrupted"
        assert status.resumable
        after = {(c.label, c.seed): c for c in lab.metrics(run)}
        for curve in before:
            still = after[curve.label, curve.seed]
            np.testing.assert_array_equal(still.loss[: len(curve.loss)], curve.loss)
        lab.resume(run)
    until(lambda: lab.status(run).state == "finished")
    assert lab.status(run).state == "finished"
    assert kills >= 1
    same_as_by_hand(lab, run, asked)


def test_a_damaged_checkpoint_costs_time_not_numbers(lab, monkeypatch):
    monkeypatch.setattr(session, "CHECKPOINT_EVERY", 0.05)
    asked = experiment(seeds=(1,))
    run = lab.submit(asked)
    folder = lab.home / "checkpoints" / run
    until(lambda: folder.is_dir() and any(folder.glob("*.safetensors")))
    kill(worker_of(lab, run))
    for file in folder.glob("*.safetensors"):
        file.write_bytes(file.read_bytes()[:100])
    assert lab.status(run).state == "interrupted"
    lab.resume(run)
    until(lambda: lab.status(run).state == "finished")
    same_as_by_hand(lab, run, asked)


def test_pause_batch_epoch_resume_and_the_numbers_stay(lab):
    asked = experiment(
        seeds=(5,), recipe=dataclasses.replace(experiment().recipe, evaluate_every=1)
    )
    run = lab.submit(asked)
    until(lambda: steps(lab, run) >= 2)
    lab.pause(run)
    assert until(lambda: lab.status(run).state == "paused") < 1.5
    at = lab.status(run).step
    time.sleep(0.3)
    assert lab.status(run).step == at
    for i in range(1, 3):
        lab.step(run)
        until(lambda i=i: lab.status(run).step == at + i and lab.status(run).state == "paused")
    time.sleep(0.3)
    assert lab.status(run).step == at + 2
    lab.step(run, "epoch")
    end = (at + 2) // 6 * 6 + 6
    until(lambda: lab.status(run).step == end and lab.status(run).state == "paused")
    assert lab.metrics(run)[0].test_step[-1] == end
    lab.resume(run)
    until(lambda: lab.status(run).state == "finished")
    same_as_by_hand(lab, run, asked)
    told = [event.kind for event in lab.events(run)]
    assert told[:2] == ["submitted", "seed_started"]
    assert told.count("paused") == 4


def test_stop_is_quick_and_can_be_taken_back(lab):
    asked = experiment(seeds=(2,))
    run = lab.submit(asked)
    until(lambda: steps(lab, run) >= 2)
    lab.stop(run)
    assert until(lambda: lab.status(run).state == "stopped") < 1.5
    done = steps(lab, run)
    time.sleep(0.3)
    assert steps(lab, run) == done
    lab.resume(run)
    until(lambda: lab.status(run).state == "finished")
    assert lab.status(run).state == "finished"
    same_as_by_hand(lab, run, asked)


def test_a_long_pause_frees_the_worker_and_goes_on_exactly(lab, monkeypatch):
    monkeypatch.setattr(control, "PARK_AFTER", 0.2)
    asked = experiment(seeds=(4,))
    run = lab.submit(asked)
    until(lambda: steps(lab, run) >= 2)
    lab.pause(run)
    until(lambda: lab.status(run).state == "paused" and worker_of(lab, run) is None)
    at = lab.status(run).step
    lab.step(run)
    until(lambda: lab.status(run).step == at + 1 and worker_of(lab, run) is None)
    assert lab.status(run).state == "paused"
    lab.resume(run)
    until(lambda: lab.status(run).state == "finished")
    same_as_by_hand(lab, run, asked)


def test_told_to_go_it_leaves_a_run_that_can_be_resumed(lab):
    run = lab.submit(long())
    until(lambda: steps(lab, run) >= 4)
    lab.close()
    until(lambda: lab.status(run).state == "interrupted")
    with lab.store.reading() as db:
        assert db.execute("SELECT count(*) FROM checkpoints").fetchone() == (1,)
        until(
            lambda: not db.execute("SELECT count(*) FROM runs WHERE worker NOTNULL").fetchone()[0]
        )


def test_an_arm_that_diverges_stops_with_its_step_and_the_others_go_on(lab):
    wild = dataclasses.replace(TINY, norm="simple", norm_eps=1e-12, head_init_scale=1000.0)
    recipe = Recipe(
        optimizer="sgd", lr=1e6, min_lr=0.0, batch_size=16, epochs=3, warmup_epochs=0,
        evaluate_every=1, grad_clip=None,
    )  # fmt: skip
    calm = dataclasses.replace(TINY, layer_scale=None)
    asked = experiment(arms=(("wild", wild), ("calm", calm)), recipe=recipe, seeds=(0,))
    expected = by_hand(asked)
    at = [lines["step"][-1] for lines in expected.values()]
    assert min(at) < 18, "the oracle itself does not diverge"
    run = lab.submit(asked)
    until(lambda: ended(lab, run))
    status = lab.status(run)
    assert status.state == "finished"
    same_as_by_hand(lab, run, asked)
    for label, seeds in status.diverged.items():
        assert seeds == {0: expected[label, 0]["step"][-1]}
    assert status.diverged
    told = [event.said for event in lab.events(run) if event.kind == "diverged"]
    assert len(told) == len(status.diverged)
    with lab.store.reading() as db:
        assert db.execute("SELECT count(*) FROM metrics WHERE loss IS NULL").fetchone()[0] >= 0


def test_data_that_is_gone_fails_with_a_sentence(lab, tmp_path):
    from PIL import Image

    pictures = tmp_path / "pictures"
    for half in ("train", "test"):
        for i in range(10):
            (pictures / half / str(i)).mkdir(parents=True)
            Image.new("RGB", (16, 16), (i * 20, 0, 0)).save(pictures / half / str(i) / "a.png")
    lab.places(1)
    first = lab.submit(long())
    until(lambda: steps(lab, first))
    data = DataSpec(kind="folder", path=str(pictures), image_size=16)
    run = lab.submit(experiment(data=data))
    assert lab.status(run).place == 1
    shutil.rmtree(pictures)
    lab.stop(first)
    until(lambda: ended(lab, run))
    assert lab.status(run).state == "failed"
    assert str(pictures) in lab.status(run).message
    assert lab.status(first).state == "stopped"


def test_a_locked_database_holds_up_nothing_and_loses_nothing(lab):
    asked = experiment(seeds=(7,))
    run = lab.submit(asked)
    until(lambda: steps(lab, run) >= 2)
    other = sqlite3.connect(lab.store.file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    impatient = Lab(lab.home, workplace=lab.staff.workplace)
    impatient.store.patience = 0.1
    with pytest.raises(ValueError, match="Another program"):
        impatient.submit(asked)
    assert lab.status(run).step >= 1  # readers do not mind
    time.sleep(1.0)
    other.execute("ROLLBACK")
    other.close()
    until(lambda: ended(lab, run))
    same_as_by_hand(lab, run, asked)


def test_a_clock_that_is_set_back_changes_nothing(lab, monkeypatch):
    times = iter(range(10**9, 0, -3600))
    monkeypatch.setattr(time, "time", lambda: float(next(times)))
    asked = experiment(seeds=(8,))
    run = lab.submit(asked)
    until(lambda: ended(lab, run))
    same_as_by_hand(lab, run, asked)
    later = lab.submit(asked)
    assert [r.id for r in lab.runs()] == [later, run]


def fill(file):
    with file.open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
        while True:
            ballast.write(bytes(4096))


def test_a_full_disk_is_waited_for(lab, tmp_path, monkeypatch):
    """A real one: a file system of two megabytes, filled to the last byte while training."""
    if os.geteuid() != 0 or os.system(f"mkdir {tmp_path}/s && mount -t tmpfs -o size=2m x "
                                      f"{tmp_path}/s 2> /dev/null"):  # fmt: skip
        pytest.skip("a small file system can only be mounted by root")
    try:
        small = Lab(tmp_path / "s", workplace=lab.staff.workplace)
        monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(small.home))
        monkeypatch.setattr(session, "CHECKPOINT_EVERY", 0.1)
        asked = experiment(seeds=(9,))
        run = small.submit(asked)
        until(lambda: steps(small, run) >= 2)
        fill(small.home / "ballast")
        assert "full" in (small.trouble() or "")
        time.sleep(1.5)
        (small.home / "ballast").unlink()
        until(lambda: ended(small, run))
        assert small.status(run).state == "finished"
        same_as_by_hand(small, run, asked)
    finally:
        lab.staff.workplace.end()
        os.system(f"umount {tmp_path}/s")


def test_what_is_looked_at_is_what_the_net_does(lab):
    """The recorded internals are those of the network as recorded."""
    asked = experiment(seeds=(0,))
    run = lab.submit(asked)
    until(lambda: ended(lab, run))
    curves = lab.internals(run, 0)
    assert {c.stage for c in curves} == {"stem", "stage1", "stage2", "head"}
    assert all(c.step.tolist() == [1, 25, 50, 75, 100] for c in curves)
    gammas = {c.stage: c.gamma[0] for c in curves}
    assert gammas["stage1"] == pytest.approx(0.1, rel=1e-3)
    assert callable(internals)
    watched = lab.watched(run, 0)
    assert watched.images.shape == (16, 16, 16, 3)
    assert set(watched.predicted) == {label for label, _ in asked.arms}
    confusion = lab.confusion(run, asked.arms[0][0], 0)
    assert confusion.sum() == 40
    last = lab.metrics(run)[0]
    assert np.trace(confusion) / 40 == pytest.approx(last.ema_accuracy[-1])


def test_many_may_read_while_one_writes(lab):
    run = lab.submit(experiment(seeds=(0,)))
    failures = []

    def read():
        try:
            while not ended(lab, run):
                lab.metrics(run, points=50)
                time.sleep(0.02)
        except Exception as error:
            failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(8)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert not failures
    assert lab.status(run).state == "finished"


def test_a_process_of_its_own_trains_as_well(tmp_path, monkeypatch):
    """The real command, in a new interpreter; it is nicer than we are."""
    monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(tmp_path))
    lab = Lab(tmp_path)
    asked = experiment(seeds=(0,))
    run = lab.submit(asked)
    until(lambda: worker_of(lab, run), 120)
    pid = worker_of(lab, run)
    assert os.getpriority(os.PRIO_PROCESS, pid) >= min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)
    until(lambda: ended(lab, run), 120)
    same_as_by_hand(lab, run, asked)
    (environment,) = lab.environments(run)
    assert environment["threads"] >= 1
    assert environment["torch"]
    os.kill(pid, signal.SIGTERM)
    until(lambda: not (lab.staff.workplace.alive(_process(pid)) or False), 30)


def _process(pid):
    from convnext_viz.train.workplace import Process, born, machine

    return Process(machine(), pid, born(pid) or "gone")
