"""A second place for workers: forks of this process, real ones that can be killed, without the
seconds that importing torch takes; and what to hold a lab's numbers against."""

import itertools
import json
import os
import signal
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch

from convnext_viz.data import DataSpec, load
from convnext_viz.lab import Lab, Run, command_reader, session
from convnext_viz.lab.launcher import LocalLauncher, Process, machine, start_time
from convnext_viz.lab.worker import Worker, warm_up_optimizer
from convnext_viz.nets import build
from convnext_viz.results import Evaluation, StepMetrics
from convnext_viz.specs import ConvNeXtSpec
from convnext_viz.train import Experiment, Recipe, grid, lockstep, prepare

TINY = ConvNeXtSpec(
    name="tiny",
    depths=(1, 1),
    dims=(8, 16),
    num_classes=10,
    patch_size=4,
    kernel_size=3,
    drop_path_rate=0.2,
    layer_scale=0.1,
)
DATA = DataSpec(train=96, test=40, image_size=16)
RECIPE = Recipe(
    batch_size=16, epochs=20, warmup_epochs=1, lr=0.01, cutout=4, ema_decay=0.9, evaluate_every=5
)


def experiment(**changes: object) -> Experiment:
    """Two arms, two seeds, 120 steps each: a second or two."""
    full = {
        "name": "twins",
        "arms": grid(TINY, {"norm": ["layer", "batch"]}),
        "data": DATA,
        "recipe": RECIPE,
        "seeds": (0, 3),
        **changes,
    }
    return Experiment(**full)  # type: ignore[arg-type]


class Forks(LocalLauncher):
    """Workers as forks of a nursery, which was forked itself while no database was open here:
    SQLite must not be carried over a fork."""

    def __init__(self) -> None:
        super().__init__()
        warm_up_optimizer()
        requests, self._ask = os.pipe()
        self._replies, tell = os.pipe()
        self.pids: list[int] = []
        self.nursery = os.fork()
        if self.nursery == 0:
            os.close(self._ask)
            _nurse(requests, tell)
        os.close(requests)
        os.close(tell)

    def start(self, home: Path, worker: str) -> Process:
        """A fork that serves and ends, with the pace that is set here at this moment."""
        wanted = {
            "home": str(home),
            "worker": worker,
            "checkpoint": session.CHECKPOINT_EVERY,
            "park": command_reader.PARK_AFTER,
            "backwards": time.time() < 1.5e9,
        }
        os.write(self._ask, json.dumps(wanted).encode() + b"\n")
        pid = int(os.read(self._replies, 100))
        self.pids.append(pid)
        return Process(machine(), pid, start_time(pid) or "")

    def end(self) -> None:
        """Leave none behind."""
        for pid in self.pids:
            kill(pid)
        self.pids.clear()

    def close(self) -> None:
        """The nursery as well."""
        self.end()
        os.close(self._ask)
        os.close(self._replies)
        os.waitpid(self.nursery, 0)


def _nurse(requests: int, tell: int) -> None:
    """Fork a worker for each line, until there are no more lines."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the dead
    torch.set_num_threads(1)
    with os.fdopen(requests) as lines:
        for line in lines:
            wanted = json.loads(line)
            pid = os.fork()
            if pid:
                os.write(tell, str(pid).encode())
                continue
            try:
                os.environ["CONVNEXT_VIZ_HOME"] = wanted["home"]
                session.CHECKPOINT_EVERY = wanted["checkpoint"]
                command_reader.PARK_AFTER = wanted["park"]
                if wanted["backwards"]:
                    times = itertools.count(10**9, -3600)
                    time.time = partial(next, times)
                Worker(Path(wanted["home"]), wanted["worker"]).serve()
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(0)
    os._exit(0)


def kill(pid: int | None) -> None:
    """kill -9, and wait until it is done."""
    if pid and start_time(pid):
        os.kill(pid, signal.SIGKILL)
        until(lambda: not start_time(pid))


def until(holds: Callable[[], object], seconds: float = 120.0) -> float:
    """Wait until it holds; how long that took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, "it never came"
        time.sleep(0.04)
    return time.monotonic() - began


def own(lab: Lab) -> list[Run]:
    """The runs of this lab, the newest first; recorded ones are everywhere."""
    return [run for run in lab.runs() if not run.recorded]


def ended(lab: Lab, run: str) -> bool:
    return lab.status(run).state not in ("queued", "running")


def worker_of(lab: Lab, run: str) -> int | None:
    """The process that has the run."""
    with lab.store.reading() as db:
        row = db.execute(
            "SELECT pid FROM runs JOIN workers ON workers.id = worker WHERE runs.id = ?", (run,)
        ).fetchone()
    return row[0] if row else None


def by_hand(requested: Experiment) -> dict[tuple[str, int], dict[str, list[float]]]:
    """What a plain loop without any lab gives: the oracle."""
    dataset, found = load(requested.data), {}
    for seed in requested.seeds:
        arms = prepare(
            {arm.label: build(arm.spec, seed=seed) for arm in requested.arms}, requested.recipe
        )
        lines = {
            label: {"step": [], "loss": [], "grad_norm": [], "test": [], "ema": []}
            for label in requested.labels
        }
        for event in lockstep(arms, dataset, requested.recipe, seed=seed):
            if isinstance(event, StepMetrics):
                for label, arm in event.arms.items():
                    lines[label]["step"].append(event.step)
                    lines[label]["loss"].append(arm.loss)
                    lines[label]["grad_norm"].append(arm.grad_norm)
            elif isinstance(event, Evaluation):
                for label, tested in event.arms.items():
                    lines[label]["test"].append(tested.net.loss)
                    lines[label]["ema"].append(tested.ema.accuracy if tested.ema else np.nan)
        found |= {(label, seed): lines[label] for label in lines}
    return found


def same_as_by_hand(lab: Lab, run: str, requested: Experiment) -> None:
    """Number for number, with as many threads: another number of them sums in another order."""
    torch.set_num_threads(lab.environments(run)[0]["threads"])
    expected = by_hand(requested)
    recorded = {(c.label, c.seed): c for c in lab.metrics(run)}
    assert recorded.keys() == expected.keys()
    for name, curve in recorded.items():
        lines = expected[name]
        assert curve.step.tolist() == lines["step"]
        for given, wanted in (
            (curve.loss, lines["loss"]),
            (curve.grad_norm, lines["grad_norm"]),
            (curve.test_loss, lines["test"]),
            (curve.ema_accuracy, lines["ema"]),
        ):
            wanted = [w if np.isfinite(w) else np.nan for w in wanted]
            np.testing.assert_array_equal(given, wanted)


def steps(lab, run):
    return sum(len(curve.step) for curve in lab.metrics(run))


def long(**changes):
    """An experiment that is not done before the test has looked at it."""
    recipe = Recipe(batch_size=16, epochs=500, warmup_epochs=1, evaluate_every=0)
    return experiment(**{"recipe": recipe, "seeds": (0,), **changes})
