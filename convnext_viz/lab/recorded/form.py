"""What a recorded run's file holds: columns of the lab's tables in a safetensors file.

Numbers are the very ones that were measured, not rounded; steps are left out, never averaged.
Non-finite ones are NaN, which the database has as NULL.
"""

import json
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file

from convnext_viz.specs import to_dict as spec_to_dict
from convnext_viz.train import experiment as experiments

FORM = 1  # what is written; another one is not read
_KEY = "recorded_run"  # one alone: several would stand in any order

# Each table's columns beside the run, and how they are kept. A seed is kept as its place among the
# seeds, a stage as its place among the stages.
_AT = "seed:u1 arm:u1 step:i4"
_KEPT = {
    "ticks": "seed:u1 step:i4 epoch:f8 images:i8 lr:f8 seconds:f8",
    "metrics": f"{_AT} loss:f4 accuracy:f4 grad_norm:f4",
    "evaluations": f"{_AT} loss:f8 accuracy:f8 ema_loss:f8 ema_accuracy:f8",
    "confusions": f"{_AT} pictures:i4",  # (rows, classes, classes)
    "internals": f"{_AT} stage:u1 grad_norm:f4 mean:f4 std:f4 dead:f4 gamma:f4",
    "divergences": _AT,
}
TABLES: dict[str, dict[str, str]] = {
    table: dict(column.split(":") for column in columns.split()) for table, columns in _KEPT.items()
}

Columns = dict[str, NDArray[Any]]  # by "table.column"


def write(file: Path, told: dict[str, Any], columns: Columns) -> None:
    """A file of ``told`` (in the types JSON has) and the tables' columns."""
    text = json.dumps({"form": FORM, **told}, ensure_ascii=False, separators=(",", ":"))
    save_file(columns, file, metadata={_KEY: text})


def about(file: Path) -> dict[str, Any]:
    """What is told of a run besides its tables."""
    with safe_open(file, "numpy") as kept:
        told = json.loads((kept.metadata() or {})[_KEY])
    if told["form"] != FORM:
        raise KeyError("form")
    return dict(told)


def insert(db: sqlite3.Connection, run: str, file: Path) -> None:
    """Fill an empty database with the run of ``file``, under the id ``run``."""
    told = about(file)
    asked = experiments.from_dict(told["experiment"])
    db.execute("BEGIN")
    db.execute(
        "INSERT INTO runs (id, name, experiment, language, created, state, step, total, per_epoch,"
        " elapsed, seed_index, data) VALUES (?, ?, ?, 'en', ?, 'finished', ?, ?, ?, ?, ?, ?)",
        (
            *(run, asked.name, json.dumps(told["experiment"]), told["created"]),
            *(told["total"], told["total"], told["per_epoch"], told["elapsed"]),
            *(len(asked.seeds) - 1, json.dumps(told["facts"])),
        ),
    )
    for position, arm in enumerate(asked.arms):
        params, macs = told["costs"][position]
        kept = json.dumps(spec_to_dict(arm.spec))
        values = (run, position, arm.label, kept, params, macs)
        db.execute("INSERT INTO arms VALUES (?, ?, ?, ?, ?, ?)", values)
    for event in told["events"]:
        db.execute(
            "INSERT INTO events (run, at, kind, seed, step, detail) VALUES (?, ?, ?, ?, ?, ?)",
            (run, *event),
        )
    for environment in told["environments"]:
        db.execute(
            "INSERT INTO environments (run, at, environment) VALUES (?, ?, ?)",
            (run, told["created"], json.dumps(environment)),
        )
    with safe_open(file, "numpy") as kept_columns:
        for table, names in TABLES.items():
            columns = [kept_columns.get_tensor(f"{table}.{name}") for name in names]
            rows = zip(
                *(
                    _values(name, column, asked.seeds, told["stages"])
                    for name, column in zip(names, columns, strict=True)
                ),
                strict=True,
            )
            marks = ", ".join("?" * (len(names) + 1))
            db.executemany(
                f"INSERT INTO {table} (run, {', '.join(names)}) VALUES ({marks})",
                ((run, *row) for row in rows),
            )
    db.execute("COMMIT")


def _values(
    name: str, column: NDArray[Any], seeds: tuple[int, ...], stages: list[str]
) -> list[Any]:
    """A column as the database has it."""
    if name == "seed":
        return [seeds[place] for place in column]
    if name == "stage":
        return [stages[place] for place in column]
    if name == "pictures":
        return [table.astype("<i4").tobytes() for table in column]
    if column.dtype.kind == "f":
        return [None if np.isnan(value) else value for value in column.tolist()]
    return list(column.tolist())
