"""Validity of a map: whether it shows evidence, or what rounding left of a sum that is zero.

A sum of float32 numbers that cancel is not zero: it is what their rounding leaves. Scaled to its
own largest value it looks like any other map, in full colour, and says nothing. Two numbers tell:
what remains of the terms' magnitudes after they were summed, and how far the score moves at all.

HiResCAM is the case in point: what follows a stage and begins with a norm over channels does not
change when all channels of a position are scaled, f(sA) = f(A). Its derivative at s = 1 is the sum
over channels of gradient × activation, which is the map: zero at every position (Euler).
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from convnext_viz.results import Nothing

if TYPE_CHECKING:
    from torch import Tensor

EPS = float(np.finfo(np.float32).eps)  # 1.2e-7: maps are float32, whatever made them
CANCELLED = 2048 * EPS
"""2.4e-4 of the terms' magnitudes: less than that is rounding and the norm's own ε.

Measured on the bundled nets, fresh ConvNeXt, V2, ResNet-50 and small nets of every kind: HiResCAM
in front of a norm over channels leaves 9e-8 … 1.3e-4 (trained nets at most 7e-7), any other map of
a trained net 0.12 … 1, and the least of all on fresh ones 4.6e-4.
"""
UNMOVED = 64 * EPS
"""7.6e-6 of the largest logit: a score that moves less is the same in float32, up to rounding."""


def remaining(total: "Tensor", magnitude: "Tensor") -> float:
    """What is left of a map's terms after they were summed, from 0 to 1; NaN where all are 0.

    ``total``: (h, w) their sums before anything is cut off; ``magnitude``: (h, w) the sums of their
    absolute values.
    """
    largest = float(magnitude.max())
    return float(total.abs().max()) / largest if largest > 0 else float("nan")


def nothing_to_see(
    values: NDArray[np.float32], *, remains: float, effect: float, largest_logit: float
) -> Nothing:
    """Why a map (h, w) shows nothing, or "" where it shows something.

    ``remains``: of :func:`remaining`, NaN where nothing was summed. ``effect``: how far what the
    map measures moves the score, unit of a logit.
    """
    if effect <= UNMOVED * largest_logit:
        return "saturated"
    if remains <= CANCELLED:
        return "cancelled"
    if not values.any():
        return "empty"
    return "flat" if values.min() == values.max() else ""
