"""The planner of the Swin family: a spec becomes stages of blocks with attention in windows.

Tokens stay where they are on the map, (C, h, w). Maps that windows do not fill are padded before
they are rolled, as torchvision does it.
"""

from collections.abc import Iterator

from convnext_viz.plans.chain import At, Op, chain, residual
from convnext_viz.plans.kinds import Layer
from convnext_viz.plans.structure import Block, Stage
from convnext_viz.specs import SwinSpec


def _norm(spec: SwinSpec, channels: int) -> Op:
    return Op("norm", "layer_norm", channels, eps=spec.norm_eps)


def _shift(spec: SwinSpec, number: int) -> int:
    """By how many tokens the block of that number in its stage shifts its windows."""
    return spec.window // 2 if spec.shift and number % 2 else 0


def _reach(spec: SwinSpec, number: int) -> int:
    """How many tokens further a block sees along a side: its own window, which is a new one where
    the shift differs from the block's before."""
    if number == 0:
        return spec.window - 1
    return spec.window if _shift(spec, number) != _shift(spec, number - 1) else 0


def _attention(spec: SwinSpec, stage: int, number: int) -> list[Op]:
    dim, second = spec.dims[stage], spec.version == "v2"
    window, shift = spec.window, _shift(spec, number)
    # V2's keys have no bias, so those of queries and values are attention's own.
    attention = Op(
        "attn",
        "window_attention_v2" if second else "window_attention",
        dim,
        bias=spec.qkv_bias and second,
        heads=spec.heads[stage],
        window=window,
        shift=shift,
        reach=_reach(spec, number),
    )
    return [
        Op("shift", "window_shift", dim, window=window, shift=shift),
        Op("qkv", "pointwise", 3 * dim, bias=spec.qkv_bias and not second),
        attention,
        Op("proj", "pointwise", dim, bias=True),
        Op("unshift", "window_unshift", dim, window=window, shift=shift),
    ]


def block(
    spec: SwinSpec, name: str, stage: int, number: int, rate: float, at: At
) -> tuple[Block, At]:
    """Attention in windows, then an MLP of each token; V1 norms before either, V2 after."""
    dim = spec.dims[stage]
    hidden = int(spec.mlp_ratio * dim)
    mlp = [
        Op("fc1", "pointwise", hidden, bias=True),
        Op("act", spec.act, hidden),
        Op("fc2", "pointwise", dim, bias=True),
    ]
    drop = [Op("drop_path", "drop_path", dim, rate=rate)] if spec.drop_path_rate > 0 else []
    norm = [_norm(spec, dim)]
    steps = []
    for part, ops in (("attn", _attention(spec, stage, number)), ("mlp", mlp)):
        branch = [*ops, *norm, *drop] if spec.version == "v2" else [*norm, *ops, *drop]
        step, at = residual(f"{name}.{part}", {"body": branch, "shortcut": []}, at)
        steps.append(step)
    return Block(name, tuple(steps)), at


def _merging_ops(spec: SwinSpec, into: int, out: int) -> list[Op]:
    """Two by two neighbours become one, of fewer channels; V1 norms before that, V2 after."""
    merge = Op("merge", "patch_merging", 4 * into, 2, 2)
    reduction = Op("reduction", "pointwise", out)
    if spec.version == "v2":
        return [merge, reduction, _norm(spec, out)]
    return [merge, _norm(spec, 4 * into), reduction]


def _stage(spec: SwinSpec, stage: int, rates: tuple[float, ...], at: At) -> tuple[Stage, At]:
    name = f"stage{stage + 1}"
    own: tuple[Layer, ...] = ()
    if stage > 0:
        ops = _merging_ops(spec, spec.dims[stage - 1], spec.dims[stage])
        own, at = chain(f"{name}.downsample", ops, at)
    blocks = []
    for number, rate in enumerate(rates):
        made, at = block(spec, f"{name}.blocks.{number}", stage, number, rate, at)
        blocks.append(made)
    return Stage(name, own, tuple(blocks)), at


def smallest_image(spec: SwinSpec) -> int:
    """The smallest side, in pixels, of an image that reaches the head of the net."""
    return spec.patch_size  # windows and merging pad what is less than they need


def stages(spec: SwinSpec, at: At) -> Iterator[Stage]:
    """Stem, stage1, …, head of a net whose input is at ``at``."""
    dim = spec.dims[0]
    stem = [Op("conv", "conv", dim, spec.patch_size, spec.patch_size, bias=True)]
    if spec.patch_norm:
        stem.append(_norm(spec, dim))
    own, at = chain("stem", stem, at)
    yield Stage("stem", own)
    rates, done = spec.drop_path_rates, 0
    for i, depth in enumerate(spec.depths):
        stage, at = _stage(spec, i, rates[done : done + depth], at)
        yield stage
        done += depth
    last = spec.dims[-1]
    head = [
        _norm(spec, last),
        Op("pool", "avg_pool", last),
        Op("flatten", "flatten", last),
        *([Op("fc", "linear", spec.num_classes, bias=True)] if spec.num_classes else []),
    ]
    yield Stage("head", chain("head", head, at)[0])
