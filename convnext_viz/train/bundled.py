"""Training of the two small models that are bundled with the package.

``python -m convnext_viz.train PICTURES WORK`` trains them again: ``PICTURES`` is a folder
``train/<class>/``, ``test/<class>/`` of the CIFAR-10 pictures, ``WORK`` keeps snapshots, so that a
run that was cut goes on where it stopped.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional as F

from convnext_viz.data.dataset import Dataset
from convnext_viz.nets import Card, Preprocess, build, save_bundled
from convnext_viz.results import Evaluation, EvaluationProgress, StepMetrics, StepProgress
from convnext_viz.specs import CIFAR
from convnext_viz.train.arms import TrainingArm, prepare, restore, snapshot
from convnext_viz.train.evaluation import evaluate
from convnext_viz.train.loop import lockstep
from convnext_viz.train.recipe import Recipe, to_dict
from convnext_viz.train.schedule import steps_per_epoch

SEED = 0
DATA = "CIFAR-10 (Krizhevsky 2009), all pictures re-encoded as JPEG, quality 75"
COMMAND = "python -m convnext_viz.train PICTURES WORK"

# One body, two tastes: the paper's LayerNorm and GELU, and ResNet's BatchNorm and ReLU.
TWINS = {
    "cifar10_ln_gelu": CIFAR["cifar_ln_gelu"],
    "cifar10_bn_relu": CIFAR["cifar_bn_relu"],
}

RECIPE = Recipe(
    lr=5e-3,
    batch_size=128,
    epochs=36,
    warmup_epochs=1.5,
    grad_clip=1.0,
    ema_decay=0.999,
    cutout=8,
    evaluate_every=1,
)

SIZES = ((10, 16), (28, 24), (RECIPE.epochs, 32))
"""Side of the pictures, in pixels, until an epoch: small ones are learned from several times faster
(progressive learning; Tan and Le 2021, EfficientNetV2, section 4). Like there, the augmentation
grows with them."""


def twins() -> list[TrainingArm]:
    """Both networks, fresh and ready to train."""
    nets = {label: build(spec, seed=SEED) for label, spec in TWINS.items()}
    return prepare(nets, RECIPE)


def train(
    arms: list[TrainingArm], dataset: Dataset, work: Path
) -> Iterator[StepProgress | StepMetrics | EvaluationProgress | Evaluation]:
    """Trains the twins in lockstep; a snapshot is saved in ``work`` at every evaluation."""
    work.mkdir(parents=True, exist_ok=True)
    file = work / "snapshot.safetensors"
    step = restore(arms, load_file(file)) if file.exists() else 0
    per_epoch = steps_per_epoch(len(dataset.train_images), RECIPE)
    for epochs, size in SIZES:
        end = round(epochs * per_epoch)
        if step >= end:
            continue
        recipe = replace(RECIPE, crop_padding=size // 8, cutout=size // 4)
        for event in lockstep(arms, resized(dataset, size), recipe, seed=SEED, start_step=step):
            if isinstance(event, Evaluation):
                step = event.step
                half = file.with_suffix(".half")
                save_file(snapshot(arms, step), half)
                half.replace(file)  # a cut while writing must not cost the last good snapshot
            yield event
            if step >= end:
                break


def resized(dataset: Dataset, size: int) -> Dataset:
    """The same pictures with ``size`` pixels a side."""

    def smaller(images: Tensor) -> Tensor:  # (N, 3, H, W) uint8
        parts = [
            F.interpolate(part.float(), (size, size), mode="bilinear", antialias=True)
            for part in torch.split(images, 2048)
        ]
        pixels = torch.cat(parts).round().clamp(0, 255).byte()
        return pixels.contiguous(memory_format=torch.channels_last)

    if dataset.train_images.shape[-2:] == (size, size):
        return dataset
    return replace(
        dataset,
        train_images=smaller(dataset.train_images),
        test_images=smaller(dataset.test_images),
    )


def ship(arms: list[TrainingArm], dataset: Dataset, folder: Path | None = None) -> list[Card]:
    """Writes the averaged weights of trained twins, with their cards, to where the package looks.

    What the card says is measured on the weights as they ship: matrices rounded to float16.
    """
    cards = []
    for arm in arms:
        net = arm.average if arm.average is not None else arm.net
        with torch.no_grad():
            for value in net.parameters():
                if value.ndim > 1:
                    value.copy_(value.half())
        score = evaluate(net, dataset)
        card = Card(
            name=arm.label,
            spec=TWINS[arm.label],
            classes=dataset.classes,
            preprocess=Preprocess(
                mean=dataset.mean,
                std=dataset.std,
                image_size=(dataset.train_images.shape[2], dataset.train_images.shape[3]),
                crop_fraction=1.0,
            ),
            recipe=to_dict(RECIPE) | {"sizes": SIZES},
            data=DATA,
            seed=SEED,
            epochs=RECIPE.epochs,
            command=COMMAND,
            accuracy=score.accuracy,
            confusion=tuple(map(tuple, score.confusion.tolist())),
            licence="MIT",
            params=sum(value.numel() for value in net.parameters()),
        )
        save_bundled(net.eval(), card, *([folder] if folder else []))
        cards.append(card)
    return cards
