"""Preprocessing of an image for a network: resize, crop, normalise."""

import math

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from convnext_viz.nets.preprocess import Preprocess


def preprocess(image: Image.Image, how: Preprocess) -> tuple[Tensor, Image.Image]:
    """The network's input ``x``, float32 (1, 3, h, w), and the picture it was made from.

    "center" brings the short side to ``floor(size / crop_fraction)``, keeps the aspect ratio, and
    cuts out the middle; "squash" brings both sides there, so that nothing is cut off at a
    fraction of 1 and circles may become ellipses. The second value is what a person should be
    shown, as it is exactly what the network gets: an RGB picture of (w, h) before normalisation.

    Equal to timm's ``create_transform(..., is_training=False)`` with the same settings, rounding
    included (timm/data/transforms_factory.py, ``transforms_imagenet_eval``).
    """
    shown = fitted(image, how)
    x = torch.from_numpy(np.array(shown)).permute(2, 0, 1).contiguous()  # (3, h, w), 0..255
    x = x.to(torch.float32).div(255)
    mean = torch.tensor(how.mean, dtype=torch.float32)[:, None, None]
    std = torch.tensor(how.std, dtype=torch.float32)[:, None, None]
    return x.sub(mean).div(std).unsqueeze(0), shown


def fitted(image: Image.Image, how: Preprocess) -> Image.Image:
    """The image resized and cut to ``how.image_size``, as RGB; one of that size stays as is."""
    resized_height, resized_width = size_before_crop(image.height, image.width, how)
    resample = Image.Resampling[how.interpolation.upper()]
    resized = image.convert("RGB").resize((resized_width, resized_height), resample)
    height, width = how.image_size
    top, left = round((resized_height - height) / 2), round((resized_width - width) / 2)
    return resized.crop((left, top, left + width, top + height))


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
