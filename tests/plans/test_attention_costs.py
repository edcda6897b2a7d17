"""Closed formulas of attention's cost against the layers of plans, and where they cross."""

import pytest

from convnext_viz.plans.attention_costs import (
    equal_side,
    global_attention,
    planned_attention,
    products_overtake,
    window_attention,
)
from convnext_viz.specs import SWIN

TINY = SWIN["swin_tiny_patch4_window7_224"]


@pytest.mark.parametrize("stage", range(4))
@pytest.mark.parametrize("side", [224, 448])
def test_where_windows_fill_the_map_plan_and_formula_agree(stage: int, side: int) -> None:
    tokens = (side // (4 * 2**stage)) ** 2
    formula = window_attention(tokens, TINY.dims[stage], 7)
    assert planned_attention(TINY, stage, side) == formula
    padded = planned_attention(TINY, stage, side - 4 * 2**stage)
    assert padded > window_attention(tokens - 1, TINY.dims[stage], 7) * 0.9


def test_one_window_for_all_is_global_attention() -> None:
    for side in (28, 56, 112, 224):
        tokens = side // 4
        planned = planned_attention(TINY, 0, side, window=tokens)
        assert planned == global_attention(tokens**2, 96)


def test_the_papers_example_and_the_crossings() -> None:
    # Liu et al. 2021, section 3.2: at 56×56 tokens the products are 56² / 7² = 64 times as many.
    linear = 4 * 56**2 * 96**2
    everywhere, within = global_attention(56**2, 96), window_attention(56**2, 96, 7)
    assert (everywhere - linear) == 64 * (within - linear)
    side = equal_side(7, 4)
    assert side == 28
    assert global_attention((side // 4) ** 2, 96) == window_attention((side // 4) ** 2, 96, 7)
    tokens = (products_overtake(96, 4) / 4) ** 2
    assert 2 * tokens**2 * 96 == pytest.approx(4 * tokens * 96**2)
