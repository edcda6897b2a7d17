r"""Merging of 2×2 neighbours is a convolution of stride 2: the same numbers, by both ways.

With the slices' channels side by side, :math:`W = (W_1, W_2, W_3, W_4)`, the matrix after merging
is a 2×2 kernel whose four places are the four parts of :math:`W`. V1 normalises the 4C channels in
between: :math:`W(\gamma \odot (x - \mu) / \sigma + \beta)`, a convolution with
:math:`W \odot \gamma`, whose result is shifted and scaled at each position by :math:`\mu` and
:math:`\sigma` of its 2×2 neighbours.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convnext_viz.explain.slices import split, stages_of_blocks
from convnext_viz.nets.tokens import PatchMerging
from convnext_viz.results import Merging
from convnext_viz.text import t

ORDER = ((0, 0), (1, 0), (0, 1), (1, 1))
"""Row and column of the neighbours in the order of their channels: that of the official code."""

_IN_ROWS = ((0, 0), (0, 1), (1, 0), (1, 1))  # that of mmpretrain's files


def merging(net: nn.Sequential, x: Tensor, *, stage: str = "stage2") -> Merging:
    """What the merging before a stage makes of one image, (1, 3, H, W): as the net computes it, as
    a convolution, and with its neighbours in another order.

    Raises ValueError for a stage that does not begin with merging.
    """
    stages = stages_of_blocks(net)
    parts = dict(net.get_submodule(stage).named_children()) if stage in stages else {}
    own: Any = parts.get("downsample", nn.Sequential())
    if not any(isinstance(one, PatchMerging) for one in own):
        raise ValueError(t("swin.error.no_merging", stage=stage))
    with torch.no_grad():
        given = split(net, stages[stages.index(stage) - 1])[0](x)
        sliced = own(given)
        even = F.pad(given, (0, given.shape[3] % 2, 0, given.shape[2] % 2))
        convolved = _convolved(even, own)
        other = torch.cat([even[:, :, i::2, j::2] for i, j in _IN_ROWS], 1)
        reordered = own[1:](other)
    return Merging(
        given=given[0].cpu().numpy().copy(),
        order=ORDER,
        sliced=sliced[0].cpu().numpy().copy(),
        convolved=convolved[0].cpu().numpy().copy(),
        reordered=reordered[0].cpu().numpy().copy(),
    )


def kernel(matrix: Tensor) -> Tensor:
    """The matrix after merging, (D, 4C), as a kernel, (D, C, 2, 2)."""
    parts = matrix.chunk(4, 1)
    placed = matrix.new_empty(len(matrix), parts[0].shape[1], 2, 2)
    for (row, column), part in zip(ORDER, parts, strict=True):
        placed[:, :, row, column] = part
    return placed


def _convolved(x: Tensor, own: Any) -> Tensor:
    matrix: Tensor = own.reduction.weight.flatten(1)  # (D, 4C)
    names = [name for name, _ in own.named_children()]
    if names.index("norm") > names.index("reduction"):  # V2
        after: Tensor = own.norm(F.conv2d(x, kernel(matrix), stride=2))
        return after
    norm = own.norm
    scaled = matrix * norm.weight
    mean = F.avg_pool2d(x.mean(1, keepdim=True), 2)
    variance = F.avg_pool2d(x.square().mean(1, keepdim=True), 2) - mean.square()
    y = F.conv2d(x, kernel(scaled), stride=2) - mean * scaled.sum(1)[:, None, None]
    y = y / (variance + norm.eps).sqrt()
    return y + (matrix @ norm.bias)[:, None, None]
