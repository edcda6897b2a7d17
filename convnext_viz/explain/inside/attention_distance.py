"""How far attention looks: the mean distance of each head, and of what it is compared with."""

from math import hypot

import numpy as np
from numpy.typing import NDArray

from convnext_viz.plans import Plan
from convnext_viz.results.tokens import KernelReach


def patch_distances(grid: tuple[int, int], patch: float) -> NDArray[np.float64]:
    """Pixels between the centres of every two patches of ``patch`` pixels a side: (n, n)."""
    rows, columns = np.indices(grid).reshape(2, -1)
    down, across = np.subtract.outer(rows, rows), np.subtract.outer(columns, columns)
    return patch * np.hypot(down, across)


def attention_distances(
    attention: NDArray[np.floating], grid: tuple[int, int], patch: float
) -> NDArray[np.float64]:
    r"""The mean distance of attention, pixels, (…) of weights (…, T, T):

    .. math:: \frac1n \sum_i \sum_j A'_{ij}\, P\, \lVert p_i - p_j \rVert

    Rows and columns of learnt tokens, the first ones, are left out, and what is left of each row,
    A′, is divided by its sum: Dosovitskiy et al. 2021, Figure 7, do not say whether they do so.
    """
    prefix = attention.shape[-1] - grid[0] * grid[1]
    among = attention[..., prefix:, prefix:].astype(np.float64)
    among = among / np.maximum(among.sum(-1, keepdims=True), np.finfo(np.float64).tiny)
    distances: NDArray[np.float64] = (among * patch_distances(grid, patch)).sum(-1).mean(-1)
    return distances


def uniform_distance(grid: tuple[int, int], patch: float) -> float:
    """The same where every patch takes equally of all."""
    return float(patch_distances(grid, patch).mean())


def kernel_distance(kernel_size: int, jump: int) -> float:
    """The same of a convolution of equal weights, whose positions are ``jump`` pixels apart."""
    half = (kernel_size - 1) / 2
    places = [jump * (i - half) for i in range(kernel_size)]
    return sum(hypot(y, x) for y in places for x in places) / kernel_size**2


def kernel_reaches(plan: Plan) -> tuple[KernelReach, ...]:
    """How far every block of a convolutional network looks, the first one first."""
    blocks = [(stage, block) for stage in plan.stages for block in stage.blocks]
    found = []
    for number, (stage, block) in enumerate(blocks):
        size = max(layer.kernel_size for layer in block.layers)
        found.append(
            KernelReach(
                name=block.name,
                depth=number / max(len(blocks) - 1, 1),
                distance=kernel_distance(size, stage.jump),
                field=block.receptive_field,
            )
        )
    return tuple(found)
