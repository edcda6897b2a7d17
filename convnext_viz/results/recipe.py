"""Records of what a recipe's ingredients do to single images and to a first update."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class MixedImage:
    """Two images mixed into one."""

    image: NDArray[np.uint8]  # (H, W, 3)
    share: float  # of the first image in the target, 0 … 1


@dataclass(frozen=True, kw_only=True)
class AppliedOperation:
    """One operation of RandAugment; ``name`` is timm's."""

    name: str
    level: float  # −10 … 10: the magnitude, and to which side


@dataclass(frozen=True, kw_only=True, eq=False)
class AugmentedImage:
    """An image after RandAugment and Random Erasing."""

    image: NDArray[np.uint8]  # (H, W, 3)
    operations: tuple[AppliedOperation, ...]  # in the order in which they were applied
    erased: float  # share of the image that was replaced by noise, 0 … 1


@dataclass(frozen=True, kw_only=True)
class FirstUpdate:
    """The first update of a freshly initialised network whose layer scale starts at ``gamma``.

    ``gradients`` are the norms of the loss's gradient in the layers of the residual branches, in
    layer scale and in all other layers.
    """

    gamma: float
    branch: float  # ‖features − features with every branch switched off‖ / ‖the latter‖
    gradients: Mapping[str, float]  # of "branches", "gamma", "others"
    change: float  # ‖logits after the update − logits before‖ / ‖logits before‖
    gamma_after: float  # root mean square of γ after the update
    branch_step: float  # root mean square of the branch weights' update / learning rate
