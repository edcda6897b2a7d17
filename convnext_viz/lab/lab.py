"""The lab's interface for pages and notebooks: submit an experiment, steer its run, read it.

``lab = Lab(); run = lab.submit(experiment); lab.metrics(run)``. Training happens in worker
processes; all that passes between them and whoever reads is the database in the lab's folder, so
any number of pages, notebooks and servers may hold a ``Lab`` on the same folder.
"""

import contextlib
import json
import secrets
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from convnext_viz.data import sources
from convnext_viz.data.home_folder import home as default_home
from convnext_viz.data.sources import DataSpec
from convnext_viz.lab import (
    annotations,
    checkpoints,
    commands,
    estimate,
    queue,
    recorded,
    runs,
    speeds,
    starts,
    weights,
)
from convnext_viz.lab.commands import Command
from convnext_viz.lab.estimate import Estimate
from convnext_viz.lab.launcher import Launcher, LocalLauncher
from convnext_viz.lab.runs import Run, RunEvent
from convnext_viz.lab.store import Database, Store, curves, settings
from convnext_viz.lab.store import runs as store_runs
from convnext_viz.lab.workers import WorkerPool
from convnext_viz.nets import Pretrained
from convnext_viz.results import Curve, Difference, InternalsCurve, ProbeImages, Verdict
from convnext_viz.text import t
from convnext_viz.train import experiment as experiments
from convnext_viz.train.experiment import Experiment
from convnext_viz.train.verdict import Accuracies, compared, verdict

CAP = 5_000_000_000  # bytes that stored runs may take before some are offered for deletion


