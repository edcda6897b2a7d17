"""Distances of attention against closed forms and sums by hand."""

from itertools import product
from math import hypot

import numpy as np
import pytest

from convnext_viz.explain.inside.attention_distance import (
    attention_distances,
    kernel_distance,
    kernel_reaches,
    uniform_distance,
)
from convnext_viz.plans import plan
from convnext_viz.specs import CONVNEXT

# Means over all pairs of patches, worked out with exact sums.
UNIFORM = {
    (14, 16): 116.492,
    (24, 16): 200.048,
    (7, 32): 115.503,
    (7, 8): 28.876,
    (8, 4): 16.546,
}


@pytest.mark.parametrize(("grid", "distance"), UNIFORM.items())
def test_uniform_attention(grid: tuple[int, int], distance: float) -> None:
    side, patch = grid
    assert uniform_distance((side, side), patch) == pytest.approx(distance, abs=5e-4)
    tokens = side * side + 1
    uniform = np.full((2, 3, tokens, tokens), 1 / tokens)
    found = attention_distances(uniform, (side, side), patch)
    assert found.shape == (2, 3)
    np.testing.assert_allclose(found, uniform_distance((side, side), patch))


def test_who_looks_at_himself_looks_nowhere() -> None:
    assert attention_distances(np.eye(13), (3, 4), 16) == 0


def test_by_hand_with_learnt_tokens_on_a_grid_that_is_no_square() -> None:
    grid, patch, prefix = (2, 3), 5, 2
    weights = np.random.default_rng(0).random((8, 8))
    weights /= weights.sum(1, keepdims=True)
    places = list(product(range(2), range(3)))
    total = 0.0
    for i, (row, column) in enumerate(places):
        shares = weights[prefix + i, prefix:] / weights[prefix + i, prefix:].sum()
        for share, (down, across) in zip(shares, places, strict=True):
            total += share * patch * hypot(row - down, column - across)
    assert attention_distances(weights, grid, patch) == pytest.approx(total / 6)


def test_kernels_of_equal_weights() -> None:
    assert kernel_distance(1, 4) == 0
    assert kernel_distance(3, 4) == pytest.approx(4 * (4 + 4 * 2**0.5) / 9)


def test_blocks_of_a_convnext() -> None:
    reaches = kernel_reaches(plan(CONVNEXT["convnext_tiny"], 224))
    assert len(reaches) == 18 and reaches[0].depth == 0 and reaches[-1].depth == 1
    assert reaches[0].field == 4 + 6 * 4  # the stem's 4 pixels, then 7×7 at every fourth
    assert [
        one.distance / reaches[0].distance for one in (reaches[3], reaches[6], reaches[-1])
    ] == [pytest.approx(factor) for factor in (2, 4, 8)]
