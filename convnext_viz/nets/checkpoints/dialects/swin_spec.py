"""The SwinSpec of a network, read from the names and shapes of its weights."""

import re
from dataclasses import fields, replace
from math import isqrt
from typing import Any

from convnext_viz.nets.checkpoints.dialects.convnext_spec import factor
from convnext_viz.nets.checkpoints.dialects.dialect import Shapes, State
from convnext_viz.nets.checkpoints.dialects.relatives import (
    refuse_heads,
    refuse_norms,
    refused,
)
from convnext_viz.nets.checkpoints.dialects.transformer import ATTENTION, MLP
from convnext_viz.specs import SwinSpec, family_of

_UNSEEN = ("name", "norm_eps", "act", "drop_path_rate", "shift")
_OWN = f"{ATTENTION}attn."
_TABLE = re.compile(r".*\.relative_coords_table")


def read(shapes: Shapes, state: State) -> SwinSpec:
    """The spec of weights with our names: of the named network that looks the same, if one does.

    V2's windows leave no trace but in the table of offsets that some files have: elsewhere they are
    a named network's, else 8. Raises KeyError or ValueError where no network of the family has such
    weights.
    """
    refuse_heads(state)
    refuse_norms(shapes)
    _refuse_windows(shapes)
    seen = SwinSpec(name="checkpoint", **_fields(shapes, state))
    told = seen.version == "v1" or any(map(_TABLE.fullmatch, state))
    for variant in family_of(seen).variants.values():
        same = {"in_chans": seen.in_chans, "num_classes": seen.num_classes}
        if not told:
            same["window"] = seen.window
        if _trace(replace(variant, **same)) == _trace(seen):
            return replace(variant, in_chans=seen.in_chans, num_classes=seen.num_classes)
    return seen


def _refuse_windows(shapes: Shapes) -> None:
    """Raises WeightsError where the tables of biases are not all those of one square window."""
    tables = {shape[0] for name, shape in shapes.items() if name.endswith("relative_position_bias")}
    if len(tables) > 1 or any(isqrt(size) ** 2 != size or isqrt(size) % 2 == 0 for size in tables):
        raise refused("windows")


def _trace(spec: SwinSpec) -> dict[str, Any]:
    return {f.name: getattr(spec, f.name) for f in fields(spec) if f.name not in _UNSEEN}


def _fields(shapes: Shapes, state: State) -> dict[str, Any]:
    places = [(int(n[5:].split(".")[0]), int(n.split(".")[2])) for n in shapes if ".blocks." in n]
    stages = range(1, 1 + max(stage for stage, _ in places))
    firsts = [f"stage{stage}.blocks.0." for stage in stages]
    dims = tuple(shapes[f"{first}{ATTENTION}proj.weight"][0] for first in firsts)
    hidden = tuple(shapes[f"{first}{MLP}fc1.weight"][0] for first in firsts)
    second = f"{firsts[0]}{_OWN}logit_scale" in shapes
    heads, side = "logit_scale" if second else "relative_position_bias", 0
    if not second:
        side = isqrt(shapes[f"{firsts[0]}{_OWN}{heads}"][0])
    elif tables := [state[name].shape[1] for name in state if _TABLE.fullmatch(name)]:
        side = tables[0]
    bias = f"{_OWN}q_bias" if second else f"{ATTENTION}qkv.bias"
    _, chans, _, patch = shapes["stem.conv.weight"]
    return {
        "version": "v2" if second else "v1",
        "patch_size": patch,
        "patch_norm": "stem.norm.weight" in shapes,
        "in_chans": chans,
        "depths": tuple(1 + max(b for s, b in places if s == stage) for stage in stages),
        "dims": dims,
        "heads": tuple(shapes[f"{first}{_OWN}{heads}"][-1] for first in firsts),
        "window": (side + 1) // 2 if side else 8,
        "mlp_ratio": factor(dims, hidden) or hidden[0] / dims[0],
        "qkv_bias": f"{firsts[0]}{bias}" in shapes,
        "num_classes": shapes["head.fc.weight"][0] if "head.fc.weight" in shapes else 0,
    }
