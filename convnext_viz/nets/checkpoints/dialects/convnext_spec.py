"""The ConvNeXtSpec of a network, read from the names and shapes of its weights."""

import itertools
import math
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

from convnext_viz.nets.checkpoints.dialects.dialect import Shapes
from convnext_viz.specs import ConvNeXtSpec, family_of

# What leaves no trace in names or shapes: known for named networks, else the default is assumed.
_UNSEEN = (
    "name",
    "norm_eps",
    "act",
    "stem_act",
    "block_acts",
    "norm_groups",
    "head_norm_eps",
    "head_pool",
    "head_act",
    "drop_path_rate",
    "drop_rate",
    "head_init_scale",
)
_MOST_TRIES = 20_000  # of stages' widths that fit a file's; published networks fit at once


def read(shapes: Shapes, *, ours: bool = False, **shown: Any) -> ConvNeXtSpec:
    """The spec of weights with our names: of the named network that looks the same, if one does.

    ``shown`` are fields that a dialect's own names tell. ``ours``: the names were ours, too, and
    do not tell the order of layers without weights; only there a norm without a bias is an
    RMSNorm for certain. Raises KeyError, IndexError or ValueError where no network of the family
    has such weights.
    """
    seen = ConvNeXtSpec(name="checkpoint", **(_fields(shapes, ours) | shown))
    told = {field: value for field, value in shown.items() if field in _UNSEEN}
    same = ["in_chans", "num_classes"]
    if seen.num_classes == 0:  # features may come with or without the last norm
        same.append("head_norm")
    for variant in family_of(seen).variants.values():
        if variant.head_hidden != seen.head_hidden:  # not every norm goes with a hidden layer
            continue
        other = replace(variant, **{field: getattr(seen, field) for field in same})
        if _trace(other, ours) == _trace(seen, ours):
            return replace(other, **told)
    return seen if ours or seen.norm != "rms" else replace(seen, norm="layer")


def _trace(spec: ConvNeXtSpec, ours: bool) -> dict[str, Any]:
    """What names and shapes show of a spec."""
    trace = {f.name: getattr(spec, f.name) for f in fields(spec) if f.name not in _UNSEEN}
    trace["layer_scale"] = spec.layer_scale is None
    trace["norm"] = spec.norm.replace("simple", "rms")
    trace["kernel_size"] = spec.kernel_sizes
    if ours:
        trace["head_norm"] = spec.head_norm == "none"
        trace["stem"] = spec.stem.replace("overlap_act", "overlap")
    return trace


def _fields(shapes: Shapes, ours: bool) -> dict[str, Any]:
    stages = _bodies(shapes)
    firsts = [blocks[0] for blocks in stages]
    norm = _norm(firsts[0])
    widths = _widths(shapes, firsts)
    resnet_like = norm["norm"] == "batch" and widths["bottleneck"] != "inverted"
    every = norm["block_norms"] == "every"
    return {
        "depths": tuple(len(blocks) for blocks in stages),
        **widths,
        **_stem(shapes, resnet_like, ours),
        "stem_act": every and "stem.conv.weight" in shapes,
        **_convolution(stages),
        **norm,
        "act": "relu" if resnet_like else "gelu",
        "block_acts": norm["block_norms"],
        "layer_scale": 1e-6 if "gamma.weight" in firsts[0] else None,
        "grn": "grn.weight" in firsts[0],
        **_downsample(shapes, len(stages)),
        **_head(shapes),
    }


def _downsample(shapes: Shapes, stages: int) -> dict[str, Any]:
    first = "stage1.downsample.conv.weight" in shapes
    stage = "stage1" if first else "stage2"
    if stages > 1 and f"{stage}.downsample.conv.weight" not in shapes:
        return {"downsample": "in_block"}
    plain = (stages > 1 or first) and f"{stage}.downsample.norm.weight" not in shapes
    return {"downsample": "separate_plain" if plain else "separate", "first_downsample": first}


def _bodies(shapes: Shapes) -> list[list[Shapes]]:
    """The shapes in every block's body, stage by stage."""
    bodies: dict[tuple[int, int], dict[str, tuple[int, ...]]] = {}
    for name, shape in shapes.items():
        if place := re.match(r"stage(\d+)\.blocks\.(\d+)\.(?:body\.(.+))?", name):
            body = bodies.setdefault((int(place[1]), int(place[2])), {})
            if place[3]:
                body[place[3]] = shape
    stages = range(1, max(stage for stage, _ in bodies) + 1)
    return [[body for (s, _), body in sorted(bodies.items()) if s == stage] for stage in stages]


def _norm(body: Shapes) -> dict[str, Any]:
    every = "norm1.weight" in body
    name = "norm1" if every else "norm"
    if f"{name}.running_mean" in body:
        kind, eps = "batch", 1e-5
    else:
        kind, eps = ("layer" if f"{name}.bias" in body else "rms"), 1e-6
    return {"norm": kind, "norm_eps": eps, "block_norms": "every" if every else "one"}


