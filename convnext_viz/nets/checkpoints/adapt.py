"""Weights made to fit a network: tables of positions of another size, biases that a file lacks; and
what a file has besides weights.

All of it is said: each function gives the sentences for it.
"""

import re
from collections.abc import Mapping
from math import isqrt

import torch
from torch import Tensor
from torch.nn import functional as F

from convnext_viz.nets.builder import build
from convnext_viz.nets.checkpoints.naming import our_names
from convnext_viz.nets.checkpoints.rename import unwrap
from convnext_viz.nets.tokens import resized_positions
from convnext_viz.specs import Spec
from convnext_viz.text import t

_COMPUTED = ("relative_position_index", "relative_coords_table", "attn_mask")
_NAMED = 6  # modules that a note names
_POSITIONS, _BIASES = ".pos_embed.weight", ".relative_position_bias"


def ignored(state: Mapping[str, Tensor]) -> tuple[str, ...]:
    """What is said of tensors that are no part of the network, such as masks and indices."""
    dialect, bare = unwrap(state)
    left = [theirs for theirs, ours in our_names(dialect, bare).items() if ours is None]
    computed = [name for name in left if name.rpartition(".")[2] in _COMPUTED]
    others = dict.fromkeys(name.rpartition(".")[0] or name for name in left if name not in computed)
    said = []
    if computed:
        kinds = ", ".join(dict.fromkeys(name.rpartition(".")[2] for name in computed))
        said.append(t("nets.notes.ignored", count=len(computed), names=kinds))
    if others:
        shown = ", ".join(list(others)[:_NAMED]) + (", …" if len(others) > _NAMED else "")
        said.append(t("nets.notes.left", names=shown))
    return tuple(said)


def adapted(state: Mapping[str, Tensor], spec: Spec) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """The weights (our names) as the network needs them, and what is said of each change.

    Tables of positions are interpolated: bicubic, position embeddings with antialiasing, as timm
    does it. Norms that have no bias at all, and linear layers of the head, get one of zeros.
    """
    with torch.device("meta"):
        wanted = build(spec).state_dict()
    found, notes = dict(state), list[str]()
    for name, tensor in state.items():
        to = wanted[name].shape if name in wanted else tensor.shape
        if name.endswith(_POSITIONS) and tensor.shape[0] == to[0] and tensor.shape != to:
            found[name] = resized_positions(tensor, (to[1], to[2]))
        elif name.endswith(_BIASES) and tensor.shape[1] == to[1] and tensor.shape != to:
            found[name] = _resized_biases(tensor, isqrt(to[0]))
        else:
            continue
        sizes = {"found": _size(tensor), "expected": _size(found[name])}
        notes.append(t("nets.notes.resized", name=name, **sizes))
    if zeros := _absent_biases(state, wanted):
        found |= zeros
        notes.append(t("nets.notes.no_bias", count=len(zeros), names=", ".join(list(zeros)[:3])))
    return found, tuple(notes)


def _absent_biases(state: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Zeros for the biases of layers that are the same function without one."""
    norms = [name for name in wanted if re.search(r"norm\d?\.bias$", name)]
    none_has_one = not any(name in state for name in norms)
    zeros = {}
    for name in (*(norms if none_has_one else ()), "head.hidden.bias", "head.fc.bias"):
        weight = state.get(f"{name.removesuffix('bias')}weight")
        if name in wanted and name not in state and weight is not None:
            zeros[name] = torch.zeros(wanted[name].shape, dtype=weight.dtype, device=weight.device)
    return zeros


def _resized_biases(table: Tensor, side: int) -> Tensor:
    """Biases of a window of another size, (offsets, heads): a map of the offsets a head."""
    before = isqrt(len(table))
    maps = table.T.reshape(1, -1, before, before)
    return F.interpolate(maps, size=(side, side), mode="bicubic").flatten(2)[0].T


def _size(table: Tensor) -> str:
    """Rows and columns of a table of positions or offsets."""
    if table.ndim == 3:
        return f"{table.shape[1]}×{table.shape[2]}"
    return f"{isqrt(len(table))}×{isqrt(len(table))}"
