"""Which network is this? A spec from the names and shapes of a state dict."""

import math
import re
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from torch import Tensor

from convnext_viz.nets.checkpoints.rename import rename, unwrap
from convnext_viz.nets.weights import WeightsError
from convnext_viz.specs import VARIANTS, ConvNeXtSpec
from convnext_viz.text import t

Shapes = Mapping[str, tuple[int, ...]]

# What leaves no trace in names or shapes: known for named networks, otherwise the usual is assumed.
_UNSEEN = (
    "name",
    "norm_eps",
    "act",
    "stem_act",
    "block_acts",
    "drop_path_rate",
    "drop_rate",
    "head_init_scale",
)


def spec_of(state: Mapping[str, Tensor], **given: Any) -> ConvNeXtSpec:
    """The spec of a state dict in any dialect that ``rename`` understands.

    Depths, widths, kernels, stem, norms, GRN, layer scale and head are read off names and shapes.
    What cannot be (the activation, the norm's epsilon, RMSNorm or SimpleNorm) is taken from the
    named network of the same shape, else it is the usual one; ``given`` fields overrule both.
    Raises WeightsError where no network of the family has such weights.
    """
    dialect, bare = unwrap(state)
    shapes = {name: tuple(tensor.shape) for name, tensor in rename(bare).items()}
    try:
        seen = ConvNeXtSpec(name="checkpoint", **_read(shapes, dialect, bare))
        return replace(_named(seen, dialect), **given)
    except (KeyError, IndexError) as missing:
        raise WeightsError(t("nets.error.no_spec", reason=str(missing).strip("'"))) from missing
    except WeightsError:
        raise
    except ValueError as illegal:
        raise WeightsError(t("nets.error.no_spec", reason=str(illegal))) from illegal


def _read(shapes: Shapes, dialect: str, bare: Mapping[str, Tensor]) -> dict[str, Any]:
    places = {
        (int(m[1]), int(m[2])) for n in shapes if (m := re.match(r"stage(\d+)\.blocks\.(\d+)\.", n))
    }
    stages = range(1, max(stage for stage, _ in places) + 1)
    bodies = {
        place: {
            name.split(".body.")[1]: shape
            for name, shape in shapes.items()
            if name.startswith(f"stage{place[0]}.blocks.{place[1]}.body.")
        }
        for place in sorted(places)
    }
    firsts = [bodies[stage, 0] for stage in stages]
    conv = "dwconv" if "dwconv.weight" in firsts[0] else "conv"
    norm = "norm1" if "norm1.weight" in firsts[0] else "norm"
    hidden = [body["pwconv1.weight"][0] for body in firsts]
    out = [body["pwconv2.weight"][0] for body in firsts]
    stem_width = shapes["stem.conv.weight" if "stem.conv.weight" in shapes else "stem.conv2.weight"]
    inverted, expansion = _shape_of_blocks(stem_width[0], hidden, out)
    dims = out if inverted else hidden
    kernels = [body[f"{conv}.weight"][-1] for body in firsts]
    batch, every = f"{norm}.running_mean" in firsts[0], norm == "norm1"
    resnet_like = batch and not inverted
    return {
        "depths": tuple(sum(stage == s for s, _ in places) for stage in stages),
        "dims": tuple(dims),
        "num_classes": shapes["head.fc.weight"][0] if "head.fc.weight" in shapes else 0,
        **_stem(shapes, dialect, bare, resnet_like),
        "stem_act": every and "stem.conv.weight" in shapes,
        "bottleneck": "inverted" if inverted else "classic",
        "expansion": expansion,
        "conv_position": "first"
        if all(b["pwconv1.weight"][1] == b[f"{conv}.weight"][0] for b in bodies.values())
        else "middle",
        "depthwise": conv == "dwconv",
        "kernel_size": kernels[0] if len(set(kernels)) == 1 else tuple(kernels),
        "norm": "batch" if batch else "layer" if f"{norm}.bias" in firsts[0] else "rms",
        "norm_eps": 1e-5 if batch else 1e-6,
        "act": "relu" if resnet_like else "gelu",
        "block_norms": "every" if every else "one",
        "block_acts": "every" if every else "one",
        "layer_scale": 1e-6 if "gamma.weight" in firsts[0] else None,
        "grn": "grn.weight" in firsts[0],
        "conv_bias": f"{conv}.bias" in firsts[0],
        "downsample": "separate"
        if len(stages) == 1 or "stage2.downsample.conv.weight" in shapes
        else "in_block",
        "head_norm": "none"
        if "head.norm.weight" not in shapes
        else "before_pool"
        if "norm_pre.weight" in bare
        else "after_pool",
        "head_hidden": shapes["head.hidden.weight"][0] if "head.hidden.weight" in shapes else None,
    }


