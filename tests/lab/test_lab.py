"""The lab's interface: queue, run list, two servers on one folder, dead workers, foreign files."""

import json
import os
import time

import pytest
import torch

from convnext_viz.data import DataSpec, load
from convnext_viz.lab import Lab, queue, too_long, within
from convnext_viz.lab.launcher import LocalLauncher, Process, machine, start_time, this_process
from convnext_viz.lab.weights import checkpoints
from convnext_viz.lab.workers import MAX_FAILED_STARTS
from convnext_viz.text import use_language
from convnext_viz.train import Recipe, prepare
from convnext_viz.train.verdict_words import said
from tests.lab.forked import DATA, ended, experiment, kill, own, until, worker_of

QUICK = Recipe(batch_size=48, epochs=2, warmup_epochs=0, evaluate_every=1)
ENDLESS = Recipe(batch_size=16, epochs=5000, warmup_epochs=1, evaluate_every=0)


class Nowhere(LocalLauncher):
    """A place where nothing can be started: what is queued stays queued."""

    def start(self, home, worker):
        raise OSError


@pytest.fixture
def idle(tmp_path, monkeypatch):
    monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(tmp_path))
    return Lab(tmp_path, launcher=Nowhere())


def test_runs_wait_for_their_place_and_take_it_in_turn(lab):
    assert lab.places(1) == 1
    first, second, third = (
        lab.submit(experiment(name=name, recipe=recipe, seeds=(0,)))
        for name, recipe in (("a", ENDLESS), ("b", QUICK), ("c", QUICK))
    )
    until(lambda: lab.status(first).step)
    assert [run.name for run in own(lab)] == ["c", "b", "a"]
    assert [lab.status(run).place for run in (first, second, third)] == [None, 1, 2]
    lab.stop(second)
    assert (lab.status(second).state, lab.status(third).place) == ("stopped", 1)
    lab.pause(first)  # gives its place, keeps its state
    until(lambda: lab.status(third).state == "finished")
    lab.resume(first)
    until(lambda: lab.status(first).state == "running")
    lab.stop(first)
    until(lambda: ended(lab, first))


def test_who_resumes_while_all_places_are_taken_waits(lab):
    lab.places(1)
    paused = lab.submit(experiment(recipe=ENDLESS, seeds=(0,)))
    until(lambda: lab.status(paused).step)
    lab.pause(paused)
    until(lambda: lab.status(paused).state == "paused")
    other = lab.submit(experiment(recipe=ENDLESS, seeds=(0,)))
    until(lambda: lab.status(other).step)
    lab.resume(paused)
    until(lambda: lab.status(paused).state == "queued")
    assert lab.status(paused).place == 1
    lab.stop(other)
    until(lambda: lab.status(paused).state == "running")


def test_two_servers_share_one_folder(lab, forks):
    neighbour = Lab(lab.home, launcher=forks)
    runs = [one.submit(experiment(recipe=QUICK, seeds=(0,))) for one in (lab, neighbour) * 2]
    until(lambda: all(ended(lab, run) for run in runs))
    for run in runs:
        assert neighbour.status(run).state == "finished"
        assert len(neighbour.metrics(run)) == 2
    with lab.store.reading() as db:
        begun = db.execute("SELECT count(*) FROM environments").fetchone()
    assert begun == (4,)  # nobody's run was trained twice


def test_the_shelf(idle):
    requested = experiment(recipe=QUICK)
    run, other = idle.submit(requested), idle.submit(requested)
    assert idle.clone(run) == requested
    idle.pin(run)
    idle.annotate(run, name=" a  better\nname ")
    assert (idle.status(run).pinned, idle.status(run).name) == (True, "a better name")
    assert idle.status(run).costs[0].params > 0
    with pytest.raises(ValueError, match="name"):
        idle.annotate(run, name=" ")
    idle.stop(run)
    idle.delete(run)
    assert [r.id for r in own(idle)] == [other]
    with pytest.raises(ValueError, match=run):
        idle.status(run)
    with idle.store.reading() as db:
        for (table,) in db.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        ).fetchall():
            columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
            if "run" in columns:
                rows = db.execute(f"SELECT count(*) FROM {table} WHERE run = ?", (run,))
                assert rows.fetchone() == (0,)


