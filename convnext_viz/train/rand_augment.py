"""RandAugment, applied to a batch at a time (Cubuk et al. 2020, arXiv 1909.13719).

The operations and their strengths are those of timm's ``rand-m9-mstd0.5-inc1``, which the paper
trained with: the larger the magnitude, the more each changes. Pictures that get the same operation
go through it together, each with its own strength.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

LARGEST = 10  # magnitude
PROBABILITY = 0.5  # of each operation, as in timm


@dataclass(frozen=True, eq=False)
class Policy:
    """What is done to each of N pictures, one operation after the other."""

    operations: Tensor  # (layers, N) int64: place in OPERATIONS; -1 leaves the picture alone
    levels: Tensor  # (layers, N) float64, -1 … 1: magnitude / 10, and to which side


def policy(
    pictures: int,
    *,
    magnitude: float,
    spread: float = 0.0,
    layers: int = 2,
    probability: float = PROBABILITY,
    gen: torch.Generator,
) -> Policy:
    """Draws an operation, uniformly, and a strength for each picture and layer.

    Magnitudes are Gaussian around ``magnitude`` with deviation ``spread``, clipped to 0 … 10; each
    operation happens with ``probability``.
    """
    shape = (layers, pictures)
    operations = torch.randint(len(OPERATIONS), shape, generator=gen)
    operations[torch.rand(shape, generator=gen) >= probability] = -1
    drawn = magnitude + spread * torch.randn(shape, generator=gen, dtype=torch.float64)
    side = torch.where(torch.rand(shape, generator=gen) < 0.5, -1.0, 1.0)
    return Policy(operations, side * drawn.clamp(0, LARGEST) / LARGEST)


def rand_augment(images: Tensor, chosen: Policy, *, fill: Sequence[float]) -> Tensor:
    """(N, 3, H, W) uint8 pictures after their operations.

    ``fill`` (three values, 0 … 1) is what stands where a moved picture leaves a gap.
    """
    images = images.clone()
    for operations, levels in zip(chosen.operations, chosen.levels, strict=True):
        for number, operation in enumerate(OPERATIONS.values()):
            which = (operations == number).nonzero().flatten()
            if len(which):
                at = which.to(images.device)
                images[at] = operation(images[at], levels[which], fill)
    return images


def _autocontrast(x: Tensor, level: Tensor, fill: Sequence[float]) -> Tensor:
    from torchvision.transforms.v2 import functional  # here: two seconds most runs need not wait

    return functional.autocontrast(x)


def _equalize(x: Tensor, level: Tensor, fill: Sequence[float]) -> Tensor:
    from torchvision.transforms.v2 import functional

    return functional.equalize(x)


def _invert(x: Tensor, level: Tensor, fill: Sequence[float]) -> Tensor:
    return x.bitwise_not()


def _posterize(x: Tensor, level: Tensor, fill: Sequence[float]) -> Tensor:
    """Keeps the highest 4 bits … one: timm would go on to none, which is a black picture."""
    bits = (4 - (level.abs() * 4).to(torch.int64)).clamp(min=1)
    mask = 256 - 2 ** (8 - bits)
    return x & _each(mask.to(torch.uint8), x)


def _solarize(x: Tensor, level: Tensor, fill: Sequence[float]) -> Tensor:
    """Inverts what is at least 256 … 0."""
    threshold = 256 - (level.abs() * 256).to(torch.int16)
    return torch.where(x < _each(threshold, x), x, x.bitwise_not())


def _solarize_add(x: Tensor, level: Tensor, fill: Sequence[float]) -> Tensor:
    """Adds 0 … 110 to what is below 128."""
    more = _each((level.abs() * 110).to(torch.int16), x)
    return torch.where(x < 128, (x + more).clamp(max=255), x).to(torch.uint8)


def _color(x: Tensor, level: Tensor, fill: Sequence[float]) -> Tensor:
    return _away_from(_grey(x), x, level)


def _contrast(x: Tensor, level: Tensor, fill: Sequence[float]) -> Tensor:
    return _away_from(_grey(x).mean((1, 2, 3), keepdim=True), x, level)


def _brightness(x: Tensor, level: Tensor, fill: Sequence[float]) -> Tensor:
    return _away_from(torch.zeros((), device=x.device), x, level)


def _sharpness(x: Tensor, level: Tensor, fill: Sequence[float]) -> Tensor:
    """Away from, or towards, Pillow's smooth picture; the border stays as it is."""
    channels, height, width = x.shape[1:]
    if height < 3 or width < 3:
        return x
    kernel = torch.ones(channels, 1, 3, 3, device=x.device)
    kernel[:, :, 1, 1] = 5
    smooth = x.float()
    smooth[:, :, 1:-1, 1:-1] = F.conv2d(smooth, kernel / 13, groups=channels).round()
    return _away_from(smooth, x, level)


