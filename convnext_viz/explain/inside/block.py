"""Looking into one block: its operations one by one, its kernels, and what its branch adds."""

from collections.abc import Iterator
from itertools import groupby

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convnext_viz.explain.slices import as_map, blocks_of, split, stages_of_blocks
from convnext_viz.nets.layers import LayerScale, Residual, added, cut
from convnext_viz.nets.walk import walk
from convnext_viz.results import BlockTrace, BranchShare, Operation
from convnext_viz.text import t


def at_block(
    net: nn.Sequential, x: Tensor, *, stage: str = "stage1", block: int = 0
) -> tuple[nn.Module, Tensor]:
    """The block number ``block`` of a stage, and the input it gets when the net sees ``x``.

    ``x`` is (N, C, H, W). Raises ValueError for a stage or block that the net does not have.
    """
    blocks = blocks_of(net, stage)
    if not 0 <= block < len(blocks):
        raise ValueError(t("block.error.block", value=block, stage=stage, last=len(blocks) - 1))
    with torch.no_grad():
        return blocks[block], split(net, stage, block)[0](x)


def trace(block: nn.Module, x: Tensor, *, grid: tuple[int, int] | None = None) -> BlockTrace:
    """Runs a block's modules one by one on one picture, (1, C, H, W), and keeps every output.

    The operations are ``input``, the first branch's modules by name, each further branch as one
    operation where it is not the identity, ``sum``, and what comes after the sum; the last one is
    ``block(x)``. Tokens, (1, T, C), lie on ``grid``. Raises ValueError if ``x`` is not one picture.
    """
    if x.ndim != (4 if grid is None else 3) or len(x) != 1:
        raise ValueError(t("block.error.one_picture", shape=tuple(x.shape)))
    last = start = "input"
    residual: str | None = None
    aside: dict[int, str] = {}  # the operations that are branches other than the first
    found = [Operation(name="input", values=_values(x, grid))]
    with torch.no_grad():
        for name, visits in groupby(walk(block, x), lambda visit: visit.operation):
            *_, visit = visits
            if visit.residual != residual:
                residual, start, aside = visit.residual, last, {}
            inputs: tuple[str, ...] = (last,)
            if isinstance(visit.module, Residual):
                others = range(1, len(visit.module.branches))
                inputs = (*(aside.get(number, start) for number in others), last)
            elif visit.aside and visit.branch:
                inputs, aside[visit.branch] = (start,), name
            found.append(Operation(name=name, values=_values(visit.output, grid), inputs=inputs))
            last = last if visit.aside else name
    return BlockTrace(operations=tuple(found))


def _values(y: Tensor, grid: tuple[int, int] | None) -> NDArray[np.float32]:
    values = as_map(y, grid)[0].float().contiguous().cpu().numpy().copy()  # no view of a tensor
    values.setflags(write=False)  # shared by all who look
    return values


def spatial_kernels(block: nn.Module) -> NDArray[np.float32]:
    """The k×k kernels of a block's first convolution, (C, k, k).

    A dense convolution has one kernel for each pair of channels; here are those of its first input.
    """
    conv = next(module for module in block.modules() if isinstance(module, nn.Conv2d))
    return conv.weight.detach()[:, 0].float().cpu().numpy().copy()


def branch_shares(
    net: nn.Sequential, x: Tensor, *, layer_scale: float | None = None
) -> tuple[BranchShare, ...]:
    r"""How much every block's branch adds: ``‖γ·F(x)‖ / ‖x‖`` block by block, sum by sum.

    ``layer_scale`` stands in for every γ, as if the net had been initialised with it; the net
    stays as it is. None takes the net's own γ. ``x`` is (N, C, H, W).
    """
    stages = stages_of_blocks(net)
    shares = []
    with torch.no_grad():
        x = split(net, stages[0], 0)[0](x)
        for stage in stages:
            if stage != stages[0]:
                own = dict(net.get_submodule(stage).named_children())
                x = own["downsample"](x) if "downsample" in own else x
            for number, block in blocks_of(net, stage).named_children():
                for part, module in _parts(block):
                    if isinstance(module, Residual):
                        name = f"{stage}.blocks.{number}{part}"
                        share, x = _share(name, module, x, layer_scale)
                        shares.append(share)
                    else:
                        x = module(x)
    return tuple(shares)


def _parts(block: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """The steps of a block, each with what its name adds to the block's."""
    if isinstance(block, Residual):
        yield "", block
    else:
        yield from ((f".{name}", module) for name, module in block.named_children())


def _share(
    name: str, residual: Residual, x: Tensor, layer_scale: float | None
) -> tuple[BranchShare, Tensor]:
    """What a residual's first branch adds, with and without layer scale; and its output."""
    first, *others = residual.branches.values()
    past = sum((branch(x) for branch in others), x.new_zeros(()))
    plain, gamma = x, None
    for module in first:
        if isinstance(module, LayerScale):
            gamma = module
        else:
            plain = module(plain)
    if layer_scale is not None:
        branch = plain * layer_scale
    else:
        branch = plain if gamma is None else gamma(plain)
    branch, plain, length = cut(branch, past), cut(plain, past), float(past.norm())
    share = BranchShare(
        name=name, share=float(branch.norm()) / length, plain=float(plain.norm()) / length
    )
    return share, residual.after(added([branch, past]))
