"""Receptive fields, theoretical and effective: by the geometry of the net, and by its gradients."""

from collections.abc import Iterator
from math import sqrt

import torch
from torch import Tensor, nn

from convnext_viz.explain.checks import as_input, check_input, check_net, check_stage, stage_names
from convnext_viz.explain.places import seen_at
from convnext_viz.plans import Layer, Plan, main_way
from convnext_viz.results import Box, EffectiveField, Progress
from convnext_viz.text import t


def theoretical_field(plan: Plan, stage: str, cell: tuple[int, int]) -> Box:
    """The square of pixels that can reach one cell (row, column) of the output of a stage or of one
    of its blocks.

    It may reach beyond the picture: there the net sees padding. Along convolutions and attention;
    GRN mixes in the full map. Raises ValueError for a stage or cell that there is not.
    """
    known = [one.name for one in plan.stages if one.name != "head"]
    blocks = [block.name for one in plan.stages for block in one.blocks]
    if stage not in (*known, *blocks):
        raise ValueError(t("explain.error.stage", stage=stage, known=", ".join(known)))
    _check_cell(cell, *plan.stage(stage).map_shape[1:])
    (top, bottom), (left, right) = (_pixels(plan, stage, axis, cell[axis]) for axis in (0, 1))
    return Box(top=top, left=left, bottom=bottom, right=right)


def _pixels(plan: Plan, stage: str, axis: int, place: int) -> tuple[int, int]:
    """First pixel that can reach a place along an axis, and the one behind the last."""
    first, end = place, place + 1
    for layer in reversed(list(_way(plan, stage))):
        if layer.reach:
            sides = layer.grid or layer.in_shape[1:]
            first, end = _attended(layer, sides[axis], first, end)
        else:
            first = first * layer.stride - layer.padding
            end = (end - 1) * layer.stride - layer.padding + layer.kernel_size
    return first, end


def _attended(layer: Layer, side: int, first: int, end: int) -> tuple[int, int]:
    """The places that attention lets those from ``first`` on see, along a side of so many."""
    window = layer.window
    if not window or side <= window:
        return 0, side
    # Shifted windows start at the shift; what is before it is a region of its own.
    borders = [0, *range(layer.shift or window, side, window), side]
    before = max(border for border in borders if border <= max(first, 0))
    behind = min(border for border in borders if border >= min(end, side))
    return before, behind


def effective_field(
    net: nn.Sequential,
    pictures: Tensor,
    *,
    stage: str | None = None,
    cell: tuple[int, int] | None = None,
    batch: int = 4,
) -> Iterator[Progress | EffectiveField]:
    """How much each pixel moves one cell of a stage, by the procedure of RepLKNet.

    The cell's positive activations are summed over channels; the gradient of that sum with respect
    to the input, without its negative part and summed over colours, is averaged over ``pictures``
    (N, C, H, W); pictures with NaN are left out. ``stage`` None is the last one, ``cell`` None the
    middle (row h // 2, column w // 2). Any net in eval mode, trained or not, with or without
    classifier. Yields progress, and the field at last. Raises ValueError for a net in train mode,
    an input of another shape, a stage or cell that there is not.

    Caveats: negative gradients are dropped without a reason that the authors gave; an even side has
    no exact middle; small pictures make every field look full (the paper used 1024 pixels).
    Source: Ding et al. 2022, "Scaling Up Your Kernels to 31x31", and their visualize_erf.py.
    """
    check_net(net)
    check_input(net, pictures[:1])
    stage = stage_names(net)[-1] if stage is None else stage
    check_stage(net, stage)
    total = torch.zeros(pictures.shape[-2:], dtype=torch.float64)
    counted = 0
    for first in range(0, len(pictures), batch):
        with torch.inference_mode(False), torch.enable_grad():
            x = as_input(pictures[first : first + batch]).clone().requires_grad_()
            y = seen_at(net, x, stage).map  # (n, C, h, w)
            row, column = cell or (y.shape[2] // 2, y.shape[3] // 2)
            _check_cell((row, column), *y.shape[2:])
            (gradient,) = torch.autograd.grad(y[:, :, row, column].relu().sum(), x)
            score = gradient.relu().sum(1).double().cpu()  # (n, H, W)
        sound = ~score.isnan().any(2).any(1)
        total += score[sound].sum(0)
        counted += int(sound.sum())
        yield Progress(done=min(first + batch, len(pictures)), total=len(pictures))
    yield EffectiveField(
        stage=stage,
        cell=(row, column),
        score=(total / max(counted, 1)).numpy(),
        images=counted,
    )


def gaussian_deviation(layers: int, kernel_size: int) -> float:
    """Standard deviation, pixels per axis, of the field of plain layers with equal weights.

    ``layers`` convolutions of stride 1 make the box of k pixels convolved with itself, whose
    variance is n (k² − 1) / 12: the field grows with the root of the depth, not with the depth.
    Source: Luo et al. 2016, "Understanding the Effective Receptive Field", section 2.
    """
    return sqrt(layers * (kernel_size**2 - 1) / 12)


def plain_deviation(plan: Plan, stage: str) -> float:
    """The same for plain layers in the places of a net's: what it would see with equal weights,
    without shortcuts and activations. Pixels of the input, per axis.

    A layer behind strides that multiply to j takes steps of j pixels, so its variance counts j²
    times; independent steps add up their variances.
    """
    jump, variance = 1, 0.0
    for layer in _way(plan, stage):
        variance += (jump * gaussian_deviation(1, layer.kernel_size)) ** 2
        jump *= layer.stride
    return sqrt(variance)


def _way(plan: Plan, stage: str) -> Iterator[Layer]:
    """The layers that mix positions on the way that sees furthest, up to the end of a stage or of
    one of its blocks."""
    for one in plan.stages:
        yield from filter(_mixes, one.own)
        for block in one.blocks:
            yield from filter(_mixes, main_way(block.steps))
            if block.name == stage:
                return
        if one.name == stage:
            return


def _mixes(layer: Layer) -> bool:
    """Whether a layer mixes positions."""
    return layer.kernel_size > 1 or layer.stride > 1 or bool(layer.reach)


def _check_cell(cell: tuple[int, int], rows: int, columns: int) -> None:
    if not (0 <= cell[0] < rows and 0 <= cell[1] < columns):
        shown = f"{cell[0]}, {cell[1]}"
        raise ValueError(t("methods.error.cell", cell=shown, rows=rows, columns=columns))
