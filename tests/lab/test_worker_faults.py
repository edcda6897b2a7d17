"""Workers in trouble: divergence, lost data, locks, clocks, many readers."""

import dataclasses
import os
import shutil
import signal
import sqlite3
import threading
import time

import numpy as np
import pytest

from convnext_viz.data import DataSpec
from convnext_viz.lab import Lab
from convnext_viz.train import Arm, Recipe
from convnext_viz.train.internals import internals
from tests.lab.forked import (
    TINY,
    by_hand,
    ended,
    experiment,
    long,
    own,
    same_as_by_hand,
    steps,
    until,
    worker_of,
)


def test_an_arm_that_diverges_stops_with_its_step_and_the_others_go_on(lab):
    wild = dataclasses.replace(TINY, norm="simple", norm_eps=1e-12, head_init_scale=1000.0)
    recipe = Recipe(
        optimizer="sgd", lr=1e6, min_lr=0.0, batch_size=16, epochs=3, warmup_epochs=0,
        evaluate_every=1, grad_clip=None,
    )  # fmt: skip
    calm = dataclasses.replace(TINY, layer_scale=None)
    requested = experiment(arms=(Arm("wild", wild), Arm("calm", calm)), recipe=recipe, seeds=(0,))
    expected = by_hand(requested)
    at = [lines["step"][-1] for lines in expected.values()]
    assert min(at) < 18, "the oracle itself does not diverge"
    run = lab.submit(requested)
    until(lambda: ended(lab, run))
    status = lab.status(run)
    assert status.state == "finished"
    same_as_by_hand(lab, run, requested)
    for label, seeds in status.diverged.items():
        assert seeds == {0: expected[label, 0]["step"][-1]}
    assert status.diverged
    reported = [event.said for event in lab.events(run) if event.kind == "diverged"]
    assert len(reported) == len(status.diverged)
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
    requested = experiment(seeds=(7,))
    run = lab.submit(requested)
    until(lambda: steps(lab, run) >= 2)
    other = sqlite3.connect(lab.store.file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    impatient = Lab(lab.home, launcher=lab.workers.launcher)
    impatient.store.patience = 0.1
    with pytest.raises(ValueError, match="Another program"):
        impatient.submit(requested)
    assert lab.status(run).step >= 1  # readers do not mind
    time.sleep(1.0)
    other.execute("ROLLBACK")
    other.close()
    until(lambda: ended(lab, run))
    same_as_by_hand(lab, run, requested)


def test_a_clock_that_is_set_back_changes_nothing(lab, monkeypatch):
    times = iter(range(10**9, 0, -3600))
    monkeypatch.setattr(time, "time", lambda: float(next(times)))
    requested = experiment(seeds=(8,))
    run = lab.submit(requested)
    until(lambda: ended(lab, run))
    same_as_by_hand(lab, run, requested)
    later = lab.submit(requested)
    assert [r.id for r in own(lab)] == [later, run]


def test_what_is_looked_at_is_what_the_net_does(lab):
    """The recorded internals are those of the network as recorded."""
    requested = experiment(seeds=(0,))
    run = lab.submit(requested)
    until(lambda: ended(lab, run))
    curves = lab.internals(run, 0)
    assert {c.stage for c in curves} == {"stem", "stage1", "stage2", "head"}
    assert all(c.step.tolist() == [1, 25, 50, 75, 100, 120] for c in curves)  # the last one, too
    gammas = {c.stage: c.gamma[0] for c in curves}
    assert gammas["stage1"] == pytest.approx(0.1, rel=1e-3)
    assert callable(internals)
    probe_images = lab.probe_images(run, 0)
    assert probe_images.images.shape == (16, 16, 16, 3)
    assert set(probe_images.predicted) == set(requested.labels)
    confusion = lab.confusion(run, requested.labels[0], 0)
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
    requested = experiment(seeds=(0,))
    run = lab.submit(requested)
    until(lambda: worker_of(lab, run), 120)
    pid = worker_of(lab, run)
    assert os.getpriority(os.PRIO_PROCESS, pid) >= min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)
    until(lambda: ended(lab, run), 120)
    same_as_by_hand(lab, run, requested)
    (environment,) = lab.environments(run)
    assert environment["threads"] >= 1
    assert environment["torch"]
    os.kill(pid, signal.SIGTERM)
    until(lambda: not (lab.workers.launcher.alive(_process(pid)) or False), 30)


def _process(pid):
    from convnext_viz.lab.launcher import Process, machine, start_time

    return Process(machine(), pid, start_time(pid) or "gone")