@pytest.mark.parametrize("run", ["nonsense", "", "' OR 1 = 1 --", "x" * 5000])
def test_a_link_to_no_run_is_a_sentence(idle, run):
    for use in (idle.status, idle.metrics, idle.pause, idle.events, idle.delete, idle.table):
        with pytest.raises(ValueError, match="no run"):
            use(run)
    with use_language("zh"), pytest.raises(ValueError, match="没有编号"):
        idle.status(run)


def test_a_finished_run_in_all_its_parts(lab):
    requested = experiment(recipe=QUICK, seeds=(0, 1))
    with pytest.raises(ValueError, match="no weights"):
        lab.network(lab.submit(experiment(recipe=ENDLESS)), requested.arms[0].label)
    stuck = lab.runs()[0].id
    lab.stop(stuck)
    until(lambda: ended(lab, stuck))
    run = lab.submit(requested)
    until(lambda: ended(lab, run))
    status = lab.status(run)
    assert (status.share, status.seconds_left, status.seeds_done) == (1.0, None, 2)
    rows = lab.table(run)
    assert len(rows) == 2 * 2 * 4
    assert json.loads(json.dumps(rows)) == rows
    assert {row["test_accuracy"] is not None for row in rows if row["step"] in (2, 4)} == {True}
    with pytest.raises(ValueError, match="finished"):
        lab.resume(run)
    (of_second,) = lab.differences(run)
    given = lab.verdict(run)
    assert given is not None and given.pairs[0].mean == pytest.approx(abs(of_second.mean))
    assert "2 seeds" in said(given)[0]
    tests = {(c.label, c.seed): c.test_accuracy[-1] for c in lab.metrics(run)}
    one, other = requested.labels
    expected = [tests[other, seed] - tests[one, seed] for seed in (0, 1)]
    assert list(of_second.each) == pytest.approx(expected)
    assert [len(c.step) for c in lab.metrics(run, after=3)] == [1] * 4
    assert [len(c.step) for c in lab.metrics(run, points=2)] == [3] * 4  # 1, 2 and 4
    assert [run.id for run in lab.expendable(0)] == [stuck, run]
    assert lab.expendable(10**12) == ()
    lab.pin(stuck)
    assert [run.id for run in lab.expendable(0)] == [run]
    assert lab.size() > sum(run.size for run in lab.runs()) > 0


def test_the_net_under_the_lens_scores_as_recorded(lab):
    requested = experiment(recipe=QUICK, seeds=(0, 1))
    run = lab.submit(requested)
    until(lambda: ended(lab, run))
    label, spec = requested.arms[1].label, requested.arms[1].spec
    dataset = load(DATA)
    for seed in (0, 1):
        shown = lab.network(run, label, seed)
        assert (shown.spec, shown.labels) == (spec, dataset.classes)
        mean, std = (torch.tensor(v)[:, None, None] for v in (shown.preprocess.mean,
                                                              shown.preprocess.std))  # fmt: skip
        chosen = shown.net((dataset.test_images / 255 - mean) / std).argmax(1)
        right = (chosen == dataset.test_labels).float().mean().item()
        curve = next(c for c in lab.metrics(run) if (c.label, c.seed) == (label, seed))
        assert right == pytest.approx(curve.test_accuracy[-1])
    newest = lab.network(run, label).net.state_dict()
    of_one = lab.network(run, label, 1).net.state_dict()
    assert all(torch.equal(newest[name], of_one[name]) for name in newest)
    with pytest.raises(ValueError, match="no variant"):
        lab.network(run, "nobody")


def test_costs_and_time_before_it_starts(lab):
    requested = experiment(recipe=QUICK)
    assert lab.estimate(requested).seconds is None
    lab.warm(DATA)
    until(lambda: lab.estimate(requested).measured)
    given = lab.estimate(requested)
    assert (given.steps, given.per_epoch, given.seeds) == (4, 2, 2)
    assert given.seconds == pytest.approx(sum(arm.seconds for arm in given.arms))
    assert too_long(given, 60) is None
    assert "not even one epoch" in too_long(given, 1e-9)
    one_epoch = 1.5 * given.seconds / 60 * given.per_epoch / given.steps
    assert "1 epochs" not in too_long(given, one_epoch)
    minutes = 10 * given.seconds / 60
    longer = within(requested, given, minutes)
    assert longer.recipe.epochs in (19, 20)
    assert lab.estimate(longer).seconds <= 60 * minutes * 1.001
    rough = lab.estimate(experiment(recipe=QUICK, seeds=(0, 1, 2)))
    assert rough.measured
    assert rough.seconds == pytest.approx(1.5 * given.seconds)
    assert lab.remembered() == DATA


