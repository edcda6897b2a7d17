"""Records of what a Vision Transformer makes of one image, token by token."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convnext_viz.results.evidence import Faithfulness

Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False)
class TokenTrace:
    """One forward pass: every token behind every block, and how much it took of each other one.

    T tokens: ``prefix`` learnt ones, then those of the patches, row by row.
    """

    grid: tuple[int, int]  # rows and columns of patches
    patch: tuple[int, int]  # height and width of a patch, pixels of the network's input
    prefix: int  # learnt tokens: class token, distillation token, registers
    reads_token: bool  # whether the classifier reads learnt tokens; else the mean of the patches
    embedded: Floats  # (C, h, w) of the patches, before positions
    positions: Floats  # (C, h, w) what is added to them
    tokens: Floats  # (L + 1, T, C): into the first block, and out of every one
    attention: Floats  # (L, heads, T, T), rows sum to 1
    logits: Floats  # (classes,)

    @property
    def norms(self) -> Floats:
        """Euclidean length of every token, (L + 1, T)."""
        lengths: Floats = np.linalg.norm(self.tokens, axis=-1)
        return lengths

    def on_grid(self, values: NDArray[Any]) -> NDArray[Any]:
        """What belongs to patches, of (…, T), as a map (…, h, w)."""
        return values[..., self.prefix :].reshape(*values.shape[:-1], *self.grid)

    def read(self, matrix: NDArray[np.floating]) -> NDArray[np.floating]:
        """The rows of (…, T, T) that the classifier reads: the class token's, or the patches'
        mean."""
        rows: NDArray[np.floating] = (
            matrix[..., 0, :] if self.reads_token else matrix[..., self.prefix :, :].mean(-2)
        )
        return rows


@dataclass(frozen=True, kw_only=True, eq=False)
class LogitLens:
    """The classifier applied to what stands behind every block, though only the last was trained
    for it."""

    logits: Floats  # (L + 1, outputs) of all tokens together: the last row is the network's
    top: NDArray[np.int64]  # (L + 1, T) the most probable class of each token alone
    probability: Floats  # (L + 1, T) of it

    @property
    def curve(self) -> Floats:
        """Probabilities of all classes behind every block, (L + 1, classes); of one output, that of
        the class that it means and of the other one."""
        if self.logits.shape[1] == 1:
            both: Floats = 1 / (1 + np.exp(np.concatenate([-self.logits, self.logits], 1)))
            return both
        powers = np.exp(self.logits - self.logits.max(1, keepdims=True))
        shares: Floats = powers / powers.sum(1, keepdims=True)
        return shares


@dataclass(frozen=True, kw_only=True, eq=False)
class LinearProbes:
    """Accuracy of a classifier fitted behind every block, on images to which it was not fitted."""

    fitted: int  # images
    tested: int  # other images
    accuracy: Mapping[str, NDArray[np.float64]]  # (L + 1,) by features: "learnt", "patches"
    lens: NDArray[np.float64] | None  # (L + 1,) the network's own classifier on the same images


@dataclass(frozen=True, kw_only=True, eq=False)
class TokenGradient:
    """The gradient of a class's logit with respect to all tokens at one place of a network."""

    block: int  # counted from 0; -1: into the first block
    part: str  # "output", or of the last block "norm" (before its attention), "sum" (behind it)
    learnt: float  # largest magnitude of the learnt tokens' gradients; 0 where there are none
    patches: float  # the same of the patches' tokens
    grad_cam: Floats  # (h, w)


@dataclass(frozen=True, kw_only=True, eq=False)
class AttentionRelevance:
    """Attention weighted with the gradient of a class's logit (Chefer et al. 2021)."""

    layers: Floats  # (L, T, T): the mean over heads of (∇A ⊙ A)⁺
    relevance: Floats  # (T, T): of all layers together
    moves: Floats  # (L,): the sum of |∇A ⊙ A| in each layer, unit of a logit


@dataclass(frozen=True, kw_only=True)
class KernelReach:
    """How far one block of a ConvNeXt looks: its depthwise convolution, and all before it."""

    name: str  # "stage3.blocks.4"
    depth: float  # of all blocks, 0 … 1
    distance: float  # mean distance within one kernel of equal weights, pixels of the input
    field: int  # theoretical receptive field along a side, pixels


@dataclass(frozen=True, kw_only=True, eq=False)
class TokenMapTest:
    """Whether one map of a Vision Transformer holds."""

    name: str  # a key of ``token_maps``
    faithfulness: Faithfulness  # deletion and insertion
    shuffled: float  # rank correlation with the map of the net with shuffled weights; NaN: flat
