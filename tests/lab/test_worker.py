"""Workers that are killed, held, stepped and stopped: nothing is lost, all is exact."""

import dataclasses
import os
import random
import subprocess
import sys
import time

import numpy as np
import pytest

from convnext_viz.lab import command_reader, session
from tests.lab.forked import (
    ended,
    experiment,
    kill,
    long,
    same_as_by_hand,
    steps,
    until,
    worker_of,
)


def test_killed_at_any_moment_nothing_is_lost_and_the_curve_is_exact(lab, monkeypatch):
    monkeypatch.setattr(session, "CHECKPOINT_EVERY", 0.15)
    requested = experiment()
    run = lab.submit(requested)
    seed = int(os.environ.get("KILL_SEED") or int.from_bytes(os.urandom(4), "little"))
    print(f"the same moments again: KILL_SEED={seed}")  # pytest shows it where the test fails
    kills, rng = 0, random.Random(seed)
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
    same_as_by_hand(lab, run, requested)


def test_a_damaged_checkpoint_costs_time_not_numbers(lab, monkeypatch):
    monkeypatch.setattr(session, "CHECKPOINT_EVERY", 0.05)
    requested = experiment(seeds=(1,))
    run = lab.submit(requested)
    folder = lab.home / "checkpoints" / run
    until(lambda: folder.is_dir() and any(folder.glob("*.safetensors")))
    kill(worker_of(lab, run))
    for file in folder.glob("*.safetensors"):
        file.write_bytes(file.read_bytes()[:100])
    assert lab.status(run).state == "interrupted"
    lab.resume(run)
    until(lambda: lab.status(run).state == "finished")
    same_as_by_hand(lab, run, requested)


def test_pause_batch_epoch_resume_and_the_numbers_stay(lab):
    requested = experiment(
        seeds=(5,), recipe=dataclasses.replace(experiment().recipe, evaluate_every=1)
    )
    run = lab.submit(requested)
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
    same_as_by_hand(lab, run, requested)
    reported = [event.kind for event in lab.events(run)]
    assert reported[:2] == ["submitted", "seed_started"]
    assert reported.count("paused") == 4


def test_stop_is_quick_and_can_be_taken_back(lab):
    requested = experiment(seeds=(2,))
    run = lab.submit(requested)
    until(lambda: steps(lab, run) >= 2)
    lab.stop(run)
    assert until(lambda: lab.status(run).state == "stopped") < 1.5
    done = steps(lab, run)
    time.sleep(0.3)
    assert steps(lab, run) == done
    lab.resume(run)
    until(lambda: lab.status(run).state == "finished")
    assert lab.status(run).state == "finished"
    same_as_by_hand(lab, run, requested)


def test_a_long_pause_frees_the_worker_and_goes_on_exactly(lab, monkeypatch):
    monkeypatch.setattr(command_reader, "PARK_AFTER", 0.2)
    requested = experiment(seeds=(4,))
    run = lab.submit(requested)
    until(lambda: steps(lab, run) >= 2)
    lab.pause(run)
    until(lambda: lab.status(run).state == "paused" and worker_of(lab, run) is None)
    at = lab.status(run).step
    lab.step(run)
    until(lambda: lab.status(run).step == at + 1 and worker_of(lab, run) is None)
    assert lab.status(run).state == "paused"
    lab.resume(run)
    until(lambda: lab.status(run).state == "finished")
    same_as_by_hand(lab, run, requested)


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


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="Linux alone binds to a core")
def test_it_gives_way_to_pages_on_the_same_core():
    # In sessions of their own, as server and worker are; the kernel's clocks are the oracle.
    core = min(os.sched_getaffinity(0))
    busy = f"import os, time; os.sched_setaffinity(0, {{{core}}}); end = time.monotonic() + 2\n"
    busy += "while time.monotonic() < end: pass\nprint(time.process_time() - began)"
    worker = "import time; from convnext_viz.lab.worker import give_way; give_way()\n"
    ready = "print('ready', flush=True); input(); began = time.process_time()\n"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", before + ready + busy],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        for before in (worker, "import time\n")
    ]
    for process in processes:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    trained, page = (float(process.communicate()[0]) for process in processes)
    assert page > 3 * trained
