"""Training of the small models that are bundled with the package.

``python -m convnext_viz.train PICTURES WORK NAME…`` trains them again: ``PICTURES`` is a folder
``train/<class>/``, ``test/<class>/`` of the CIFAR-10 pictures, ``WORK`` holds snapshots, so that a
run that was cut goes on where it stopped. Each is trained alone, on the accelerator where there is
one; the batches are the same for all, as they are a function of the seed and the step.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from convnext_viz.data.dataset import Dataset
from convnext_viz.nets import Card, Preprocess, build, save_bundled
from convnext_viz.results import (
    Evaluation,
)
from convnext_viz.specs import CIFAR, VARIANTS, Spec
from convnext_viz.train import devices
from convnext_viz.train.arms import TrainingArm, prepare, restore, snapshot
from convnext_viz.train.devices import Device
from convnext_viz.train.evaluation import evaluate
from convnext_viz.train.loop import Event, lockstep
from convnext_viz.train.optim import optimizer
from convnext_viz.train.recipe import Recipe, to_dict

SEED = 0
DATA = "CIFAR-10 (Krizhevsky 2009), all pictures re-encoded as JPEG, quality 75"
COMMAND = "python -m convnext_viz.train PICTURES WORK {name}"

RECIPE = Recipe(
    lr=5e-3,
    batch_size=128,
    epochs=36,
    warmup_epochs=2,
    grad_clip=1.0,
    ema_decay=0.999,
    cutout=8,
    evaluate_every=1,
)


@dataclass(frozen=True)
class Training:
    """A network and how it is trained: ``recipe``, and where there is a ``restart``, that one after
    it, from the weights and the averages of the first with an optimizer of its own (a warm restart:
    Loshchilov and Hutter 2017, section 3). ``from_averages``: its weights are the averages, too."""

    spec: Spec
    recipe: Recipe = RECIPE
    restart: Recipe | None = None
    from_averages: bool = False

    @property
    def rounds(self) -> tuple[Recipe, ...]:
        """What is trained, one after the other."""
        return (self.recipe,) if self.restart is None else (self.recipe, self.restart)


# Networks of tokens diverge at a ConvNet's learning rate, and need a longer warm-up.
_TOKENS = replace(RECIPE, lr=1.5e-3, warmup_epochs=3)

TRAININGS: dict[str, Training] = {
    # One body, two tastes: the paper's LayerNorm and GELU, and ResNet's BatchNorm and ReLU.
    "cifar10_ln_gelu": Training(CIFAR["cifar10_ln_gelu"]),
    "cifar10_bn_relu": Training(CIFAR["cifar10_bn_relu"]),
    "cifar10_repvgg": Training(
        VARIANTS["cifar_repvgg"], restart=replace(RECIPE, lr=2.5e-3, epochs=10, warmup_epochs=0.5)
    ),
    "cifar10_vit": Training(VARIANTS["cifar_vit"], _TOKENS),
    # Trained longer from the file that was shipped first: averages, matrices in float16.
    "cifar10_swin": Training(
        VARIANTS["cifar_swin"],
        _TOKENS,
        restart=replace(_TOKENS, lr=1.2e-3, epochs=26, warmup_epochs=0.5, cutout=0),
        from_averages=True,
    ),
}


def fresh(name: str, device: Device | None = None) -> list[TrainingArm]:
    """The network of that name, fresh and ready to train on ``device`` (the best one here)."""
    device = device or devices.choose()
    net = build(TRAININGS[name].spec, seed=SEED)
    return prepare({name: net}, TRAININGS[name].recipe, device=device.name)


def train(
    arms: list[TrainingArm], dataset: Dataset, work: Path, device: Device | None = None
) -> Iterator[Event]:
    """Trains what :func:`fresh` made for the same ``device``; a snapshot is saved in ``work`` at
    every evaluation."""
    device = device or devices.choose()
    work.mkdir(parents=True, exist_ok=True)
    training = TRAININGS[arms[0].label]
    rounds = training.rounds
    files = [work / f"snapshot-{i}.safetensors" for i in range(len(rounds))]
    reached = max((i for i, file in enumerate(files) if file.exists()), default=0)
    for i in range(reached, len(rounds)):
        recipe = replace(rounds[i], bf16=device.bf16)
        if i > reached:
            for arm in arms:
                if training.from_averages and arm.average is not None:
                    arm.net.load_state_dict(arm.average.state_dict())
                arm.optimizer = optimizer(arm.net, recipe)
        start = restore(arms, load_file(files[i])) if files[i].exists() else 0
        yield from _round(arms, dataset, recipe, files[i], SEED + i, start, device)


def _round(
    arms: list[TrainingArm],
    dataset: Dataset,
    recipe: Recipe,
    file: Path,
    seed: int,
    start: int,
    device: Device,
) -> Iterator[Event]:
    for event in lockstep(arms, dataset, recipe, seed=seed, start_step=start, device=device.name):
        if isinstance(event, Evaluation) and event.step > start:
            half = file.with_suffix(".half")
            save_file(snapshot(arms, event.step), half)
            half.replace(file)  # a cut while writing must not cost the last good snapshot
        yield event


def ship(arm: TrainingArm, dataset: Dataset, folder: Path | None = None) -> Card:
    """Writes the averaged weights of a trained network, with its card, to where the package looks.

    What the card says is measured on the weights as they ship: matrices rounded to float16.
    """
    training = TRAININGS[arm.label]
    net = (arm.average if arm.average is not None else arm.net).to("cpu")
    with torch.no_grad():
        for value in net.parameters():
            if value.ndim > 1:
                value.copy_(value.half())
    score = evaluate(net, dataset)
    card = Card(
        name=arm.label,
        spec=training.spec,
        classes=dataset.classes,
        preprocess=Preprocess(
            mean=dataset.mean,
            std=dataset.std,
            image_size=(dataset.train_images.shape[2], dataset.train_images.shape[3]),
            crop_fraction=1.0,
        ),
        recipe=to_dict(training.recipe),
        restart=to_dict(training.restart) if training.restart is not None else None,
        data=DATA,
        seed=SEED,
        epochs=sum(recipe.epochs for recipe in training.rounds),
        command=COMMAND.format(name=arm.label),
        accuracy=score.accuracy,
        confusion=tuple(map(tuple, score.confusion.tolist())),
        licence="MIT",
        params=sum(value.numel() for value in net.parameters()),
    )
    save_bundled(net.eval(), card, *([folder] if folder else []))
    return card
