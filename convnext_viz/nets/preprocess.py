"""Preprocessing of a network's images: a description that travels with the weights."""

from dataclasses import dataclass
from typing import Literal

from convnext_viz.specs.fields import check, choice, number, numbers

# "area" averages where the image shrinks and is bicubic where it grows.
Interpolation = Literal["nearest", "bilinear", "bicubic", "box", "hamming", "lanczos", "area"]
CropMode = Literal["center", "squash"]

_CHANNELS = (1, 1024)  # least and most

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Preprocess:
    """Size, crop and normalisation a network was trained for; done by ``data.preprocess``.

    The defaults are ImageNet's at 224 pixels. ``mean`` has a number for each channel of the
    network, and says with that how a picture is brought to its channels: one is grey, two are grey
    and alpha, three red, green and blue, four these and alpha; more are red, green and blue in
    turn. Raises ValueError, naming field, value and what is allowed.
    """

    mean: tuple[float, ...] = numbers(  # in an image from 0 to 1
        IMAGENET_MEAN, counts=_CHANNELS, allowed_label="images.allowed.a_channel"
    )
    std: tuple[float, ...] = numbers(
        IMAGENET_STD,
        0,
        low_open=True,
        counts=_CHANNELS,
        like="mean",
        allowed_label="images.allowed.positive_a_channel",
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

    @property
    def channels(self) -> int:
        """How many channels the network's input has."""
        return len(self.mean)


def in_channels(values: tuple[float, ...], channels: int, alpha: float) -> tuple[float, ...]:
    """Numbers of red, green and blue (or of grey) as those of so many channels, brought about as in
    :class:`Preprocess`: the mean of the three is grey's."""
    grey = (sum(values) / len(values),)
    if channels <= 2:
        return (*grey, alpha)[:channels]
    colours = values if len(values) == 3 else grey * 3
    if channels == 4:
        return (*colours, alpha)
    return tuple(colours[i % 3] for i in range(channels))
