"""A kind of layer: what all layers of it have in common, as a row; and the shapes they work on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convnext_viz.plans.chain import Op
    from convnext_viz.plans.kinds import Layer

Shape = tuple[int, ...]  # (C, H, W) of a map, (T, C) of tokens, (C,) of a vector


def channels(shape: Shape) -> int:
    """Channels of a map, of tokens or of a vector."""
    return shape[1] if len(shape) == 2 else shape[0]


def positions(shape: Shape) -> Shape:
    """Rows and columns of a map, the number of tokens, or nothing for a vector."""
    return shape[:1] if len(shape) == 2 else shape[1:]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What all layers of a kind have in common; formulas are LaTeX without dollars.

    C: channels, k: kernel size, g: groups, h×w: output positions, s: hidden channels; n: tokens,
    M: side of a window of tokens, H: heads, G: side of a table of positions, p: tokens before the
    grid's.
    """

    output: str  # formula of what it puts out; a bias is the last summand
    weights: Callable[["Layer"], Shape] | None = None  # factors of the number of weights
    per_channel: int = 0  # further learnable numbers an output channel, apart from a bias
    tables: Callable[["Layer"], tuple[Shape, ...]] | None = None  # further ones: factors of each
    work: Callable[["Layer"], Shape] | None = None  # factors of one output position's multiply-adds
    once: Callable[["Layer"], Shape] | None = None  # factors of those that no position repeats
    params: str = "0"  # formula of the learnable numbers, apart from a bias
    macs: str = "0"  # formula of the multiply-adds at one output position
    macs_once: str = ""  # formula of those that no position repeats
    window: bool = False  # has a kernel size worth naming
    attends: bool = False  # its work is between activations, not with weights
    reshape: Callable[[Shape, "Op"], Shape] | None = None  # (shape in, operation) → shape out
