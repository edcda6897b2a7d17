"""Attention in shifted windows, taken apart: windows, masks, biases, merging, padding."""

from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from convnext_viz.explain.inside.block import at_block
from convnext_viz.nets.attention import (
    WindowAttention,
    WindowShift,
    WindowUnshift,
    mask,
    offsets,
    regions,
    steps,
)
from convnext_viz.results import PaddingOrders, PositionBias, Windows
from convnext_viz.text import t


@dataclass(frozen=True)
class _Branch:
    """The branch of a block that attends, from its map to what it adds."""

    x: Tensor  # (N, C, h, w) what is padded and rolled
    qkv: nn.Module
    attention: WindowAttention
    proj: nn.Module


def windows(
    net: nn.Sequential,
    x: Tensor,
    *,
    stage: str = "stage1",
    block: int = 1,
    shift: int | None = None,
) -> Windows:
    """The attention of a block in its windows for one image, (1, 3, H, W), with and without mask.

    ``shift``: by how many tokens the map is rolled; None is the block's own. Raises ValueError for
    a stage or block that the net does not have, for a block without windows, and for a shift of a
    window or more.
    """
    branch = _branch(net, x, stage, block)
    side = branch.attention.window
    shift = branch.attention.shift if shift is None else shift
    if not 0 <= shift < side:
        raise ValueError(t("swin.error.shift", value=shift, last=side - 1))
    attention = copy(branch.attention)  # shares its weights
    attention.shift = shift
    with torch.no_grad():
        rolled = WindowShift(side, shift)(branch.x)
        qkv = branch.qkv(rolled)
        masked, free = (attention.weights(qkv, masked=on)[0] for on in (True, False))
    size = (rolled.shape[2], rolled.shape[3])
    down, right = (steps(length, side, shift) for length in size)
    return Windows(
        stage=stage,
        block=block,
        side=side,
        shift=(down, right),
        size=size,
        unpadded=(branch.x.shape[2], branch.x.shape[3]),
        labels=_frozen(regions(size, side, shift).numpy()),
        mask=_frozen(mask(size, side, shift).numpy()),
        masked=_frozen(masked.float().cpu().numpy()),
        free=_frozen(free.float().cpu().numpy()),
    )


def position_bias(net: nn.Sequential, *, stage: str = "stage1", block: int = 1) -> PositionBias:
    """The biases that a block's attention adds, by the offset of a key from a query.

    V1 has learnt them as a table, V2 has a small network that gives them.
    """
    attention = _attention(net.get_submodule(f"{stage}.blocks.{block}"), stage, block)
    side = attention.window
    with torch.no_grad():
        pairs = attention.bias().float().cpu().flatten(1)  # (heads, M⁴)
    table = torch.zeros(len(pairs), (2 * side - 1) ** 2)
    table[:, offsets(side, table.device).flatten()] = pairs
    return PositionBias(
        side=side, table=_frozen(table.reshape(len(pairs), 2 * side - 1, -1).numpy())
    )


def padding_orders(
    net: nn.Sequential, x: Tensor, *, stage: str = "stage1", block: int = 1
) -> PaddingOrders:
    """What a block's attention adds for one image where the map is padded before its roll, as here
    and in torchvision, and after it, as in timm, whose mask does not know of it (timm#2438)."""
    branch = _branch(net, x, stage, block)
    side, shift = branch.attention.window, branch.attention.shift
    h, w = branch.x.shape[2:]
    with torch.no_grad():
        padded = WindowShift(side, shift)(branch.x)
        added = branch.proj(branch.attention(branch.qkv(padded)))
        before = WindowUnshift(side, shift)(added)[0, :, :h, :w]
        late = F.pad(branch.x.roll((-shift, -shift), (2, 3)), (0, -w % side, 0, -h % side))
        added = branch.proj(branch.attention(branch.qkv(late)))
        after = added[:, :, :h, :w].roll((shift, shift), (2, 3))[0]
    size = (padded.shape[2], padded.shape[3])
    down, right = (steps(length, side, shift) for length in size)
    return PaddingOrders(
        unpadded=(h, w),
        size=size,
        shift=(down, right),
        before=_frozen(before.norm(dim=0).cpu().numpy()),
        distance=_frozen((before - after).norm(dim=0).cpu().numpy()),
        mixed=_frozen(_mixed((h, w), size, side, shift)),
    )


def _mixed(
    unpadded: tuple[int, int], size: tuple[int, int], side: int, shift: int
) -> NDArray[np.bool_]:
    """Whether the mask, made for the padded map, lets a token talk to one that only the roll of the
    unpadded map made its neighbour; (h, w) at places before the roll."""
    labels = regions(size, side, shift).numpy()
    wrapped = [np.arange(length) >= length - shift for length in unpadded]
    parts = 2 * wrapped[0][:, None] + wrapped[1]  # of the rolled, unpadded map
    found = np.zeros(unpadded, dtype=np.bool_)
    for row in range(0, unpadded[0], side):
        for column in range(0, unpadded[1], side):
            here = np.s_[row : row + side, column : column + side]
            part = parts[here].flatten()  # cut off where only padding is
            label = labels[: unpadded[0], : unpadded[1]][here].flatten()
            talks = (label[:, None] == label) & (part[:, None] != part)
            found[here] = talks.any(1).reshape(found[here].shape)
    return np.roll(found, (shift, shift), (0, 1))


def _branch(net: nn.Sequential, x: Tensor, stage: str, block: int) -> _Branch:
    module, inside = at_block(net, x, stage=stage, block=block)
    attention = _attention(module, stage, block)
    body: Any = module.get_submodule("attn.body")
    parts = dict(body.named_children())
    with torch.no_grad():
        for name, part in parts.items():
            if name == "shift":
                break
            inside = part(inside)
    return _Branch(inside, parts["qkv"], attention, parts["proj"])


def _attention(module: nn.Module, stage: str, block: int) -> WindowAttention:
    found = [one for one in module.modules() if isinstance(one, WindowAttention)]
    if not found:
        raise ValueError(t("swin.error.no_windows", stage=stage, block=block))
    return found[0]


def _frozen(values: NDArray[Any]) -> NDArray[Any]:
    values = values.copy()
    values.setflags(write=False)  # shared by all who look
    return values