def _stem(
    shapes: Shapes, dialect: str, bare: Mapping[str, Tensor], resnet_like: bool
) -> dict[str, Any]:
    norm = {"stem_norm": "stem.norm.weight" in shapes}
    if "stem.conv.weight" in shapes:
        _, chans, kernel, _ = shapes["stem.conv.weight"]
        if dialect == "resnet" or (resnet_like and kernel == 7):
            return {"stem": "conv7_pool", "in_chans": chans} | norm
        return {"stem": "patchify", "patch_size": kernel, "in_chans": chans} | norm
    middle, chans = shapes["stem.conv1.weight"][:2]
    if dialect == "timm" and "stem.1.weight" not in bare:
        kind = "overlap_act"
    else:
        kind = "overlap" if middle == shapes["stem.conv2.weight"][0] else "overlap_tiered"
    return {"stem": kind, "in_chans": chans} | norm


def _shape_of_blocks(stem: int, hidden: list[int], out: list[int]) -> tuple[bool, float]:
    """Whether the blocks are inverted bottlenecks, and by what factor their two widths differ.

    The stem is as wide as the first stage's C: that tells a block's outside from its inside.
    """
    for inverted, dims, wide in ((True, out, hidden), (False, hidden, out)):
        expansion = _expansion(dims, wide)
        if dims[0] == stem and expansion is not None:
            return inverted, expansion
    # Wide and grouped ResNets have blocks that no spec describes.
    raise KeyError(f"stem.conv.weight: {stem} ≠ {out[0]}, {hidden[0]}")


def _expansion(dims: list[int], wide: list[int]) -> float | None:
    """The shortest decimal that makes every stage's wide width of its C; None if there is none."""
    least = max(w / d for w, d in zip(wide, dims, strict=True))
    for digits in range(9):
        value = math.ceil(least * 10**digits - 1e-9) / 10**digits
        if [int(value * dim) for dim in dims] == wide:
            return value
    return None


def _named(seen: ConvNeXtSpec, dialect: str) -> ConvNeXtSpec:
    """The named network that looks the same, with the file's input and output; else ``seen``."""
    same = ["in_chans", "num_classes"]
    if seen.num_classes == 0:  # features may come with or without the last norm
        same.append("head_norm")
    for variant in VARIANTS.values():
        twin = replace(variant, **{field: getattr(seen, field) for field in same})
        if _trace(twin, dialect) == _trace(seen, dialect):
            return twin
    return seen


def _trace(spec: ConvNeXtSpec, dialect: str) -> dict[str, Any]:
    """What names and shapes show of a spec."""
    trace = {f.name: getattr(spec, f.name) for f in fields(spec) if f.name not in _UNSEEN}
    trace["layer_scale"] = spec.layer_scale is None
    trace["norm"] = spec.norm.replace("simple", "rms")
    trace["kernel_size"] = spec.kernel_sizes
    if dialect == "ours":  # neither the order of norm and pool nor an activation has a weight
        trace["head_norm"] = spec.head_norm == "none"
        trace["stem"] = spec.stem.replace("overlap_act", "overlap")
    return trace
