"""The recipe of the two small models that ship with the package.

``python -m convnext_viz.train PICTURES WORK`` trains them again: ``PICTURES`` is a folder
``train/<class>/``, ``test/<class>/`` of the CIFAR-10 pictures, ``WORK`` keeps snapshots, so that a
run that was cut goes on where it stopped.
"""

from collections.abc import Iterator
from pathlib import Path

from safetensors.torch import load_file, save_file

from convnext_viz.nets import build
from convnext_viz.results import Evaluating, Evaluation, StepMetrics, Stepping
from convnext_viz.specs import CIFAR
from convnext_viz.train.arms import Arm, prepare, restore, snapshot
from convnext_viz.train.data import Dataset
from convnext_viz.train.loop import lockstep
from convnext_viz.train.recipe import Recipe

SEED = 0

# One body, two tastes: the paper's LayerNorm and GELU, and ResNet's BatchNorm and ReLU.
TWINS = {
    "cifar10_ln_gelu": CIFAR["cifar_ln_gelu"],
    "cifar10_bn_relu": CIFAR["cifar_bn_relu"],
}

RECIPE = Recipe(
    lr=5e-3,
    batch_size=128,
    epochs=20,
    warmup_epochs=1.5,
    grad_clip=1.0,
    ema_decay=0.999,
    bf16=True,
    evaluate_every=5,
)


def twins() -> list[Arm]:
    """Both networks, fresh and ready to train."""
    nets = {label: build(spec, seed=SEED) for label, spec in TWINS.items()}
    return prepare(nets, RECIPE)


def train(
    arms: list[Arm], dataset: Dataset, work: Path
) -> Iterator[Stepping | StepMetrics | Evaluating | Evaluation]:
    """Trains the twins in lockstep; a snapshot is kept in ``work`` at every evaluation."""
    work.mkdir(parents=True, exist_ok=True)
    kept = work / "snapshot.safetensors"
    start = restore(arms, load_file(kept)) if kept.exists() else 0
    for event in lockstep(arms, dataset, RECIPE, seed=SEED, start_step=start):
        if isinstance(event, Evaluation):
            half = kept.with_suffix(".half")
            save_file(snapshot(arms, event.step), half)
            half.replace(kept)  # a cut while writing must not cost the last good snapshot
        yield event
