"""Batches: uint8 images in memory become augmented float batches, all images of one at a time.

Which pictures make up a batch and what is done to them is a function of the seed and the step
alone. Random numbers are drawn on the CPU, a few per picture, and used on the pictures' device.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from convnext_viz.data.dataset import Dataset
from convnext_viz.data.randomness import generator, seed_of, seeded
from convnext_viz.train.rand_augment import policy, rand_augment
from convnext_viz.train.recipe import Recipe
from convnext_viz.train.resized_crop import crop_boxes, cropped


@dataclass(frozen=True, eq=False)
class Batch:
    """What every arm gets at one step."""

    x: Tensor  # (N, 3, H, W) float32, normalised, channels_last in memory
    targets: Tensor  # (N,) class indices, or (N, K) probabilities where pictures are mixed
    labels: Tensor  # (N,) the class that weighs most


@dataclass(frozen=True, eq=False)
class Source:
    """Labelled pictures on the device that trains, and what normalises them."""

    images: Tensor  # (M, 3, H, W) uint8, channels_last in memory
    labels: Tensor  # (M,) int64
    num_classes: int
    mean: tuple[float, ...]
    std: tuple[float, ...]


def source(dataset: Dataset, device: torch.device) -> Source:
    """The training pictures of ``dataset`` on ``device``; no copy where they are there already."""
    return Source(
        images=dataset.train_images.to(device).contiguous(memory_format=torch.channels_last),
        labels=dataset.train_labels.to(device),
        num_classes=len(dataset.classes),
        mean=dataset.mean,
        std=dataset.std,
    )


def draw(source: Source, recipe: Recipe, *, seed: int, step: int) -> Batch:
    """The batch of ``step`` (from 0): a pure function of its arguments."""
    indices = batch_indices(len(source.images), recipe.batch_size, seed=seed, step=step)
    gen = generator("augment", seed, step)
    images = crop_and_flip(
        source.images, indices, padding=recipe.crop_padding, flip=recipe.flip, gen=gen
    )
    if recipe.resized_crop < 1:
        height, width = images.shape[2:]
        drawn = generator("resized_crop", seed, step)
        boxes = crop_boxes(len(images), height, width, smallest=recipe.resized_crop, gen=drawn)
        images = cropped(images, boxes)
    if recipe.rand_augment:
        chosen = policy(
            len(images),
            magnitude=recipe.rand_augment,
            spread=recipe.rand_augment_spread,
            layers=recipe.rand_augment_ops,
            gen=generator("rand_augment", seed, step),
        )
        images = rand_augment(images, chosen, fill=source.mean)
    x = normalize(images, source.mean, source.std)
    if recipe.cutout:
        cutout(x, recipe.cutout, gen=gen)
    if recipe.random_erasing:
        random_erasing(x, recipe.random_erasing, gen=gen)
    labels = source.labels[indices.to(source.labels.device)]
    x, targets = mix(x, labels, source.num_classes, recipe, seed=seed_of("mix", seed, step))
    main = targets if targets.ndim == 1 else targets.argmax(1)
    return Batch(x, targets, main)


def batch_indices(pictures: int, batch_size: int, *, seed: int, step: int) -> Tensor:
    """(N,) which pictures make up the batch of ``step``; every epoch has its own order."""
    size = min(batch_size, pictures)
    epoch, place = divmod(step, pictures // size)
    return epoch_order(pictures, seed, epoch)[place * size : (place + 1) * size]


@lru_cache(maxsize=2)
def epoch_order(pictures: int, seed: int, epoch: int) -> Tensor:
    """(M,) all picture numbers in the order of ``epoch``."""
    return torch.randperm(pictures, generator=generator("order", seed, epoch))


def crop_and_flip(
    images: Tensor, indices: Tensor, *, padding: int, flip: bool, gen: torch.Generator
) -> Tensor:
    """(N, 3, H, W) uint8: pictures ``indices``, each shifted by up to ``padding`` pixels, the
    border mirrored (without the edge pixel), and flipped half of the time.

    Cropping, flipping and gathering are one look-up: every output pixel knows the row, the column
    and the picture that it comes from.
    """
    (m, _, h, w), n = images.shape, len(indices)
    rows = torch.arange(h).expand(n, h)
    cols = torch.arange(w).expand(n, w)
    if padding:
        shift = torch.randint(-padding, padding + 1, (2, n, 1), generator=gen)
        rows, cols = _mirror(rows + shift[0], h), _mirror(cols + shift[1], w)
    if flip:
        flipped = torch.rand(n, 1, generator=gen) < 0.5
        cols = torch.where(flipped, cols.flip(1), cols)
    first = (indices[:, None] * h + rows).to(images.device)  # (N, H) number of the row
    pixel = first[:, :, None] * w + cols.to(images.device)[:, None, :]  # (N, H, W)
    flat = images.permute(0, 2, 3, 1).reshape(m * h * w, -1)  # no copy: channels_last
    return flat.index_select(0, pixel.flatten()).view(n, h, w, -1).permute(0, 3, 1, 2)


def normalize(images: Tensor, mean: tuple[float, ...], std: tuple[float, ...]) -> Tensor:
    """(N, 3, H, W) uint8 → float32 ``(images / 255 - mean) / std``."""
    of_mean = torch.tensor(mean, device=images.device)[:, None, None]
    of_std = torch.tensor(std, device=images.device)[:, None, None]
    return images.to(torch.float32).mul_(1 / (255 * of_std)).sub_(of_mean / of_std)


def renormalized(
    x: Tensor,
    before: tuple[tuple[float, ...], tuple[float, ...]],
    after: tuple[tuple[float, ...], tuple[float, ...]],
) -> Tensor:
    """(N, C, H, W) that was normalised by (mean, standard deviation) ``before``, normalised by
    ``after`` in its place: an affine map a channel."""
    (mean, std), (new_mean, new_std) = (
        [torch.tensor(one, dtype=torch.float64)[:, None, None] for one in pair]
        for pair in (before, after)
    )
    scale, shift = std / new_std, (mean - new_mean) / new_std
    return x * scale.to(x) + shift.to(x)


def cutout(x: Tensor, side: int, *, gen: torch.Generator) -> None:
    """In place: a square of ``side`` pixels, its centre anywhere in the picture, becomes 0, which
    is the mean (DeVries and Taylor, 2017, arXiv 1708.04552)."""
    n, _, h, w = x.shape
    centre = torch.rand(2, n, generator=gen)
    top = (centre[0] * h).floor() - side // 2
    left = (centre[1] * w).floor() - side // 2
    size = torch.full((n,), float(side))
    x.masked_fill_(_boxes(top, size, left, size, h, w).to(x.device), 0.0)


def random_erasing(x: Tensor, probability: float, *, gen: torch.Generator) -> None:
    """In place: with ``probability`` a rectangle of 2 to 33 % of the picture, aspect ratio 0.3 to
    3.3, becomes Gaussian noise (Zhong et al., 2017, arXiv 1708.04896; the recipe's "pixel")."""
    n, c, h, w = x.shape
    chosen = torch.rand(n, generator=gen) < probability
    area, ratio, up, along = torch.rand(4, n, generator=gen)
    area = (0.02 + area * (1 / 3 - 0.02)) * h * w
    ratio = torch.exp(math.log(0.3) + ratio * math.log(3.3 / 0.3))
    height = (area * ratio).sqrt().round().clamp(1, h)
    width = (area / ratio).sqrt().round().clamp(1, w)
    top, left = (up * (h - height + 1)).floor(), (along * (w - width + 1)).floor()
    boxes = _boxes(top, height, left, width, h, w)[chosen]
    noise = torch.randn(int(chosen.sum()), c, h, w, generator=gen)
    where = chosen.to(x.device)
    x[where] = torch.where(boxes.to(x.device), noise.to(x.device), x[where])


def mix(
    x: Tensor, labels: Tensor, num_classes: int, recipe: Recipe, *, seed: int
) -> tuple[Tensor, Tensor]:
    """Mixup or CutMix by torchvision: the batch and (N, K) targets; both unchanged where off."""
    kinds = [kind for kind in ("mixup", "cutmix") if getattr(recipe, kind)]
    gen = generator("which", seed)
    if not kinds or torch.rand((), generator=gen) >= recipe.mix_probability:
        return x, labels
    kind = kinds[int(torch.randint(len(kinds), (), generator=gen))]
    from torchvision.transforms import v2  # here: two seconds that most recipes need not wait

    of_kind = v2.MixUp if kind == "mixup" else v2.CutMix
    with seeded(seed, torch.device("cpu")):
        x, targets = of_kind(alpha=getattr(recipe, kind), num_classes=num_classes)(x, labels)
    return x.contiguous(memory_format=torch.channels_last), targets


def _mirror(position: Tensor, length: int) -> Tensor:
    """Positions beyond an edge fold back at it; ``position`` is within ``length`` of the edges."""
    last = length - 1
    return (last - (last - position.abs()).abs()).clamp_(0, last)


def _boxes(top: Tensor, height: Tensor, left: Tensor, width: Tensor, h: int, w: int) -> Tensor:
    """(N, 1, h, w) bool: inside the box of each picture."""
    y, x = torch.arange(h), torch.arange(w)
    rows = (y >= top[:, None]) & (y < (top + height)[:, None])  # (N, h)
    cols = (x >= left[:, None]) & (x < (left + width)[:, None])  # (N, w)
    return (rows[:, :, None] & cols[:, None, :])[:, None]
