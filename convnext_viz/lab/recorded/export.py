"""A finished run of a lab, made into a file that can be given away."""

import math
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from convnext_viz.data.sources import DataSpec, Kind
from convnext_viz.lab import curves
from convnext_viz.lab.lab import Lab
from convnext_viz.lab.recorded import form
from convnext_viz.text import t
from convnext_viz.train import experiment as experiments
from convnext_viz.train.experiment import Experiment

STEPS = 400  # of a curve are kept, about
LOOKS = 60  # of the looks inside a stage, about

_DROPPED = ("checkpoint_failed", "failed")  # they tell of files, which do not go along
_ENVIRONMENT = ("name", "label", "bf16", "threads", "torch", "python", "package", "commit")


def export(
    lab: Lab, run: str, file: Path, *, pictures: str = "", same_as: Kind | None = None
) -> None:
    """Write the finished ``run`` of ``lab`` into ``file`` (a ``.safetensors``).

    Kept, as measured: every n-th step (the first, the last and those of tests always), every n-th
    look inside, all tests, the last confusions; and the experiment, events and environments. Left
    out: pictures, what was said of them, weights, and every path. Pictures that came from a folder
    need a name instead (``pictures``); ``same_as`` says which known data set they are in substance,
    so that a clone of the run has something to learn from. Raises ValueError where the run is not
    finished or its pictures have no name.
    """
    status = lab.status(run)
    if status.state != "finished":
        raise ValueError(t("lab.error.unfinished"))
    data = _without_path(status.experiment.data, pictures, same_as)
    asked = replace(status.experiment, data=data)
    environments = [_environment(one) for one in lab.environments(run)]
    with lab.store.reading() as db:
        told, columns = _read(db, run, asked)
    told |= {
        "experiment": experiments.to_dict(asked),
        "environments": environments,
        "costs": [[cost.params, cost.macs] for cost in status.costs],
        "created": status.created,
        "elapsed": status.elapsed,
        "total": status.total,
        "per_epoch": status.per_epoch,
    }
    told["facts"]["name"] = pictures or told["facts"]["name"]
    form.write(file, told, columns)


def _without_path(data: DataSpec, pictures: str, same_as: Kind | None) -> DataSpec:
    if data.foreign and not pictures:
        raise ValueError(t("lab.error.pictures_unnamed", path=data.path))
    kind = same_as or data.kind
    return replace(data, kind=kind, path=pictures if kind in ("folder", "batches") else "")


def _environment(given: Mapping[str, Any]) -> dict[str, Any]:
    """Without what only names this one machine."""
    system = str(given.get("system", "")).partition("-")[0]
    return {name: given.get(name) for name in _ENVIRONMENT} | {"system": system}


def _read(
    db: sqlite3.Connection, run: str, asked: Experiment
) -> tuple[dict[str, Any], form.Columns]:
    kept = _kept_steps(db, run, asked.seeds)
    looked = sorted({row[0] for row in db.execute(_LOOKS, (run,))})
    looks = max(1, math.ceil(len(looked) / LOOKS))
    looked = sorted({*looked[::looks], *looked[-1:]})
    stages = [row[0] for row in db.execute(_STAGES, (run,))]
    places = {"seed": _places(asked.seeds), "stage": _places(stages)}
    columns: form.Columns = {}
    for table, names in form.TABLES.items():
        rows = db.execute(
            f"SELECT {', '.join(names)} FROM {table} WHERE run = ? ORDER BY {', '.join(names)}",
            (run,),
        ).fetchall()
        at = list(names).index("step")
        if table in ("ticks", "metrics"):
            rows = [row for row in rows if row[at] in kept[row[0]]]
        elif table == "internals":
            rows = [row for row in rows if row[at] in looked]
        for column, (name, how) in enumerate(names.items()):
            values = [row[column] for row in rows]
            if name in places:
                values = [places[name][value] for value in values]
            columns[f"{table}.{name}"] = _array(name, values, how)
    told = {
        "facts": curves.facts(db, run),
        "stages": stages,
        "every": max(1, math.ceil(_total(db, run) / STEPS)),
        "looks": looks,
        "events": [row for row in db.execute(_EVENTS, (run,)) if row[1] not in _DROPPED],
    }
    return told, columns


_LOOKS = "SELECT DISTINCT step FROM internals WHERE run = ?"
_STAGES = "SELECT DISTINCT stage FROM internals WHERE run = ? ORDER BY stage"
_EVENTS = "SELECT at, kind, seed, step, detail FROM events WHERE run = ? ORDER BY number"


def _total(db: sqlite3.Connection, run: str) -> int:
    return int(db.execute("SELECT total FROM runs WHERE id = ?", (run,)).fetchone()[0])


def _kept_steps(db: sqlite3.Connection, run: str, seeds: Sequence[int]) -> dict[int, set[int]]:
    """For each seed the steps that stay."""
    every = max(1, math.ceil(_total(db, run) / STEPS))
    found = {}
    for seed in seeds:
        at = (run, seed)
        steps = [r[0] for r in db.execute("SELECT step FROM ticks WHERE run = ? AND seed = ?", at)]
        stay = {step for step in steps if step % every == 0 or step == 1} | {max(steps, default=0)}
        for table in ("evaluations", "divergences"):
            chosen = f"SELECT step FROM {table} WHERE run = ? AND seed = ?"
            stay |= {row[0] for row in db.execute(chosen, at)}
        found[seed] = stay
    return found


def _places(values: Sequence[Any]) -> dict[Any, int]:
    return {value: place for place, value in enumerate(values)}


def _array(name: str, values: list[Any], how: str) -> np.ndarray[Any, Any]:
    if name == "pictures":
        tables = [np.frombuffer(value, "<i4") for value in values]
        side = math.isqrt(len(tables[0])) if tables else 0
        return np.array(tables, how).reshape(-1, side, side)
    if how.startswith("f"):
        values = [math.nan if value is None else value for value in values]
    return np.array(values, how)