def _rotate(x: Tensor, level: Tensor, fill: Sequence[float]) -> Tensor:
    """Up to 30° about the centre."""
    angle = torch.deg2rad(30 * level)
    cos, sin = angle.cos(), angle.sin()
    across, down = x.shape[-1] / 2, x.shape[-2] / 2
    row = cos, -sin, across - cos * across + sin * down
    return _moved(x, level, (*row, sin, cos, down - sin * across - cos * down), fill)


def _shear_x(x: Tensor, level: Tensor, fill: Sequence[float]) -> Tensor:
    """Up to 0.3 pixels a row, the upper edge fixed."""
    return _moved(x, level, (1, 0.3 * level, 0, 0, 1, 0), fill)


def _shear_y(x: Tensor, level: Tensor, fill: Sequence[float]) -> Tensor:
    return _moved(x, level, (1, 0, 0, 0.3 * level, 1, 0), fill)


def _translate_x(x: Tensor, level: Tensor, fill: Sequence[float]) -> Tensor:
    """Up to 0.45 of the width."""
    return _moved(x, level, (1, 0, 0.45 * x.shape[-1] * level, 0, 1, 0), fill)


def _translate_y(x: Tensor, level: Tensor, fill: Sequence[float]) -> Tensor:
    return _moved(x, level, (1, 0, 0, 0, 1, 0.45 * x.shape[-2] * level), fill)


OPERATIONS: dict[str, Callable[[Tensor, Tensor, Sequence[float]], Tensor]] = {
    "AutoContrast": _autocontrast,
    "Equalize": _equalize,
    "Invert": _invert,
    "Rotate": _rotate,
    "PosterizeIncreasing": _posterize,
    "SolarizeIncreasing": _solarize,
    "SolarizeAdd": _solarize_add,
    "ColorIncreasing": _color,
    "ContrastIncreasing": _contrast,
    "BrightnessIncreasing": _brightness,
    "SharpnessIncreasing": _sharpness,
    "ShearX": _shear_x,
    "ShearY": _shear_y,
    "TranslateXRel": _translate_x,
    "TranslateYRel": _translate_y,
}
"""By timm's names: (pictures, level of each, fill) to pictures."""


def _away_from(other: Tensor, x: Tensor, level: Tensor) -> Tensor:
    """``x`` moved along the line from ``other``: 0.9 × level beyond itself, or towards it."""
    factor = (1 + 0.9 * level).clamp(min=0.1)
    mixed = x * _each(factor.float(), x) + other * _each((1 - factor).float(), x)
    return mixed.clamp_(0, 255).to(torch.uint8)


def _grey(x: Tensor) -> Tensor:
    """(N, 1, H, W) integers as float32: ITU-R 601 luma."""
    red, green, blue = x.float().unbind(1)
    return (0.2989 * red + 0.587 * green + 0.114 * blue).floor()[:, None]


def _moved(
    x: Tensor, level: Tensor, matrix: Sequence[float | Tensor], fill: Sequence[float]
) -> Tensor:
    """Each picture seen through Pillow's affine ``matrix`` (a, b, c, d, e, f): what ends up at
    (u, v) was at (a u + b v + c, d u + e v + f). Pixels are squares, their centres at ½; bilinear.
    """
    height, width = x.shape[-2:]
    a, b, c, d, e, f = (
        _each(torch.as_tensor(value).expand_as(level).float(), x)[:, 0] for value in matrix
    )
    u = torch.arange(width, device=x.device) + 0.5
    v = (torch.arange(height, device=x.device) + 0.5)[:, None]
    across, down = (a * u + b * v + c) / width, (d * u + e * v + f) / height
    grid = torch.stack([2 * across - 1, 2 * down - 1], dim=-1)  # (N, H, W, 2)
    # A fourth channel of ones tells how much of each pixel was in the picture.
    known = torch.cat([x.float(), torch.ones_like(x[:, :1], dtype=torch.float32)], dim=1)
    seen = F.grid_sample(known, grid, align_corners=False)
    gap = 255 * torch.tensor(fill, device=x.device).view(1, 3, 1, 1)
    return (seen[:, :3] + (1 - seen[:, 3:]) * gap).round_().clamp_(0, 255).to(torch.uint8)


def _each(values: Tensor, x: Tensor) -> Tensor:
    """(N,) one value a picture, on the pictures' device, against (N, C, H, W)."""
    return values.to(x.device)[:, None, None, None]
