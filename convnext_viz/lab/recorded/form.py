"""File format of a recorded run: columns of the lab's tables in a safetensors file.

Numbers are the very ones that were measured, not rounded; steps are left out, never averaged.
Non-finite ones are NaN, which the database has as NULL.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file

from convnext_viz.lab.store import Database, lines, recordings, runs
from convnext_viz.specs import to_dict as spec_to_dict
from convnext_viz.train import experiment as experiments

FORM = 1  # what is written; another one is not read
_KEY = "recorded_run"  # one alone: several would stand in any order

# Each table's columns other than the run, and how they are stored. A seed is its place among the
# seeds, a stage its place among the stages.
_AT = "seed:u1 arm:u1 step:i4"
_COLUMNS = {
    "ticks": "seed:u1 step:i4 epoch:f8 images:i8 lr:f8 seconds:f8",
    "metrics": f"{_AT} loss:f4 accuracy:f4 grad_norm:f4",
    "evaluations": f"{_AT} loss:f8 accuracy:f8 ema_loss:f8 ema_accuracy:f8",
    "confusions": f"{_AT} pictures:i4",  # (rows, classes, classes)
    "internals": f"{_AT} stage:u1 grad_norm:f4 mean:f4 std:f4 dead:f4 gamma:f4",
    "divergences": _AT,
}
TABLES: dict[str, dict[str, str]] = {
    table: dict(column.split(":") for column in columns.split())
    for table, columns in _COLUMNS.items()
}

Columns = dict[str, NDArray[Any]]  # by "table.column"


def write(file: Path, card: dict[str, Any], columns: Columns) -> None:
    """A file of ``card`` (in the types JSON has) and the tables' columns."""
    text = json.dumps({"form": FORM, **card}, ensure_ascii=False, separators=(",", ":"))
    save_file(columns, file, metadata={_KEY: text})


def about(file: Path) -> dict[str, Any]:
    """The card of a recorded run: its metadata, all that is stored besides its tables."""
    with safe_open(file, "numpy") as opened:
        card = json.loads((opened.metadata() or {})[_KEY])
    if card["form"] != FORM:
        raise KeyError("form")
    return dict(card)


def insert(db: Database, run: str, file: Path) -> None:
    """Fill an empty database with the run of ``file``, under the id ``run``."""
    card = about(file)
    experiment = experiments.from_dict(card["experiment"])
    with recordings.filling(db):
        runs.add(
            db,
            run,
            name=experiment.name,
            experiment=json.dumps(card["experiment"]),
            language="en",
            created=card["created"],
            state="finished",
            step=card["total"],
            total=card["total"],
            per_epoch=card["per_epoch"],
            elapsed=card["elapsed"],
            seed_index=len(experiment.seeds) - 1,
            data=json.dumps(card["facts"]),
        )
        for position, arm in enumerate(experiment.arms):
            spec = json.dumps(spec_to_dict(arm.spec))
            runs.add_arm(db, run, position, arm.label, spec, *card["costs"][position])
        lines.write(db, (lines.event(run, *event) for event in card["events"]))
        lines.write(
            db, (lines.environment(run, one, card["created"]) for one in card["environments"])
        )
        with safe_open(file, "numpy") as opened:
            for table, names in TABLES.items():
                columns = [
                    _values(name, opened.get_tensor(f"{table}.{name}"), experiment.seeds, card)
                    for name in names
                ]
                recordings.insert(db, table, run, list(names), zip(*columns, strict=True))


def _values(
    name: str, column: NDArray[Any], seeds: tuple[int, ...], card: dict[str, Any]
) -> list[Any]:
    """A column as the database has it."""
    if name == "seed":
        return [seeds[place] for place in column]
    if name == "stage":
        return [card["stages"][place] for place in column]
    if name == "pictures":
        return [table.astype("<i4").tobytes() for table in column]
    if column.dtype.kind == "f":
        return [None if np.isnan(value) else value for value in column.tolist()]
    return list(column.tolist())
