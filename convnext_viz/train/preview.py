"""Augmentation of single images, to look at: what the loop does to batches, with the same code."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from convnext_viz.data.randomness import generator
from convnext_viz.nets.preprocess import IMAGENET_MEAN, IMAGENET_STD
from convnext_viz.results import AppliedOperation, AugmentedImage, MixedImage
from convnext_viz.train import augment
from convnext_viz.train.rand_augment import LARGEST, OPERATIONS, Policy, policy, rand_augment
from convnext_viz.train.recipe import Recipe

Image = NDArray[np.uint8]  # (H, W, 3)


def mixed(one: Image, other: Image, recipe: Recipe, *, seed: int) -> MixedImage:
    """The first image of a batch of these two after Mixup or CutMix, and its share of the target.

    Both images have the same size.
    """
    x, targets = augment.mix(
        _tensor([one, other]).float(), torch.tensor([0, 1]), 2, recipe, seed=seed
    )
    share = float(targets[0, 0]) if targets.ndim == 2 else 1.0
    return MixedImage(image=_image(x[0]), share=share)


def augmented(image: Image, recipe: Recipe, *, seed: int, draws: int) -> list[AugmentedImage]:
    """A batch of ``draws`` times the same image after RandAugment and Random Erasing."""
    images = _tensor([image] * draws)
    chosen = policy(
        draws,
        magnitude=recipe.rand_augment,
        spread=recipe.rand_augment_spread,
        layers=recipe.rand_augment_ops,
        gen=generator("rand_augment", seed, 0),
    )
    if recipe.rand_augment:
        images = rand_augment(images, chosen, fill=IMAGENET_MEAN)
    before = augment.normalize(images, IMAGENET_MEAN, IMAGENET_STD)
    after = before.clone()
    augment.random_erasing(after, recipe.random_erasing, gen=generator("erasing", seed))
    return [
        AugmentedImage(
            image=_image(_seen(after[i])),
            operations=_operations(chosen, i) if recipe.rand_augment else (),
            erased=float((after[i] != before[i]).any(0).float().mean()),
        )
        for i in range(draws)
    ]


def every_operation(image: Image, *, magnitude: float) -> list[AugmentedImage]:
    """The image after each operation of RandAugment alone, at one magnitude, 0 … 10."""
    count = len(OPERATIONS)
    chosen = Policy(
        torch.arange(count)[None], torch.full((1, count), magnitude / LARGEST, dtype=torch.float64)
    )
    images = rand_augment(_tensor([image] * count), chosen, fill=IMAGENET_MEAN)
    return [
        AugmentedImage(image=_image(images[i]), operations=_operations(chosen, i), erased=0.0)
        for i in range(count)
    ]


def _operations(chosen: Policy, number: int) -> tuple[AppliedOperation, ...]:
    names = tuple(OPERATIONS)
    return tuple(
        AppliedOperation(name=names[int(operation)], level=LARGEST * float(level))
        for operation, level in zip(
            chosen.operations[:, number], chosen.levels[:, number], strict=True
        )
        if operation >= 0
    )


def _tensor(images: Sequence[Image]) -> Tensor:
    """(N, 3, H, W) uint8."""
    return torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).contiguous()


def _seen(x: Tensor) -> Tensor:
    """A normalised image, 0 … 255."""
    mean, std = (torch.tensor(values)[:, None, None] for values in (IMAGENET_MEAN, IMAGENET_STD))
    return 255 * (x * std + mean)


def _image(x: Tensor) -> Image:
    """(3, H, W), 0 … 255, as an image."""
    return x.float().round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).numpy().copy()
