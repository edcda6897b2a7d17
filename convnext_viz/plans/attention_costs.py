"""Closed formulas of what attention costs: among all tokens of a map, and within windows.

Liu et al. 2021, equations 1 and 2: linear layers for queries, keys, values and output, and the two
products. In multiply-adds.
"""

from dataclasses import replace
from math import sqrt

from convnext_viz.plans.planner import plan
from convnext_viz.plans.structure import Residual
from convnext_viz.specs import SwinSpec


def matrices(tokens: int, channels: int) -> int:
    """4 · hw · C²: the linear layers."""
    return 4 * tokens * channels**2


def global_attention(tokens: int, channels: int) -> int:
    """4 · hw · C² + 2 · (hw)² · C: each token takes of all (equation 1)."""
    return matrices(tokens, channels) + 2 * tokens**2 * channels


def window_attention(tokens: int, channels: int, window: int) -> int:
    """4 · hw · C² + 2 · M² · hw · C: each token takes of its window (equation 2)."""
    return matrices(tokens, channels) + 2 * window**2 * tokens * channels


def equal_side(window: int, jump: int) -> int:
    """The image's side, in pixels, at which both cost the same: one window holds the map."""
    return window * jump


def products_overtake(channels: int, jump: int) -> float:
    """The image's side, in pixels, from which global attention's products cost more than its linear
    layers: hw = 2C. Products within windows cost more than theirs where M² > 2C, at no size else.
    """
    return jump * sqrt(2 * channels)


def planned_attention(spec: SwinSpec, stage: int, side: int, *, window: int | None = None) -> int:
    """The same from the plan: multiply-adds of the attention of a stage's first block, for an image
    of ``side`` pixels, padding included; ``window`` in place of the spec's own."""
    described = plan(replace(spec, window=window or spec.window), side)
    step = described.stage(f"stage{stage + 1}").blocks[0].steps[0]
    assert isinstance(step, Residual)
    return sum(layer.macs for layer in step.layers)
