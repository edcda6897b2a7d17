"""Records of re-parameterization: a block's branches as kernels, and how far outputs drift."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class BranchKernel:
    """A branch of a block as one convolution: kernel ``factor · kernel``, and ``bias``.

    ``kernel`` is (C_out, C_in / groups, k, k), that of a 1×1 convolution in the middle of zeros and
    that of the identity as ones; ``factor`` is γ / σ and ``bias`` β − μ · γ / σ, (C_out,) each.
    """

    name: str  # dense, pointwise, identity
    kernel: NDArray[np.floating]
    gamma: NDArray[np.floating]  # (C_out,)
    sigma: NDArray[np.floating]  # (C_out,): √(running variance + ε)
    bias: NDArray[np.floating]

    @property
    def factor(self) -> NDArray[np.floating]:
        """γ / σ of every output channel, (C_out,)."""
        return self.gamma / self.sigma

    @property
    def fused(self) -> NDArray[np.floating]:
        """Its share of the deployed kernel, (C_out, C_in / groups, k, k)."""
        return self.kernel * self.factor[:, None, None, None]


@dataclass(frozen=True, kw_only=True, eq=False)
class Fusion:
    """The branches of one block, and the convolution that they become together."""

    block: str  # "stage3.blocks.4"
    branches: tuple[BranchKernel, ...]
    kernel: NDArray[np.floating]  # (C_out, C_in / groups, k, k)
    bias: NDArray[np.floating]  # (C_out,)


@dataclass(frozen=True, kw_only=True)
class Drift:
    """How far the outputs of a network are from those of its training form on the same images."""

    way: str  # "fused", a mistake's name, or "train_mode"
    difference: float  # largest absolute difference ÷ largest absolute output; inf: it overflowed
    predictions: float  # share of the images whose largest output is another one, 0 … 1


@dataclass(frozen=True, kw_only=True, eq=False)
class BlockForms:
    """A block's outputs for one image: those of its training form, and those of another way."""

    block: str  # "stage3.blocks.4"
    way: str  # as of a Drift
    expected: NDArray[np.floating]  # (C, H, W), of the training form
    found: NDArray[np.floating]  # (C, H, W)
    difference: float  # largest absolute difference ÷ largest absolute output


@dataclass(frozen=True, kw_only=True, eq=False)
class Distribution:
    """Weights or activations of one branch of a block, or of the sum, as a histogram."""

    of: str  # "weights", "activations"
    branch: str  # dense, pointwise, identity, sum
    edges: NDArray[np.floating]  # (bins + 1,), the same for all branches
    shares: NDArray[np.floating]  # (bins,), of all values; they add up to 1
    std: float
    largest: float  # largest magnitude


@dataclass(frozen=True, kw_only=True)
class EightBits:
    """A network with kernels rounded to 8 bits, compared with the network before that."""

    fused: bool  # the sum is rounded; else every branch before they are added up
    per: str  # "tensor" or "channel": what shares a scale
    activations: bool  # whether every block's input is rounded to 8 bits, too
    difference: float  # ‖difference of the outputs‖ ÷ ‖outputs‖, over all images
    agreement: float  # share of the images with the same prediction, 0 … 1
    accuracy: float | None  # None: the classes of the images are not the network's


@dataclass(frozen=True, kw_only=True)
class EightBitsCompared:
    """All ways to round a network, on the same images."""

    rows: tuple[EightBits, ...]
    images: int
    accuracy: float | None  # before rounding
