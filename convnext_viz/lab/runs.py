"""Runs and their events, as read from the database: state, place in the queue, progress, costs."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from convnext_viz.lab import queue
from convnext_viz.lab.queue import State
from convnext_viz.lab.store import Database, checkpoints, commands
from convnext_viz.lab.store import runs as store_runs
from convnext_viz.specs import to_dict as spec_to_dict
from convnext_viz.specs.variant_labels import shown
from convnext_viz.text import language, t
from convnext_viz.train import experiment as experiments
from convnext_viz.train.experiment import ArmCost, Experiment


@dataclass(frozen=True, kw_only=True)
class Run:
    """One submitted experiment."""

    id: str
    number: int  # the order of submission
    name: str
    experiment: Experiment
    state: State
    wanted: str  # a command that the worker has not read yet, else ""
    place: int | None  # in the queue, from 1
    message: str  # what went wrong, as a sentence
    pinned: bool
    note: str
    tags: tuple[str, ...]
    owner: str  # who submitted it; empty: whoever sits at the computer that runs the app
    shared: bool  # a teacher lets every visitor look at it
    guess: str  # the arm that was expected to be best, or another word; empty: nobody guessed
    created: float  # seconds since 1970
    costs: tuple[ArmCost, ...]
    seed: int  # that is being trained, or was last
    seeds_done: int
    step: int  # of this seed
    total: int | None  # steps a seed; None before it started
    per_epoch: int | None  # steps
    elapsed: float  # seconds of training
    diverged: Mapping[str, Mapping[int, int]]  # step by label and seed
    size: int  # bytes of checkpoints
    recorded: bool = False  # out of a recording's file: it has no weights, and nothing changes it
    moment: float | None = None  # of a recorded one: as it stood after so many seconds of training

    @property
    def share(self) -> float:
        """How much of it is done, 0 … 1."""
        if self.state == "finished":
            return 1.0
        if not self.total:
            return 0.0
        seeds = len(self.experiment.seeds)
        return min(1.0, (self.seeds_done * self.total + self.step) / (seeds * self.total))

    @property
    def epoch(self) -> float:
        """Passes over the training pictures done under this seed."""
        return self.step / self.per_epoch if self.per_epoch else 0.0

    @property
    def seconds_left(self) -> float | None:
        """At the pace so far; None before there is one, or where nothing is to come."""
        if self.state not in ("running", "paused", "interrupted", "stopped") or not self.share:
            return None
        return self.elapsed * (1 - self.share) / self.share

    @property
    def resumable(self) -> bool:
        """Whether it can be taken up again where it ended."""
        return self.state in queue.RESUMABLE

    @property
    def live(self) -> bool:
        """Whether it may still change by itself."""
        return self.state in queue.LIVE


@dataclass(frozen=True)
class RunEvent:
    """Something that happened to a run."""

    at: float  # seconds since 1970
    kind: str
    seed: int | None
    step: int | None
    detail: Mapping[str, Any]

    @property
    def said(self) -> str:
        """It as a sentence in the current language."""
        values = {"reason": "", "loss": "", **self.detail}
        values["arm"] = shown(str(self.detail.get("arm", "")))
        return t(f"lab.event.{self.kind}", seed=self.seed, step=self.step, **values)


def add(
    db: Database,
    run: str,
    experiment: Experiment,
    costs: Sequence[ArmCost],
    *,
    guess: str,
    owner: str,
) -> None:
    """Queue an experiment under the id ``run``, within a transaction."""
    store_runs.add(
        db,
        run,
        name=experiment.name,
        experiment=json.dumps(experiments.to_dict(experiment)),
        language=language(),
        created=time.time(),
        state="queued",
        guess=guess,
        owner=owner,
    )
    for position, (arm, cost) in enumerate(zip(experiment.arms, costs, strict=True)):
        spec = json.dumps(spec_to_dict(arm.spec))
        store_runs.add_arm(db, run, position, arm.label, spec, cost.params, cost.macs)
    store_runs.add_event(db, run, "submitted")


def read(db: Database, orphans: set[str], run: str | None = None) -> tuple[Run, ...]:
    """All runs, the newest first, or one; ``orphans`` are shown as interrupted."""
    places, sizes, wanted = queue.places(db), checkpoints.sizes(db), commands.unread(db)
    found = []
    for row in store_runs.rows(db, run):
        state: State = "interrupted" if row["id"] in orphans else row["state"]
        given = _run(db, row, state)
        found.append(
            replace(
                given,
                wanted=wanted.get(given.id, "") if state in ("running", "paused") else "",
                place=places.get(given.id),
                size=sizes.get(given.id, 0),
            )
        )
    return tuple(found)


def check_exists(db: Database, run: str) -> None:
    """Raises ValueError where there is no such run."""
    if not store_runs.exists(db, run):
        raise no_run(run)


def no_run(run: str) -> ValueError:
    """What is said of a run that is not there, and of one that is not for this visitor."""
    return ValueError(t("lab.error.no_run", run=str(run)[:40]))


def events(db: Database, run: str) -> tuple[RunEvent, ...]:
    """What happened to a run, in order."""
    return tuple(
        RunEvent(at, kind, seed, step, json.loads(detail) if detail else {})
        for at, kind, seed, step, detail in store_runs.events(db, run)
    )


def _run(db: Database, row: Mapping[str, Any], state: State) -> Run:
    """A run by its own rows."""
    experiment = _experiment(row["experiment"])
    arms = store_runs.arms(db, row["id"])
    diverged: dict[str, dict[int, int]] = {}
    for seed, arm, step in store_runs.divergences(db, row["id"]):
        diverged.setdefault(arms[arm][0], {})[seed] = step
    return Run(
        id=row["id"],
        number=row["number"],
        name=row["name"],
        experiment=experiment,
        state=state,
        wanted="",
        place=None,
        message=row["message"],
        pinned=bool(row["pinned"]),
        note=row["note"],
        tags=tuple(json.loads(row["tags"])),
        owner=row["owner"],
        shared=bool(row["shared"]),
        guess=row["guess"],
        created=row["created"],
        costs=tuple(ArmCost(label=arm[0], params=arm[1], macs=arm[2]) for arm in arms),
        seed=experiment.seeds[row["seed_index"]],
        seeds_done=len(experiment.seeds) if state == "finished" else row["seed_index"],
        step=row["step"],
        total=row["total"],
        per_epoch=row["per_epoch"],
        elapsed=row["elapsed"],
        diverged=diverged,
        size=0,
    )


@lru_cache(maxsize=256)
def _experiment(text: str) -> Experiment:
    return experiments.from_dict(json.loads(text))


def expendable(found: Sequence[Run], over: int) -> tuple[Run, ...]:
    """The oldest of ``found``, ended and not pinned, that take ``over`` bytes together."""
    offered = []
    for run in reversed(found):
        if over <= 0:
            break
        ended = run.state in ("finished", *queue.RESUMABLE)
        if ended and not (run.pinned or run.recorded):
            offered.append(run)
            over -= run.size
    return tuple(offered)
