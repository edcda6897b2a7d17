"""Looking into re-parameterization: a block's branches as kernels, and what mistakes do."""

import copy
from math import inf

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convnext_viz.explain.checks import check_net
from convnext_viz.nets.reparam import MISTAKES, blocks, fused_branches, reparameterize, summed
from convnext_viz.results import BlockForms, BranchKernel, Drift, Fusion
from convnext_viz.specs import RepVGGSpec
from convnext_viz.text import t

WAYS = ("fused", "train_mode", *MISTAKES)
"""The right way, and those that people ask about."""


def fusion(net: nn.Sequential, block: str) -> Fusion:
    """The branches of a block in training form as kernels, and their sum, in the net's precision.

    Raises ValueError for a block that the net does not have.
    """
    known = _known(net, block)
    with torch.no_grad():
        branches = fused_branches(known[block])
        kernel, bias = summed(branches)
    return Fusion(
        block=block,
        branches=tuple(
            BranchKernel(
                name=one.name,
                kernel=_values(one.kernel),
                gamma=_values(one.gamma),
                sigma=_values(one.sigma),
                bias=_values(one.bias),
            )
            for one in branches
        ),
        kernel=_values(kernel),
        bias=_values(bias),
    )


def drift(net: nn.Sequential, spec: RepVGGSpec, x: Tensor, way: str = "fused") -> Drift:
    """How far a network's outputs for ``x``, (N, C, H, W), are from those of its training form.

    ``way``: ``"fused"`` is the deployed form, in the precision of the net; ``"train_mode"`` forgets
    ``eval()``, so that BN takes the mean and variance of these images; the others fuse wrongly
    (``nets.reparam.MISTAKES``). The net stays as it is. Raises ValueError for a net in train mode,
    KeyError for another way.
    """
    return compared(net, by_way(net, spec, way), x, way)


def compared(net: nn.Sequential, other: nn.Sequential, x: Tensor, way: str = "fused") -> Drift:
    """The same for a network that is made already: ``other``, by ``way``."""
    check_net(net)
    with torch.no_grad():
        expected, found = net(x), other(x)
    changed = found.argmax(1) != expected.argmax(1)
    return Drift(
        way=way,
        difference=_relative(found, expected),
        predictions=float(changed.double().mean()),
    )


def by_way(net: nn.Sequential, spec: RepVGGSpec, way: str) -> nn.Sequential:
    """Another network made from a net in training form, by one of :data:`WAYS`."""
    if way == "train_mode":
        return copy.deepcopy(net).train()
    return reparameterize(net, spec, fuse=summed if way == "fused" else MISTAKES[way])


def block_forms(
    net: nn.Sequential, other: nn.Sequential, x: Tensor, block: str, way: str = "fused"
) -> BlockForms:
    """The outputs of one block for ``x``, (1, C, H, W), in training form and in ``other``.

    Both are given what the blocks before put out in training form: what is seen is this block's
    own. Raises ValueError for a block that the net does not have.
    """
    check_net(net)
    known = _known(net, block)
    with torch.no_grad():
        for name in known:
            if name == block:
                break
            x = known[name](x)
        expected, found = known[block](x), other.get_submodule(block)(x)
    return BlockForms(
        block=block,
        way=way,
        expected=_values(expected[0]),
        found=_values(found[0]),
        difference=_relative(found, expected),
    )


def _relative(found: Tensor, expected: Tensor) -> float:
    difference = float((found - expected).abs().max() / expected.abs().max())
    return difference if found.isfinite().all() else inf


def _known(net: nn.Sequential, block: str) -> dict[str, nn.Module]:
    known = dict(blocks(net))
    if block not in known:
        raise ValueError(t("block.error.stage", value=block, known=", ".join(known)))
    return known


def _values(tensor: Tensor) -> NDArray[np.floating]:
    values: NDArray[np.floating] = tensor.detach().cpu().numpy().copy()
    return values
