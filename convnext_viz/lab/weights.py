"""Weights of a run: an arm's network out of its checkpoints, ready to be explained."""

from safetensors import SafetensorError

from convnext_viz.lab import checkpoints
from convnext_viz.lab.runs import Run
from convnext_viz.lab.store import Store, runs
from convnext_viz.lab.store import checkpoints as store_checkpoints
from convnext_viz.nets import Preprocess, Pretrained
from convnext_viz.nets.weights import fill
from convnext_viz.text import t

_TRIES = 5  # a running worker may replace the file between a look at its row and its reading


def steps(store: Store, run: str) -> dict[int, int]:
    """The step of a run's last checkpoint, by seed."""
    with store.reading() as db:
        return {seed: step for seed, _, step in store_checkpoints.files(db, run)}


def network(
    store: Store, run: Run, label: str, seed: int | None, *, step: int | None = None
) -> Pretrained:
    """The arm's network of the last checkpoint, its moving average where it has one.

    Raises ValueError where there is no such arm or no checkpoint yet, or none after ``step`` steps
    if these are requested, and WeightsError where weights are not finite.
    """
    specs = run.experiment.specs
    if run.recorded:
        raise ValueError(t("lab.error.recorded_weights"))
    if label not in specs:
        raise ValueError(t("lab.error.no_arm", label=label, known=", ".join(specs)))
    for _ in range(_TRIES):
        with store.reading() as db:
            rows = store_checkpoints.files(db, run.id)
            data = runs.facts(db, run.id)
        files = {
            row[0]: row[1] for row in rows if seed in (None, row[0]) and step in (None, row[2])
        }
        if rows and not files and step is not None:
            raise ValueError(t("lab.error.replaced", step=step))
        if not files:
            break
        newest = max(files, key=run.experiment.seeds.index)
        try:
            state = checkpoints.weights(
                checkpoints.folder(store.home, run.id) / files[newest], label
            )
        except (OSError, SafetensorError):
            continue
        height, width = data["image_size"]
        mean, std = data.get("normalisation", {}).get(label, (data["mean"], data["std"]))
        how = Preprocess(
            mean=tuple(mean),
            std=tuple(std),
            image_size=(height, width),
            crop_fraction=1.0,
            interpolation="area",
        )
        return Pretrained(
            net=fill(specs[label], state),
            spec=specs[label],
            labels=tuple(data["classes"]),
            preprocess=how,
            source=f"?run={run.id}",
        )
    raise ValueError(t("lab.error.no_weights"))
