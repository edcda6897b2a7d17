"""The training session of a run in a worker: trains seed by seed, records, obeys commands."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from torch import Tensor

from convnext_viz.data import sources
from convnext_viz.data.dataset import Dataset
from convnext_viz.data.randomness import generator
from convnext_viz.lab import checkpoints, starts
from convnext_viz.lab.command_reader import CommandReader, Stop
from convnext_viz.lab.journal import EVERY, Journal, LostRun
from convnext_viz.lab.store import Database, NewerError, Store, StoreError, runs
from convnext_viz.lab.store import checkpoints as store_checkpoints
from convnext_viz.results import (
    Evaluation,
    EvaluationProgress,
    FeatureProgress,
    StepMetrics,
    StepProgress,
)
from convnext_viz.text import t, use_language
from convnext_viz.train import devices, experiment
from convnext_viz.train.arms import TrainingArm, prepare, restore
from convnext_viz.train.augment import normalize
from convnext_viz.train.feeding import normalisation
from convnext_viz.train.internals import internals
from convnext_viz.train.loop import lockstep
from convnext_viz.train.probes import predictions, probe_images
from convnext_viz.train.schedule import evaluation_due, steps_per_epoch, total_steps

LOOK_EVERY = 25  # steps between two looks inside
LOOK_AT = 32  # pictures
FINISH_WITHIN = 0.5  # seconds
CHECKPOINT_EVERY = 10.0  # seconds of training, at least; and twenty times what it costs

T = TypeVar("T")
Event = StepProgress | StepMetrics | FeatureProgress | EvaluationProgress | Evaluation
Look = Callable[[TrainingArm, int, int], None]  # at an arm under a seed after a step


@dataclass
class _Seed:
    """Where the training of one seed stands."""

    number: int
    arms: list[TrainingArm]
    seconds: float  # of training
    step: int
    evaluated: int = -1  # the step of the last evaluation


class Session:
    """The training of one run, from where it stands to its end or to a command to stop."""

    def __init__(self, store: Store, run: str, worker: str, *, threads: int) -> None:
        self.store, self.run = store, run
        with store.reading() as db:
            (row,) = runs.rows(db, run)
            first = runs.environments(db, run)[:1]
            self._facts = runs.facts(db, run)  # of when it began; none before
        self.experiment = experiment.from_dict(json.loads(row["experiment"]))
        self.start_seed: int = row["seed_index"]
        use_language(row["language"])
        self.elapsed: float = row["elapsed"]
        self._held_at: int = row["step"]
        # The same numbers need the same sums: as many threads as when the run began.
        self.device = devices.choose(first[0]["threads"] if first else threads)
        self.journal = Journal(store, run, worker, self.experiment.labels)
        self.control = CommandReader(
            self.journal, last_seen=row["heard"], paused=bool(row["paused"])
        )
        self._saved_at = time.monotonic()
        self._cost = 0.0  # seconds that a checkpoint takes
        self._failed = False
        self._step_seconds = 0.0
        self._last_step = 0  # of every seed

    def train(self, leave: Callable[[], bool]) -> None:
        """Train to the end; ``leave`` is asked at every event whether the worker must go.

        Raises Stop where a command or ``leave`` ends it (the run can be resumed), and whatever goes
        wrong with data or networks.
        """
        torch.set_num_threads(self.device.threads)
        devices.repeatable()
        dataset = sources.load(self.experiment.data)
        self.starts = starts.found(self.experiment.arms, self.store)
        self._introduce(dataset)
        for index in range(self.start_seed, len(self.experiment.seeds)):
            if not self._done(self.experiment.seeds[index]):
                self._train_seed(index, dataset, leave)

    def _introduce(self, dataset: Dataset) -> None:
        recipe = self.experiment.recipe
        per_epoch = steps_per_epoch(len(dataset.train_images), recipe)
        facts: dict[str, Any] = {
            "name": dataset.name,
            "classes": dataset.classes,
            "mean": dataset.mean,
            "std": dataset.std,
            "image_size": list(dataset.test_images.shape[-2:]),
            "test": len(dataset.test_images),
            "starts": starts.marks(self.starts),
            "normalisation": {
                arm.label: [how.mean, how.std]
                for arm in self.experiment.arms
                if arm.start and (how := self.starts[arm.start].preprocess)
            },
        }
        for start, mark in self._facts.get("starts", {}).items():
            if facts["starts"].get(start) != mark:
                raise ValueError(t("lab.error.start_changed", start=start))
        self.probe_images = dataset.test_images[probe_images(dataset)]
        labels = dataset.test_labels[probe_images(dataset)].tolist()
        pixels = self.probe_images.permute(0, 2, 3, 1).contiguous().numpy().tobytes()
        self.journal.beginning(pixels, labels, devices.environment(self.device))
        self._last_step = total = total_steps(per_epoch, recipe)
        self.journal.progress(total=total, per_epoch=per_epoch, data=json.dumps(facts))
        self.journal.flush()

    def _train_seed(self, index: int, dataset: Dataset, leave: Callable[[], bool]) -> None:
        recipe, seed = self.experiment.recipe, self.experiment.seeds[index]
        given = self.experiment.arms
        arms = prepare(
            {arm.label: starts.net_of(arm, self.starts, seed) for arm in given},
            recipe,
            device=self.device.name,
            learning={arm.label: starts.learning_of(arm, self.starts) for arm in given},
        )
        snapshot = self._snapshot(seed)
        start = restore(arms, snapshot[0]) if snapshot else 0
        now = _Seed(seed, arms, snapshot[1] if snapshot else 0.0, start)
        self.journal.progress(seed_index=index)
        self.journal.event("seed_started", seed, start)
        per_epoch = steps_per_epoch(len(dataset.train_images), recipe)
        self.control.per_epoch = per_epoch
        self._held_at = self._held_at if index == self.start_seed else 0
        self.control.begin(start, self._held_at)
        look = self._looking(dataset)
        events = lockstep(
            arms, dataset, recipe, seed=seed, start_step=start, device=self.device.name
        )
        self._apply(now, None, leave, per_epoch)
        began = time.perf_counter()
        for event in events:
            self.elapsed += time.perf_counter() - began
            self._record(now, event, look)
            self._apply(now, event, leave, per_epoch)
            began = time.perf_counter()
        last = index + 1 == len(self.experiment.seeds)
        self.journal.progress(seed_index=index + (not last), step=now.step if last else 0)
        self.journal.event("seed_done", seed, now.step)
        self._checkpoint(now, final=True)
        self.journal.insist()

    def _done(self, seed: int) -> bool:
        """Whether a worker before this one came to the end of ``seed`` and died before it could
        say that the run is finished."""
        return self._read(lambda db: store_checkpoints.is_done(db, self.run, seed))

    def _snapshot(self, seed: int) -> tuple[dict[str, Tensor], float] | None:
        """The last checkpoint."""
        return self._read(lambda db: checkpoints.latest(db, self.store.home, self.run, seed))

    def _read(self, ask: Callable[[Database], T]) -> T:
        """What the database says, however long it takes to be usable."""
        while True:
            try:
                with self.store.reading() as db:
                    return ask(db)
            except NewerError as error:
                raise LostRun(self.run) from error
            except StoreError:
                time.sleep(EVERY)

    def _looking(self, dataset: Dataset) -> Look:
        """What looks inside an arm and at its predictions, always on the same pictures."""
        images = self.probe_images.to(self.device.name)
        order = torch.randperm(len(dataset.train_images), generator=generator("look"))[:LOOK_AT]
        some = dataset.train_images[order].to(self.device.name)
        labels = dataset.train_labels[order].to(self.device.name)

        def look(arm: TrainingArm, seed: int, step: int) -> None:
            assert isinstance(arm.net, torch.nn.Sequential)
            mean, std = normalisation(arm, dataset)
            x = normalize(some, mean, std)
            self.journal.internals(seed, arm.label, step, internals(arm.net, x, labels))
            classes, chances = predictions(arm.net, normalize(images, mean, std))
            self.journal.predictions(seed, arm.label, step, classes, chances)

        return look

    def _record(self, now: _Seed, event: Event, look: Look) -> None:
        if isinstance(event, StepMetrics):
            now.seconds += event.seconds
            now.step = event.step
            self._step_seconds = event.seconds
            self.journal.step(now.number, event, now.seconds)
            # Steps made once more on the way back are no news.
            shown = max(event.step, self._held_at)
            self.journal.progress(step=shown, elapsed=self.elapsed)
            if event.step in (1, self._last_step) or event.step % LOOK_EVERY == 0:
                for arm in now.arms:
                    if arm.diverged_at is None:
                        look(arm, now.number, event.step)
            if event.step == 1:
                self.journal.flush()  # who waits for the first number sees it at once
        elif isinstance(event, Evaluation):
            now.evaluated = event.step
            self.journal.evaluation(now.number, event)
        self.journal.flush_if_due()

    def _apply(
        self, now: _Seed, event: Event | None, leave: Callable[[], bool], per_epoch: int
    ) -> None:
        control = self.control
        control.at = now.step
        control.read()
        while self.journal.crowded and not (control.ends or leave()):
            time.sleep(EVERY)
            self.journal.flush()
            control.read(now=True)
        step_complete = not isinstance(event, StepProgress)
        going = control.ends or leave()
        if going and isinstance(event, StepProgress):
            # A step that is nearly done is worth keeping; a long one is made again when resumed.
            going = self._step_seconds * (1 - event.done / event.total) > FINISH_WITHIN
        elif going or self._since_checkpoint() > max(CHECKPOINT_EVERY, 20 * self._cost):
            self._checkpoint(now) if step_complete else None
        if going:
            raise Stop("stopped" if control.ends else "interrupted")
        due = evaluation_due(now.step, per_epoch, self.experiment.recipe)
        settled = not due or now.evaluated == now.step  # an evaluation belongs to its step
        if control.waits and (settled or not control.stepped):
            if step_complete and event is not None and self._since_checkpoint() > 1.0:
                self._checkpoint(now)
            control.wait(leave)

    def _since_checkpoint(self) -> float:
        return time.monotonic() - self._saved_at

    def _checkpoint(self, now: _Seed, *, final: bool = False) -> None:
        """A checkpoint that cannot be written must not cost the run: the one before stays."""
        began = time.monotonic()
        try:
            checkpoints.save(
                self.journal,
                now.arms,
                seed=now.number,
                step=now.step,
                seconds=now.seconds,
                final=final,
            )
            self._failed = False
        except (OSError, SafetensorError) as error:
            if not self._failed:
                self.journal.event("checkpoint_failed", now.number, now.step, reason=str(error))
            self._failed = True
        self._saved_at = time.monotonic()
        self._cost = self._saved_at - began