class Lab:
    """The lab in one folder (:func:`home` where none is given).

    Every method raises ValueError in words where the folder or its database cannot be used, and
    where there is no such run.
    """

    def __init__(self, home: Path | None = None, *, launcher: Launcher | None = None) -> None:
        self.home = home or default_home()
        self.store = Store(self.home)
        self.workers = WorkerPool(self.store, launcher or LocalLauncher())

    # What is done with a run

    def submit(self, experiment: Experiment, *, guess: str = "") -> str:
        """Queue ``experiment``; returns the run's id. It starts as soon as there is a place.

        ``guess`` is stored with it, to be compared with the verdict: the label of the arm that is
        expected to be best, or another word of the asker's. Raises ValueError where an arm's start
        cannot be had: weights that are not there yet are downloaded before the run is queued.
        """
        costs = experiments.costs(experiment, sources.facts(experiment.data))
        starts.found(experiment.arms, self.store)
        run = secrets.token_hex(4)
        with self.store.writing() as db:
            runs.add(db, run, experiment, costs, guess=guess)
        self.workers.reconcile(anew=True)
        return run

    def pause(self, run: str) -> None:
        """Pause it where it is, within a second; its worker keeps everything in memory."""
        self._command(run, "pause")

    def step(self, run: str, what: Literal["batch", "epoch"] = "batch") -> None:
        """Go on for one batch, or to the end of the epoch with its evaluation, then hold."""
        self._command(run, what)

    def stop(self, run: str) -> None:
        """End it, within a second; it can be resumed later."""
        self._command(run, "stop")

    def resume(self, run: str) -> None:
        """Go on: from a pause at once, from an end in the queue, exactly where it was."""
        self._command(run, "resume")

    def pin(self, run: str, pinned: bool = True) -> None:
        """Keep it from being offered for deletion."""
        with self._changing(run) as db:
            store_runs.change(db, run, pinned=int(pinned))

    def annotate(
        self,
        run: str,
        *,
        name: str | None = None,
        note: str | None = None,
        tags: Sequence[str] | None = None,
    ) -> None:
        """What it is called, what is noted of it, and words to find it by; None leaves it as is."""
        changed = annotations.columns(name, note, tags)
        with self._changing(run) as db:
            store_runs.change(db, run, **changed)

    def clone(self, run: str) -> Experiment:
        """Its experiment, to be changed and submitted anew."""
        return self.status(run).experiment

    def delete(self, run: str) -> None:
        """Remove it with everything recorded; raises ValueError while a worker has it."""
        self.workers.reconcile()
        with self._reading(run) as db:
            commands.check_free(db, run)
        # The files first: where the disk is full that makes room for the rest. A worker that took
        # the run this moment would begin its seed again and come to the same numbers.
        shutil.rmtree(checkpoints.folder(self.home, run), ignore_errors=True)
        with self._changing(run) as db:
            commands.remove(db, run)

    # What is read

    def runs(self) -> tuple[Run, ...]:
        """All runs, the newest first, and after them the recorded ones."""
        self.workers.reconcile()
        with self.store.reading() as db:
            own = runs.read(db, queue.orphans(db, self.workers.dead(db)))
        return own + recorded.read()[0]

    # The moment of a recorded run, in seconds of its training, shows it as it stood then.

    def status(self, run: str, *, moment: float | None = None) -> Run:
        """One run as it stands."""
        if recorded.is_one(run):
            return recorded.status(run, moment)
        self.workers.reconcile()
        with self._reading(run) as db:
            return runs.read(db, queue.orphans(db, self.workers.dead(db)), run)[0]

    def metrics(
        self, run: str, *, after: int = 0, points: int | None = None, moment: float | None = None
    ) -> tuple[Curve, ...]:
        """A curve for every arm and seed, the seeds in order; see :func:`curves.curves`."""
        with self._reading(run, moment) as db:
            return curves.curves(db, run, after=after, points=points)

    def internals(
        self, run: str, seed: int, *, moment: float | None = None
    ) -> tuple[InternalsCurve, ...]:
        """Gradient norm, activations, dead units and gamma of every stage and arm."""
        with self._reading(run, moment) as db:
            return curves.internals(db, run, seed)

    def probe_images(self, run: str, seed: int) -> ProbeImages | None:
        """Sixteen test images and what each arm predicts for them; None before it began, and for a
        recorded run, which has none."""
        with self._reading(run) as db:
            return curves.probe_images(db, run, seed)

    def confusion(
        self, run: str, label: str, seed: int, *, moment: float | None = None
    ) -> NDArray[np.int64] | None:
        """Test images by label (row) and prediction (column) at the last evaluation."""
        with self._reading(run, moment) as db:
            return curves.confusion(db, run, label, seed)

    def verdict(self, run: str, *, moment: float | None = None) -> Verdict | None:
        """Which factor mattered, by how much and how sure that is; None before two arms have
        finished a seed."""
        found, resolution = self.ends(run, moment)
        return verdict(self.status(run).experiment.arms, found, resolution=resolution)

    def differences(
        self, run: str, baseline: str | None = None, *, moment: float | None = None
    ) -> tuple[Difference, ...]:
        """Every arm against ``baseline`` (the first arm where None is named)."""
        found, resolution = self.ends(run, moment)
        return compared(found, baseline or next(iter(found)), resolution=resolution)

    def events(self, run: str, *, moment: float | None = None) -> tuple[RunEvent, ...]:
        """What happened to it, each as a sentence (``.said``)."""
        with self._reading(run, moment) as db:
            return runs.events(db, run)

    def table(self, run: str) -> list[dict[str, Any]]:
        """Every step of every arm as a row, for a CSV or JSON file."""
        with self._reading(run) as db:
            return list(curves.table(db, run))

    def environments(self, run: str) -> list[dict[str, Any]]:
        """Versions, device, threads and commit, once for each time it was begun or resumed."""
        with self._reading(run) as db:
            return store_runs.environments(db, run)

    def network(
        self, run: str, label: str, seed: int | None = None, *, step: int | None = None
    ) -> Pretrained:
        """An arm's network of the last checkpoint, ready for the Explain page; by default under the
        newest seed. Raises ValueError before the first checkpoint, and where it is not the one
        after ``step`` steps if these are given."""
        return weights.network(self.store, self.status(run), label, seed, step=step)

    def checkpoint_steps(self, run: str) -> dict[int, int]:
        """The step of the last checkpoint, by seed; empty where there is none."""
        return weights.steps(self.store, run)

    # Before a run, and the lab as a whole

    def estimate(self, experiment: Experiment) -> Estimate:
        """What it consists of and how long it takes; what is not known yet is being measured:
        ask again a moment later. Raises ValueError where an arm does not fit the data."""
        data = sources.facts(experiment.data)
        with self.store.reading() as db:
            given, requests = estimate.estimate(db, experiment, data)
        speeds.ask(self.store, requests)
        return given

    def warm(self, data: DataSpec | None = None, *, seconds: float = 60.0) -> None:
        """Keep a worker ready for so long, with ``data`` loaded; what was chosen is remembered.

        Call it when a page opens and while it is open.
        """
        if data is not None and data != self.remembered():
            with self.store.writing() as db:
                settings.write(db, "data", json.dumps(sources.to_dict(data)))
        self.workers.warm(seconds)

    def remembered(self) -> DataSpec:
        """The data that was chosen last; the shapes where none was."""
        with self.store.reading() as db:
            chosen = settings.read(db, "data")
        try:
            return sources.from_dict(json.loads(chosen)) if chosen else DataSpec()
        except (ValueError, TypeError):
            return DataSpec()

    def places(self, limit: int | None = None) -> int:
        """How many runs may run at once; sets it where a ``limit`` is given."""
        if limit is not None:
            if limit < 1:
                raise ValueError(t("lab.error.limit"))
            with self.store.writing() as db:
                settings.write(db, "limit", str(limit))
        with self.store.reading() as db:
            return queue.limit(db)

    def size(self) -> int:
        """Bytes of the database and of all checkpoints."""
        return checkpoints.taken(self.home)

    def expendable(self, cap: int = CAP) -> tuple[Run, ...]:
        """The oldest runs, ended and not pinned, whose deletion would bring the checkpoints below
        ``cap`` bytes; none while they are. They are offered, never removed by themselves."""
        return runs.expendable(self.runs(), self.size() - cap)

    def trouble(self) -> str | None:
        """What keeps the lab from working, as a sentence; None where nothing does."""
        return self.workers.trouble()

    def close(self) -> None:
        """Let all workers of the lab save what they have and go; their runs can be resumed."""
        self.workers.shutdown()

    def ends(self, run: str, moment: float | None = None) -> tuple[Accuracies, float]:
        """Final accuracies by arm and seed, and their smallest step."""
        with self._reading(run, moment) as db:
            found, data = curves.final_accuracies(db, run), store_runs.facts(db, run)
        return found, 1 / data["test"] if data else 0.0

    def _command(self, run: str, what: Command) -> None:
        self.workers.reconcile()
        with self._changing(run) as db:
            commands.send(db, run, what)
        self.workers.reconcile(anew=True)

    @contextlib.contextmanager
    def _reading(self, run: str, moment: float | None = None) -> Iterator[Database]:
        here = recorded.is_one(run)
        with recorded.opened(run, moment) if here else self.store.reading() as db:
            _check(db, run)
            yield db

    @contextlib.contextmanager
    def _changing(self, run: str) -> Iterator[Database]:
        with self.store.writing() as db:
            _check(db, run)
            yield db


def _check(db: Database, run: str) -> None:
    if not store_runs.exists(db, run):
        raise ValueError(t("lab.error.no_run", run=str(run)[:40]))
