"""Positions of a Vision Transformer: how alike those of two patches are, at any image size."""

import numpy as np
import torch
from numpy.typing import NDArray

from convnext_viz.nets.tokens import resized_positions
from convnext_viz.results.tokens import Floats


def position_similarity(positions: Floats) -> NDArray[np.float64]:
    """The cosine of every two positions of a table (C, h, w): (h·w, h·w), 1 on the diagonal.

    Dosovitskiy et al. 2021, Figure 7, centre.
    """
    rows = positions.reshape(len(positions), -1).T.astype(np.float64)
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    similarity: NDArray[np.float64] = rows @ rows.T
    return similarity


def positions_at(positions: Floats, grid: tuple[int, int]) -> Floats:
    """A table of positions (C, rows, columns), interpolated to another grid as the network does."""
    table = resized_positions(torch.from_numpy(np.array(positions)), grid)
    resized: Floats = table.numpy()
    return resized
