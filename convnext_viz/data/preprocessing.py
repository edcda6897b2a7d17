"""Preprocessing of an image for a network: resize, crop, normalise."""

import math

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from convnext_viz.nets.preprocess import Preprocess

_MODES = {1: "L", 2: "LA", 4: "RGBA"}  # Pillow's, by channels; an opaque picture has an alpha of 1


def preprocess(image: Image.Image, how: Preprocess) -> tuple[Tensor, Image.Image]:
    """The network's input ``x``, float32 (1, C, h, w), and the picture it was made from.

    "center" brings the short side to ``floor(size / crop_fraction)``, keeps the aspect ratio, and
    cuts out the middle; "squash" brings both sides there, so that nothing is cut off at a
    fraction of 1 and circles may become ellipses. The second value is what a person should be
    shown, as it is exactly what the network gets: a picture of (w, h) before normalisation, in RGB
    whatever its channels. ``how.channels`` says which these are.

    Equal to timm's ``create_transform(..., is_training=False)`` with the same settings, rounding
    included (timm/data/transforms_factory.py, ``transforms_imagenet_eval``).
    """
    seen = _cut(image.convert(_MODES.get(how.channels, "RGB")), how)
    x = torch.from_numpy(np.atleast_3d(np.array(seen))).permute(2, 0, 1)  # (c, h, w), 0..255
    x = x[torch.arange(how.channels) % len(x)].contiguous()  # red, green and blue in turn
    x = x.to(torch.float32).div(255)
    mean = torch.tensor(how.mean, dtype=torch.float32)[:, None, None]
    std = torch.tensor(how.std, dtype=torch.float32)[:, None, None]
    return x.sub(mean).div(std).unsqueeze(0), seen.convert("RGB")


def middle_square(image_size: int) -> Preprocess:
    """How pictures of all sizes become those of a data set: the shorter side resized, averaged over
    areas, the middle cut out. As the Explain page looks at a network of the lab: the same
    pixels (:meth:`Lab.network`)."""
    size = (image_size, image_size)
    return Preprocess(image_size=size, crop_fraction=1.0, interpolation="area")


def fitted(image: Image.Image, how: Preprocess) -> Image.Image:
    """The image resized and cut to ``how.image_size``, as RGB; one of that size stays as is."""
    return _cut(image.convert("RGB"), how)


def _cut(image: Image.Image, how: Preprocess) -> Image.Image:
    resized_height, resized_width = size_before_crop(image.height, image.width, how)
    resample = _resampling(how, shrinks=resized_height <= image.height)
    resized = image.resize((resized_width, resized_height), resample)
    height, width = how.image_size
    top, left = round((resized_height - height) / 2), round((resized_width - width) / 2)
    return resized.crop((left, top, left + width, top + height))


def _resampling(how: Preprocess, *, shrinks: bool) -> Image.Resampling:
    if how.interpolation == "area":
        return Image.Resampling.BOX if shrinks else Image.Resampling.BICUBIC
    return Image.Resampling[how.interpolation.upper()]


def size_before_crop(height: int, width: int, how: Preprocess) -> tuple[int, int]:
    """(height, width) that a picture of that size is brought to; never smaller than the crop."""
    target_height, target_width = (math.floor(side / how.crop_fraction) for side in how.image_size)
    if how.crop_mode == "squash":
        return target_height, target_width
    if target_height == target_width:
        long = int(target_width * max(height, width) / min(height, width))
        return (target_height, long) if height <= width else (long, target_width)
    ratio = min(height / target_height, width / target_width)
    return round(height / ratio), round(width / ratio)
