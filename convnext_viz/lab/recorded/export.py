"""Export of a finished run into a file that can be given away."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from convnext_viz.data.sources import DataSpec, Kind
from convnext_viz.lab.lab import Lab
from convnext_viz.lab.recorded import form
from convnext_viz.lab.store import Database, recordings, runs
from convnext_viz.text import t
from convnext_viz.train import experiment as experiments
from convnext_viz.train.experiment import Experiment

STEPS = 400  # recorded of a curve, about,
ROWS = 3200  # and of the curves of all arms with one seed: of many arms each is thinner
LOOKS = 60  # of the looks inside a stage, about

_DROPPED = ("checkpoint_failed", "failed")  # they tell of files, which do not go along
_ENVIRONMENT = ("name", "label", "bf16", "threads", "torch", "python", "package", "commit")


def export(
    lab: Lab, run: str, file: Path, *, pictures: str = "", same_as: Kind | None = None
) -> None:
    """Write the finished ``run`` of ``lab`` into ``file`` (a ``.safetensors``).

    Recorded as measured: every n-th step (the first, the last and those of tests always), every
    n-th look inside, all tests, the last confusions; and the experiment, events and environments.
    Left out: pictures, what was said of them, weights, and every path. Pictures of a folder
    need a name instead (``pictures``); ``same_as`` says which known data set they are in substance,
    so that a clone of the run has something to learn from. Raises ValueError where the run is not
    finished or its pictures have no name.
    """
    status = lab.status(run)
    if status.state != "finished":
        raise ValueError(t("lab.error.unfinished"))
    data = _without_path(status.experiment.data, pictures, same_as)
    experiment = replace(status.experiment, data=data)
    environments = [_environment(one) for one in lab.environments(run)]
    with lab.store.reading() as db:
        card, columns = _read(db, run, experiment, status.total or 1)
    card |= {
        "experiment": experiments.to_dict(experiment),
        "environments": environments,
        "costs": [[cost.params, cost.macs] for cost in status.costs],
        "created": status.created,
        "elapsed": status.elapsed,
        "total": status.total,
        "per_epoch": status.per_epoch,
    }
    card["facts"]["name"] = pictures or card["facts"]["name"]
    form.write(file, card, columns)


def _without_path(data: DataSpec, pictures: str, same_as: Kind | None) -> DataSpec:
    if data.foreign and not pictures:
        raise ValueError(t("lab.error.pictures_unnamed", path=data.path))
    # A set's id is its owner's business; to others it is pictures like a folder's.
    kind = same_as or ("folder" if data.kind == "own" else data.kind)
    return replace(data, kind=kind, path=pictures if kind in ("folder", "batches") else "")


def _environment(given: Mapping[str, Any]) -> dict[str, Any]:
    """Without what only names this one machine."""
    system = str(given.get("system", "")).partition("-")[0]
    return {name: given.get(name) for name in _ENVIRONMENT} | {"system": system}


def _read(
    db: Database, run: str, experiment: Experiment, total: int
) -> tuple[dict[str, Any], form.Columns]:
    rows = {name: recordings.select(db, name, run, list(form.TABLES[name])) for name in form.TABLES}
    every = math.ceil(max(total / STEPS, total * len(experiment.arms) / ROWS))
    steps = {seed: _steps(rows, seed, every) for seed in experiment.seeds}
    looked = sorted({_step("internals", row) for row in rows["internals"]})
    looks = max(1, math.ceil(len(looked) / LOOKS))
    looked = sorted({*looked[::looks], *looked[-1:]})
    at = list(form.TABLES["internals"]).index("stage")
    stages = sorted({row[at] for row in rows["internals"]})
    places = {"seed": _places(experiment.seeds), "stage": _places(stages)}
    for table in ("ticks", "metrics"):
        rows[table] = [row for row in rows[table] if _step(table, row) in steps[row[0]]]
    rows["internals"] = [row for row in rows["internals"] if _step("internals", row) in looked]
    columns: form.Columns = {}
    for table, names in form.TABLES.items():
        for column, (name, how) in enumerate(names.items()):
            values = [row[column] for row in rows[table]]
            if name in places:
                values = [places[name][value] for value in values]
            columns[f"{table}.{name}"] = _array(name, values, how)
    card = {
        "facts": runs.facts(db, run),
        "stages": stages,
        "every": every,
        "looks": looks,
        "events": [event for event in runs.events(db, run) if event[1] not in _DROPPED],
    }
    return card, columns


def _step(table: str, row: Sequence[Any]) -> int:
    return int(row[list(form.TABLES[table]).index("step")])


def _steps(rows: Mapping[str, list[tuple[Any, ...]]], seed: int, every: int) -> set[int]:
    """The steps of a seed that stay; its number is the first column of every table."""
    of = {table: [_step(table, row) for row in rows[table] if row[0] == seed] for table in rows}
    thinned = {step for step in of["ticks"] if step % every == 0 or step == 1}
    return thinned | {max(of["ticks"], default=0)} | {*of["evaluations"], *of["divergences"]}


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
