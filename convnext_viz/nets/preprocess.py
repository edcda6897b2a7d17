"""How a network wants its pictures: a description that travels with the weights."""

from dataclasses import dataclass
from typing import Literal, get_args

from convnext_viz.text import t

Interpolation = Literal["nearest", "bilinear", "bicubic", "box", "hamming", "lanczos"]
CropMode = Literal["center", "squash"]

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Preprocess:
    """Size, crop and normalisation a network was trained for; done by ``explain.preprocess``.

    The defaults are ImageNet's at 224 pixels. Raises ValueError, naming field, value and what is
    allowed.
    """

    mean: tuple[float, ...] = IMAGENET_MEAN  # of red, green, blue, in a picture from 0 to 1
    std: tuple[float, ...] = IMAGENET_STD
    image_size: tuple[int, int] = (224, 224)  # (height, width) in pixels
    crop_fraction: float = 0.875  # the share of the resized short side that the crop keeps
    interpolation: Interpolation = "bicubic"
    crop_mode: CropMode = "center"  # "squash" warps the whole picture, whatever its shape

    def __post_init__(self) -> None:
        three = len(self.mean) == 3, len(self.std) == 3 and min(self.std) > 0
        sizes = len(self.image_size) == 2 and min(self.image_size) >= 1
        checks = (
            ("mean", three[0], "images.allowed.three_numbers"),
            ("std", three[1], "images.allowed.three_positive"),
            ("image_size", sizes, "images.allowed.size"),
            ("crop_fraction", 0 < self.crop_fraction <= 1, "images.allowed.fraction"),
        )
        for field, right, allowed in checks:
            if not right:
                raise _refusal(field, getattr(self, field), t(allowed))
        for field, words in (("interpolation", Interpolation), ("crop_mode", CropMode)):
            if getattr(self, field) not in get_args(words):
                raise _refusal(field, getattr(self, field), ", ".join(get_args(words)))


def _refusal(field: str, value: object, allowed: str) -> ValueError:
    return ValueError(t("images.error.preprocess", field=field, value=value, allowed=allowed))
