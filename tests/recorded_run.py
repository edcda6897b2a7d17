"""A recorded run with accuracies that were written down, not trained."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from convnext_viz.data import DataSpec
from convnext_viz.lab.recorded import form
from convnext_viz.plans import plan
from convnext_viz.specs import Spec
from convnext_viz.train import Arm, Experiment
from convnext_viz.train.experiment import to_dict

TESTS = 1000


def write(file: Path, specs: Mapping[str, Spec], accuracies: Mapping[str, Sequence[float]]) -> None:
    """A file of one evaluation for each variant and seed; a NaN is one that diverged."""
    seeds = len(next(iter(accuracies.values())))
    arms = tuple(Arm(label, spec) for label, spec in specs.items())
    experiment = Experiment(
        name="walk", arms=arms, data=DataSpec(train=2000, test=TESTS), seeds=tuple(range(seeds))
    )
    rows = [
        (seed, place, accuracy)
        for place, values in enumerate(accuracies.values())
        for seed, accuracy in enumerate(values)
        if not np.isnan(accuracy)
    ]
    lost = [
        (seed, place)
        for place, values in enumerate(accuracies.values())
        for seed, accuracy in enumerate(values)
        if np.isnan(accuracy)
    ]
    columns: form.Columns = {}
    for table, names in form.TABLES.items():
        known = {"evaluations": len(rows), "divergences": len(lost)}.get(table, 0)
        for name, how in names.items():
            columns[f"{table}.{name}"] = np.zeros(
                (known, 2, 2) if name == "pictures" else known, how
            )
    for table, found in (("evaluations", rows), ("divergences", lost)):
        columns[f"{table}.seed"] = np.array([one[0] for one in found], "u1")
        columns[f"{table}.arm"] = np.array([one[1] for one in found], "u1")
        columns[f"{table}.step"] = np.full(len(found), 10, "i4")
    columns["evaluations.accuracy"] = np.array([one[2] for one in rows], "f8")
    columns["evaluations.ema_accuracy"] = np.full(len(rows), np.nan)
    card = {
        "experiment": to_dict(experiment),
        "environments": [{}],
        "costs": [[plan(spec, 32).params, plan(spec, 32).macs] for spec in specs.values()],
        "created": 0.0,
        "elapsed": 1.0,
        "total": 10,
        "per_epoch": 10,
        "facts": {"name": "drawn shapes", "classes": ["a"] * 10, "train": 2000, "test": TESTS},
        "stages": [],
        "every": 1,
        "looks": 1,
        "events": [],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    form.write(file, card, columns)
