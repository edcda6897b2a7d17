"""What is to be known of a run at one look: its state, its place, how far it is."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from convnext_viz.lab import queue
from convnext_viz.lab.queue import State
from convnext_viz.text import t
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
    wanted: str  # a command that the worker has not heard yet, else ""
    place: int | None  # in the queue, from 1
    message: str  # what went wrong, as a sentence
    pinned: bool
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
        values = {"arm": "", "reason": "", "loss": "", **self.detail}
        return t(f"lab.event.{self.kind}", seed=self.seed, step=self.step, **values)


def read(db: sqlite3.Connection, orphans: set[str], run: str | None = None) -> tuple[Run, ...]:
    """All runs, the newest first, or one; ``orphans`` are shown as interrupted."""
    rows = db.execute(
        "SELECT * FROM runs WHERE ? IS NULL OR id = ? ORDER BY number DESC", (run, run)
    )
    columns = [column[0] for column in rows.description]
    given = [dict(zip(columns, row, strict=True)) for row in rows]
    places = queue.places(db)
    sizes = dict(db.execute("SELECT run, sum(bytes) FROM checkpoints GROUP BY run"))
    wanted = dict(
        db.execute(
            "SELECT run, what FROM commands JOIN runs ON run = id WHERE commands.number > heard "
            "ORDER BY commands.number"
        )
    )
    return tuple(
        _run(
            db, row, "interrupted" if row["id"] in orphans else row["state"], places, sizes, wanted
        )
        for row in given
    )


def events(db: sqlite3.Connection, run: str) -> tuple[RunEvent, ...]:
    """What happened to a run, in order."""
    rows = db.execute(
        "SELECT at, kind, seed, step, detail FROM events WHERE run = ? ORDER BY number", (run,)
    )
    return tuple(
        RunEvent(at, kind, seed, step, json.loads(detail) if detail else {})
        for at, kind, seed, step, detail in rows
    )


def _run(
    db: sqlite3.Connection,
    row: Mapping[str, Any],
    state: State,
    places: Mapping[str, int],
    sizes: Mapping[str, int],
    wanted: Mapping[str, str],
) -> Run:
    asked = _experiment(row["experiment"])
    id_ = row["id"]
    arms = db.execute(
        "SELECT label, params, macs FROM arms WHERE run = ? ORDER BY position", (id_,)
    ).fetchall()
    diverged: dict[str, dict[int, int]] = {}
    for arm, seed, step in db.execute(
        "SELECT arm, seed, step FROM divergences WHERE run = ?", (id_,)
    ):
        diverged.setdefault(arms[arm][0], {})[seed] = step
    finished = state == "finished"
    return Run(
        id=id_,
        number=row["number"],
        name=row["name"],
        experiment=asked,
        state=state,
        wanted=wanted.get(id_, "") if state in ("running", "paused") else "",
        place=places.get(id_),
        message=row["message"],
        pinned=bool(row["pinned"]),
        guess=row["guess"],
        created=row["created"],
        costs=tuple(ArmCost(label=arm[0], params=arm[1], macs=arm[2]) for arm in arms),
        seed=asked.seeds[row["seed_index"]],
        seeds_done=len(asked.seeds) if finished else row["seed_index"],
        step=row["step"],
        total=row["total"],
        per_epoch=row["per_epoch"],
        elapsed=row["elapsed"],
        diverged=diverged,
        size=sizes.get(id_, 0),
    )


@lru_cache(maxsize=256)
def _experiment(text: str) -> Experiment:
    return experiments.from_dict(json.loads(text))