def test_an_arm_for_other_classes_is_refused_before_it_is_queued(idle):
    with pytest.raises(ValueError, match="num_classes=100"):
        idle.submit(experiment(data=DataSpec(kind="cifar100")))
    assert own(idle) == []


def test_a_dead_workers_run_is_seen_by_whoever_looks_first(lab, forks):
    run = lab.submit(experiment(recipe=ENDLESS, seeds=(0,)))
    until(lambda: lab.status(run).step)
    pid = worker_of(lab, run)
    kill(pid)
    assert Lab(lab.home, launcher=forks).status(run).state == "interrupted"
    assert lab.events(run)[-1].said.startswith("Interrupted")


def test_what_was_told_to_the_dead_is_not_told_to_the_next(lab):
    run = lab.submit(experiment(recipe=QUICK, seeds=(0,)))
    until(lambda: lab.status(run).state != "queued")
    kill(worker_of(lab, run))
    if lab.status(run).state == "interrupted":
        with lab.store.writing() as db:
            db.execute("INSERT INTO commands (run, what) VALUES (?, 'stop')", (run,))
        lab.resume(run)
    until(lambda: ended(lab, run))
    assert lab.status(run).state == "finished"


def test_a_process_number_given_to_another_is_not_taken_for_the_worker():
    place, me = LocalLauncher(), this_process()
    assert place.alive(me)
    assert place.alive(Process(me.machine, me.pid, "an earlier start")) is False
    assert place.alive(Process("another machine", me.pid, me.start_time)) is None
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    until(lambda: not start_time(pid))  # only its remains are there
    assert place.alive(Process(machine(), pid, "")) is False
    os.waitpid(pid, 0)


def test_a_worker_that_cannot_be_looked_at_lives_while_it_beats(idle, monkeypatch):
    monkeypatch.setattr(queue, "HEARTBEAT_TIMEOUT", 0.3)
    run = idle.submit(experiment())
    with idle.store.writing() as db:
        db.execute("INSERT INTO workers (id, machine, pid, born) VALUES ('w', 'far', 1, '')")
        db.execute("UPDATE runs SET state = 'running', worker = 'w' WHERE id = ?", (run,))
    for _ in range(5):
        time.sleep(0.15)
        with idle.store.writing() as db:
            db.execute("UPDATE workers SET beat = beat + 1")
        assert idle.status(run).state == "running"
    time.sleep(0.4)
    assert idle.status(run).state == "interrupted"


def test_workers_that_die_at_birth_are_not_started_for_ever(idle):
    idle.submit(experiment())
    for _ in range(10):
        idle.runs()
    assert idle.workers._failed_starts == MAX_FAILED_STARTS
    assert "worker.log" in idle.trouble()


def test_a_broken_interpreter_is_told_and_logged(tmp_path, monkeypatch):
    monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(tmp_path))
    monkeypatch.setattr("sys.executable", "/bin/false")
    lab = Lab(tmp_path)
    run = lab.submit(experiment())
    until(lambda: own(lab) and lab.trouble())
    assert lab.status(run).state == "queued"


def test_steering_what_nobody_has(idle):
    run = idle.submit(experiment())
    idle.pause(run)
    assert idle.status(run).state == "paused"
    idle.resume(run)
    assert idle.status(run).place == 1
    idle.stop(run)
    idle.stop(run)
    assert idle.status(run).state == "stopped"
    idle.resume(run)
    assert idle.status(run).state == "queued"
    assert [event.kind for event in idle.events(run)] == [
        "submitted", "paused", "stopped", "resumed",
    ]  # fmt: skip


def test_a_checkpoint_that_is_not_there_is_no_crash(tmp_path):
    with pytest.raises(OSError):
        checkpoints.weights(tmp_path / "none.safetensors", "a")
    arms = prepare({"a/b": torch.nn.Linear(2, 2)}, QUICK)
    assert arms[0].label == "a/b"
