"""From lab to lens: an arm's network out of a run's checkpoints, ready to be explained."""

from safetensors import SafetensorError

from convnext_viz.lab import checkpoints, curves, recorded
from convnext_viz.lab.store import Store
from convnext_viz.nets import Preprocess, Pretrained
from convnext_viz.nets.weights import fill
from convnext_viz.text import t
from convnext_viz.train.experiment import Experiment

_TRIES = 5  # a running worker may replace the file between a look at its row and its reading


def kept(store: Store, run: str) -> dict[int, int]:
    """The steps after which the weights of a run's arms were kept last, by seed."""
    if recorded.is_one(run):
        return {}
    with store.reading() as db:
        rows = db.execute(
            "SELECT seed, max(step) FROM checkpoints WHERE run = ? GROUP BY seed", (run,)
        )
        return dict(rows.fetchall())


def network(
    store: Store,
    experiment: Experiment,
    run: str,
    label: str,
    seed: int | None,
    *,
    step: int | None = None,
) -> Pretrained:
    """The arm's network as last kept, its moving average where it has one.

    Raises ValueError where there is no such arm or nothing was kept yet, or not after ``step``
    steps if these are asked for, and WeightsError where weights are not finite.
    """
    specs = experiment.specs
    if recorded.is_one(run):
        raise ValueError(t("lab.error.recorded_weights"))
    if label not in specs:
        raise ValueError(t("lab.error.no_arm", label=label, known=", ".join(specs)))
    for _ in range(_TRIES):
        with store.reading() as db:
            rows = db.execute(
                "SELECT seed, file, step FROM checkpoints WHERE run = ? ORDER BY step", (run,)
            ).fetchall()
            data = curves.facts(db, run)
        files = {
            row[0]: row[1] for row in rows if seed in (None, row[0]) and step in (None, row[2])
        }
        if rows and not files and step is not None:
            raise ValueError(t("lab.error.replaced", step=step))
        if not files:
            break
        newest = max(files, key=experiment.seeds.index)
        try:
            state = checkpoints.weights(checkpoints.folder(store.home, run) / files[newest], label)
        except (OSError, SafetensorError):
            continue
        height, width = data["image_size"]
        how = Preprocess(
            mean=tuple(data["mean"]),
            std=tuple(data["std"]),
            image_size=(height, width),
            crop_fraction=1.0,
        )
        return Pretrained(
            net=fill(specs[label], state),
            spec=specs[label],
            labels=tuple(data["classes"]),
            preprocess=how,
            source=f"?run={run}",
        )
    raise ValueError(t("lab.error.no_weights"))
