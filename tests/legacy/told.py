"""What is to be held of an object that was opened, in the types JSON has: written down once by
``make.py`` from release 0.1.0, and again by the tests from today's code. Imports nothing of the
library: it names attributes alone."""

import json
import math
from typing import Any

import numpy as np

FILES = "files"


RENAMED = {"against": "contrast"}  # attributes of records since, by their names in the files


def fields_of(found: object, names: Any) -> dict[str, Any]:
    """The attributes of those names; tuples as lists, as JSON has them."""
    return plain({name: getattr(found, RENAMED.get(name, name)) for name in names})


def plain(value: Any) -> Any:
    """``value`` as JSON gives it back."""
    return json.loads(json.dumps(value))


def number(value: float) -> float | None:
    """None where it is not finite."""
    return float(value) if math.isfinite(value) else None


def run_told(run: Any) -> dict[str, Any]:
    """A run's row on the shelf."""
    names = (
        *("id", "number", "name", "state", "wanted", "place", "message", "pinned", "guess"),
        *("seed", "seeds_done", "step", "total", "per_epoch", "elapsed", "created", "size"),
        *("share", "epoch", "resumable"),
    )
    told = fields_of(run, names)
    told["costs"] = [[cost.label, cost.params, cost.macs] for cost in run.costs]
    told["diverged"] = plain(
        {arm: sorted(steps.items()) for arm, steps in sorted(run.diverged.items())}
    )
    return told


def experiment_told(asked: Any) -> dict[str, Any]:
    """An experiment, without what its networks, recipe and data are made of."""
    told = fields_of(asked, ("name", "description", "seeds"))
    return told | {"arms": list(asked.labels)}


def curve_told(curve: Any) -> dict[str, Any]:
    """A curve's length, its first and its last values."""
    told: dict[str, Any] = {"label": curve.label, "seed": curve.seed}
    told |= {"steps": len(curve.step), "tests": len(curve.test_step)}
    told["diverged_at"] = curve.diverged_at
    columns = (
        *("step", "epoch", "images", "seconds", "lr", "loss", "accuracy", "grad_norm"),
        *("test_step", "test_loss", "test_accuracy", "ema_accuracy"),
    )
    for name in columns:
        values = getattr(curve, name)
        told[name] = [number(values[at]) for at in (0, -1)] if len(values) else []
    return told


def internals_told(curve: Any) -> dict[str, Any]:
    """A stage's last values while it learnt."""
    names = ("grad_norm", "mean", "std", "dead", "gamma")
    told = {"label": curve.label, "stage": curve.stage, "looks": len(curve.step)}
    return told | {name: number(getattr(curve, name)[-1]) for name in names}


def watched_told(watched: Any) -> dict[str, Any]:
    """The watched pictures' sum of values, and what was said of them."""
    told = {"shape": list(watched.images.shape), "sum": int(watched.images.sum())}
    names = ("labels", "classes", "step", "predicted", "probability")
    return told | fields_of(watched, names)


def difference_told(one: Any, alone: bool) -> dict[str, Any]:
    """An arm against the baseline, as 0.1.0 named it. Where it was one of several, the interval is
    another one since: all arms give one residual, and Dunnett's takes Bonferroni's place."""
    told = {"label": one.of, "baseline": one.than, "differences": list(one.each), "mean": one.mean}
    return told | ({"low": number(one.low), "high": number(one.high)} if alone else {})


def run_numbers(lab: Any, run: str) -> dict[str, Any]:
    """All that a lab says of a run."""
    status = lab.status(run)
    labels = list(status.experiment.labels)
    told: dict[str, Any] = {
        "status": run_told(status),
        "experiment": experiment_told(status.experiment),
        "curves": [curve_told(curve) for curve in lab.metrics(run)],
        "events": [[event.kind, event.seed, event.step] for event in lab.events(run)],
        "table": len(lab.table(run)),
        "environments": plain(lab.environments(run)),
    }
    begun = sorted({curve["seed"] for curve in told["curves"]})
    told["internals"] = [internals_told(one) for seed in begun for one in lab.internals(run, seed)]
    told["confusions"] = [
        [
            seed,
            label,
            None if (found := lab.confusion(run, label, seed)) is None else found.tolist(),
        ]
        for seed in begun
        for label in labels
    ]
    seen = [lab.probe_images(run, seed) for seed in begun]
    told["watched"] = [watched_told(one) for one in seen if one is not None]
    if status.state == "finished" and len(labels) > 1:
        found = lab.differences(run)
        told["verdicts"] = [difference_told(one, len(found) == 1) for one in found]
    return told


def tensors_told(state: Any) -> dict[str, Any]:
    """Shape and sum of absolute values of each tensor, by name."""
    return {
        name: [list(value.shape), float(np.abs(np.asarray(value, np.float64)).sum())]
        for name, value in sorted(state.items())
    }
