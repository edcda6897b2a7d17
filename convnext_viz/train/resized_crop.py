"""Random resized crops: a part of each picture, of random area and shape, at the picture's size.

Szegedy et al. 2015, "Going Deeper with Convolutions", section 6; the boxes are torchvision's
(``RandomResizedCrop.get_params``), drawn for all pictures of a batch at a time.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

_TRIES = 10  # boxes that are drawn before the middle is taken
_RATIO = (3 / 4, 4 / 3)  # width to height


def crop_boxes(
    count: int, height: int, width: int, *, smallest: float, gen: torch.Generator
) -> Tensor:
    """(N, 4) int64: top, left, height and width of a box in each picture.

    The area is uniform from ``smallest`` to 1 of the picture's, the logarithm of the ratio of the
    sides uniform from 3/4 to 4/3. Where no box of ten fits, it is the largest in the middle whose
    ratio is allowed.
    """
    drawn = torch.rand(4, count, _TRIES, generator=gen, dtype=torch.float64)
    area = height * width * (smallest + drawn[0] * (1 - smallest))
    low, high = map(math.log, _RATIO)
    ratio = torch.exp(low + drawn[1] * (high - low))
    wide, tall = (area * ratio).sqrt().round(), (area / ratio).sqrt().round()
    fits = (wide > 0) & (wide <= width) & (tall > 0) & (tall <= height)
    top = (drawn[2] * (height - tall + 1)).floor()
    left = (drawn[3] * (width - wide + 1)).floor()
    boxes = torch.stack([top, left, tall, wide], -1)  # (N, tries, 4)
    first = fits.to(torch.uint8).argmax(1)
    chosen = boxes[torch.arange(count), first]
    chosen[~fits.any(1)] = torch.tensor(_middle(height, width), dtype=torch.float64)
    return chosen.long()


def _middle(height: int, width: int) -> tuple[int, int, int, int]:
    """The fallback: all of a picture of an allowed ratio, else as much of its longer side."""
    ratio = width / height
    tall, wide = height, width
    if ratio < _RATIO[0]:
        tall = round(width / _RATIO[0])
    elif ratio > _RATIO[1]:
        wide = round(height * _RATIO[1])
    return (height - tall) // 2, (width - wide) // 2, tall, wide


def cropped(images: Tensor, boxes: Tensor) -> Tensor:
    """(N, 3, H, W) uint8: the box of each picture, brought to the picture's size; bilinear.

    A box is never larger than its picture, so that nothing shrinks and antialiasing has no part.
    """
    _, _, h, w = images.shape
    top, left, tall, wide = boxes.to(torch.float64).unbind(1)
    rows = _positions(top, tall, h) * 2 / h + (1 / h - 1)  # in grid_sample's -1 … 1
    cols = _positions(left, wide, w) * 2 / w + (1 / w - 1)
    grid = torch.stack(
        [cols[:, None, :].expand(-1, h, -1), rows[:, :, None].expand(-1, -1, w)], -1
    )  # (N, H, W, 2)
    values = images.float()
    found = F.grid_sample(
        values, grid.to(values), mode="bilinear", padding_mode="border", align_corners=False
    )
    return found.round_().to(torch.uint8).contiguous(memory_format=torch.channels_last)


def _positions(start: Tensor, length: Tensor, size: int) -> Tensor:
    """(N, size) where, between the first and the last pixel of a box, each output pixel lies."""
    share = (torch.arange(size, dtype=torch.float64) + 0.5) / size
    inside = share[None] * length[:, None] - 0.5
    return start[:, None] + inside.clamp_(min=0).minimum(length[:, None] - 1)