def _convolution(stages: list[list[Shapes]]) -> dict[str, Any]:
    """The convolution over positions, and where it sits among the three."""
    names = ("dwconv", "conv", "conv1")  # a basic block has two of the last kind
    # Where all are missing, the first one's lookup says so.
    conv = next((name for name in names if f"{name}.weight" in stages[0][0]), names[0])
    kernels = tuple(blocks[0][f"{conv}.weight"][-1] for blocks in stages)
    first = conv != "conv1" and all(
        body["pwconv1.weight"][1] == body[f"{conv}.weight"][0]
        for blocks in stages
        for body in blocks
    )
    channels, of_a_group, *_ = stages[0][0][f"{conv}.weight"]
    return {
        "conv_position": "first" if first else "middle",
        "depthwise": conv == "dwconv",
        "groups": channels // of_a_group if conv == "conv" else 1,
        "kernel_size": kernels[0] if len(set(kernels)) == 1 else kernels,
        "conv_bias": f"{conv}.bias" in stages[0][0],
    }


def _stem(shapes: Shapes, resnet_like: bool, ours: bool) -> dict[str, Any]:
    seen: dict[str, Any] = {"stem_norm": "stem.norm.weight" in shapes}
    if "stem.conv.weight" in shapes:
        _, chans, kernel, _ = shapes["stem.conv.weight"]
        if resnet_like and kernel == 7:
            return seen | {"stem": "conv7_pool", "in_chans": chans}
        # For small pictures, where its stride is 1; nobody else has patches of 3.
        if kernel == 3 and (resnet_like or not ours):
            return seen | {"stem": "conv3", "patch_size": 1, "in_chans": chans}
        return seen | {"stem": "patchify", "patch_size": kernel, "in_chans": chans}
    middle, chans = shapes["stem.conv1.weight"][:2]
    tiered = middle != shapes["stem.conv2.weight"][0]
    return seen | {"stem": "overlap_tiered" if tiered else "overlap", "in_chans": chans}


def _head(shapes: Shapes) -> dict[str, Any]:
    return {
        "head_norm": "after_pool" if "head.norm.weight" in shapes else "none",
        "head_hidden": shapes["head.hidden.weight"][0] if "head.hidden.weight" in shapes else None,
        "num_classes": shapes["head.fc.weight"][0] if "head.fc.weight" in shapes else 0,
    }


def _widths(shapes: Shapes, firsts: list[Shapes]) -> dict[str, Any]:
    """The form of the blocks, C of every stage, and the factors from C to a block's two widths.

    The stem is as wide as the first stage's C: that tells a block's outside from its inside.
    """
    last = "stem.conv.weight" if "stem.conv.weight" in shapes else "stem.conv2.weight"
    stem = shapes[last][0]
    basic = "conv2.weight" in firsts[0]
    before, after = ("conv1", "conv2") if basic else ("pwconv1", "pwconv2")
    inside = tuple(body[f"{before}.weight"][0] for body in firsts)
    outside = tuple(body[f"{after}.weight"][0] for body in firsts)
    if not basic and outside[0] == stem and (expansion := factor(outside, inside)) is not None:
        return {"bottleneck": "inverted", "dims": outside, "expansion": expansion}
    for dims in _dims(stem, inside, outside):
        expansion, ratio = factor(dims, outside), factor(dims, inside)
        if expansion is not None and ratio is not None:
            form = "basic" if basic else "classic"
            return {"bottleneck": form, "dims": dims, "expansion": expansion, "inner_ratio": ratio}
    raise KeyError(f"stem.conv.weight: {stem} ≠ {outside[0]}, {inside[0]}")


def _dims(
    stem: int, inside: tuple[int, ...], outside: tuple[int, ...]
) -> Iterator[tuple[int, ...]]:
    """What C of the stages may be, likely ones first: as wide as inside, or in its proportions."""
    if inside[0] == stem:
        yield inside
    ways = []
    for width in inside:
        # The factor from C to the width lies in [inside / stem, (inside + 1) / stem).
        least = math.ceil(width * stem / (inside[0] + 1))
        most = (width + 1) * stem // inside[0]
        likely = width * stem / inside[0]
        ways.append(sorted(range(max(least, 1), most + 1), key=lambda c: abs(c - likely)))
    yield from itertools.islice(itertools.product((stem,), *ways[1:]), _MOST_TRIES)


def factor(dims: tuple[int, ...], wide: tuple[int, ...]) -> float | None:
    """The shortest decimal that makes every stage's width of its C; None if there is none."""
    least = max(w / d for w, d in zip(wide, dims, strict=True))
    for digits in range(9):
        value = math.ceil(least * 10**digits - 1e-9) / 10**digits
        if tuple(int(value * dim) for dim in dims) == wide:
            return value
    return None
