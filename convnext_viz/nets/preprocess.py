"""Preprocessing of a network's images: a description that travels with the weights."""

from dataclasses import dataclass
from typing import Literal

from convnext_viz.specs.fields import check, choice, number, numbers

# "area" averages where the image shrinks and is bicubic where it grows.
Interpolation = Literal["nearest", "bilinear", "bicubic", "box", "hamming", "lanczos", "area"]
CropMode = Literal["center", "squash"]

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Preprocess:
    """Size, crop and normalisation a network was trained for; done by ``data.preprocess``.

    The defaults are ImageNet's at 224 pixels. Raises ValueError, naming field, value and what is
    allowed.
    """

    mean: tuple[float, ...] = numbers(  # of red, green, blue, in an image from 0 to 1
        IMAGENET_MEAN, allowed_label="images.allowed.three_numbers"
    )
    std: tuple[float, ...] = numbers(
        IMAGENET_STD, 0, low_open=True, allowed_label="images.allowed.three_positive"
    )
    image_size: tuple[int, int] = numbers(  # (height, width)
        (224, 224), 1, integral=True, unit="px", allowed_label="images.allowed.size"
    )
    crop_fraction: float = number(  # the share of the resized short side that the crop keeps
        0.875, 0, 1, low_open=True, allowed_label="images.allowed.fraction"
    )
    interpolation: Interpolation = choice("bicubic", Interpolation)
    crop_mode: CropMode = choice("center", CropMode)  # "squash" warps the image, whatever its shape

    def __post_init__(self) -> None:
        check(self, "images.error.preprocess")
