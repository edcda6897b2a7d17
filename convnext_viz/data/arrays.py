"""Arrays of images as people store them: their layout and range are looked at, never guessed."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from convnext_viz.text import t

SIDE = 32  # pixels: CIFAR's format has no other


class ArrayError(ValueError):
    """An array that is not one of images; the message says what it is."""


def images_of(stored: Any, name: str) -> NDArray[np.uint8]:
    """(N, 32, 32, 3) of CIFAR's rows (N, 3072), of (N, 3, 32, 32) or of (N, 32, 32, 3).

    Whole numbers from 0 to 255, whatever their type. Raises ArrayError for another layout, and for
    other values: floats of 0 … 1, or normalised ones, would all be black.
    """
    images = np.asarray(stored)
    shape = images.shape
    if images.ndim == 2 and shape[1] == 3 * SIDE * SIDE:
        images = images.reshape(-1, 3, SIDE, SIDE).transpose(0, 2, 3, 1)
    elif shape[1:] == (3, SIDE, SIDE):
        images = images.transpose(0, 2, 3, 1)
    elif shape[1:] != (SIDE, SIDE, 3):
        raise ArrayError(t("train.error.array_layout", name=name, shape=shape, side=SIDE))
    if images.dtype == np.uint8:
        return images
    kind = images.dtype
    if not (np.issubdtype(kind, np.integer) or np.issubdtype(kind, np.floating)):
        raise ArrayError(t("train.error.array_range", name=name, kind=kind, least="–", most="–"))
    whole = images.astype(np.uint8)
    if not np.array_equal(whole, images):
        span = {"least": f"{images.min():.4g}", "most": f"{images.max():.4g}"}
        raise ArrayError(t("train.error.array_range", name=name, kind=kind, **span))
    return whole
