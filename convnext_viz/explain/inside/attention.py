"""The attention of one block: how much each token takes of each other, head by head."""

from typing import Any

import torch
from torch import Tensor, nn

from convnext_viz.explain.inside.block import at_block
from convnext_viz.nets.attention import Attention, WindowAttention
from convnext_viz.nets.walk import walk
from convnext_viz.text import t


def attention(
    net: nn.Sequential, x: Tensor, *, stage: str = "stage1", block: int = 0, masked: bool = True
) -> Tensor:
    r"""The weights of a block's attention for images (N, C, H, W), computed again from its input:

    .. math:: A = \mathrm{softmax}\left(q k^\top / \sqrt{d} + B + m\right)

    (N, heads, T, T) among all tokens, the learnt ones first; (N, windows, heads, M², M²) within
    windows, row by row, of the padded and shifted map. ``masked`` False leaves out the mask of
    shifted windows. Raises ValueError for a stage or block that the net does not have, and for a
    block without attention.
    """
    module, inside = at_block(net, x, stage=stage, block=block)
    y = inside
    with torch.no_grad():
        for visit in walk(module, inside):
            layer: Any = visit.module
            if isinstance(layer, Attention):
                return layer.weights(y)
            if isinstance(layer, WindowAttention):
                return layer.weights(y, masked=masked)
            y = visit.output
    raise ValueError(t("explain.error.no_attention", stage=stage, block=block))
