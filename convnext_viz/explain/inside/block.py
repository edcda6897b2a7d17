"""Looking into one block: its operations one by one, its kernels, and what its branch adds."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convnext_viz.nets.layers import Block, LayerScale
from convnext_viz.results import BlockTrace, BranchShare, Operation
from convnext_viz.text import t


def at_block(
    net: nn.Sequential, x: Tensor, *, stage: str = "stage1", block: int = 0
) -> tuple[Block, Tensor]:
    """The block number ``block`` of a stage, and the input it gets when the net sees ``x``.

    ``x`` is (N, C, H, W). Raises ValueError for a stage or block that the net does not have.
    """
    stages = [name for name, child in net.named_children() if hasattr(child, "blocks")]
    if stage not in stages:
        raise ValueError(t("block.error.stage", value=stage, known=", ".join(stages)))
    blocks = net.get_submodule(f"{stage}.blocks")
    assert isinstance(blocks, nn.Sequential)
    if not 0 <= block < len(blocks):
        raise ValueError(t("block.error.block", value=block, stage=stage, last=len(blocks) - 1))
    with torch.no_grad():
        x = net[: list(dict(net.named_children())).index(stage)](x)
        downsample = getattr(net.get_submodule(stage), "downsample", nn.Identity())
        x = blocks[:block](downsample(x))
    chosen = blocks[block]
    assert isinstance(chosen, Block)
    return chosen, x


def trace(block: Block, x: Tensor) -> BlockTrace:
    """Runs a block's modules one by one on one picture, (1, C, H, W), and keeps every output.

    The operations are ``input``, the body's modules by name, ``shortcut`` where it is not the
    identity, ``sum``, and what comes after the sum; the last one is ``block(x)``. Raises ValueError
    if ``x`` is not one picture.
    """
    if x.ndim != 4 or len(x) != 1:
        raise ValueError(t("block.error.one_picture", shape=tuple(x.shape)))
    with torch.no_grad():
        return BlockTrace(operations=tuple(_record(name, y) for name, y in _run(block, x)))


def _run(block: Block, x: Tensor) -> Iterator[tuple[str, Tensor]]:
    yield "input", x
    past = x
    for module in block.shortcut:
        past = module(past)
    y = x
    for name, module in block.body.named_children():
        y = module(y)
        yield name, y
    if len(block.shortcut):
        yield "shortcut", past
    y = past + y
    yield "sum", y
    for name, module in block.after.named_children():
        y = module(y)
        yield name, y


def _record(name: str, y: Tensor) -> Operation:
    values = y[0].float().contiguous().cpu().numpy().copy()  # never a view of a net's tensor
    values.setflags(write=False)  # shared by all who look
    return Operation(name=name, values=values)


def spatial_kernels(block: Block) -> NDArray[np.float32]:
    """The k×k kernels of a block's spatial convolution, (C, k, k).

    A dense convolution has one kernel for each pair of channels; here are those of its first input.
    """
    conv = next(m for m in block.body.modules() if isinstance(m, nn.Conv2d))
    return conv.weight.detach()[:, 0].float().cpu().numpy().copy()


def branch_shares(
    net: nn.Sequential, x: Tensor, *, layer_scale: float | None = None
) -> tuple[BranchShare, ...]:
    r"""How much every block's branch adds: ``‖γ·F(x)‖ / ‖x‖`` block by block.

    ``layer_scale`` stands in for every γ, as if the net had been initialised with it; the net
    stays as it is. None takes the net's own γ. ``x`` is (N, C, H, W).
    """
    shares = []
    with torch.no_grad():
        for stage, child in net.named_children():
            if not hasattr(child, "blocks"):
                x = child(x) if stage == "stem" else x
                continue
            x = getattr(child, "downsample", nn.Identity())(x)
            blocks = child.get_submodule("blocks")
            for i, block in blocks.named_children():
                assert isinstance(block, Block)
                past, plain, branch = _branch(block, x, layer_scale)
                length = float(past.norm())
                shares.append(
                    BranchShare(
                        name=f"{stage}.blocks.{i}",
                        share=float(branch.norm()) / length,
                        plain=float(plain.norm()) / length,
                    )
                )
                x = block.after(past + branch)
    return tuple(shares)


def _branch(block: Block, x: Tensor, layer_scale: float | None) -> tuple[Tensor, Tensor, Tensor]:
    """What goes past the branch, the branch without layer scale, and the branch."""
    plain, gamma = x, torch.ones(())
    for module in block.body:
        if isinstance(module, LayerScale):
            gamma = module.weight.view(-1, 1, 1)
        else:
            plain = module(plain)
    return block.shortcut(x), plain, plain * (gamma if layer_scale is None else layer_scale)
