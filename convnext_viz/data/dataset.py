"""Data sets in memory: the images of each half in one uint8 tensor."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, kw_only=True, eq=False)
class Dataset:
    """Labelled pictures to train on and to test on.

    Images are (N, 3, H, W) uint8, channels_last in memory; labels are (N,) int64, indices into
    ``classes``. ``mean`` and ``std`` are of the training pictures, per channel, on the 0 … 1 scale.
    """

    name: str
    classes: tuple[str, ...]
    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor
    mean: tuple[float, ...]
    std: tuple[float, ...]
    skipped: int = 0  # files that were no readable pictures


def channel_statistics(images: Tensor) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation per channel of (N, C, H, W) uint8 images, on the 0 … 1 scale.

    Exact: from how often each of the 256 values occurs, without a float copy of the images.
    """
    value = torch.arange(256, dtype=torch.float64) / 255
    mean, std = [], []
    for channel in images.unbind(1):
        counts = [torch.bincount(p.flatten(), minlength=256) for p in torch.split(channel, 4096)]
        share = torch.stack(counts).sum(0).double() / channel.numel()
        centre = float(share @ value)
        mean.append(centre)
        std.append(max(float(share @ (value - centre) ** 2) ** 0.5, 1 / 255))
    return tuple(mean), tuple(std)
