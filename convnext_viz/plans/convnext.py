"""The planner of the ResNet → ConvNeXt family: a spec becomes stages of blocks of layers."""

from collections.abc import Iterator

from convnext_viz.plans.chain import At, Op, chain, residual
from convnext_viz.plans.kinds import Layer
from convnext_viz.plans.structure import Block, Stage
from convnext_viz.specs import ConvNeXtSpec


def _norm(spec: ConvNeXtSpec, name: str, channels: int, eps: float | None = None) -> Op:
    groups = spec.norm_groups
    return Op(name, f"{spec.norm}_norm", channels, groups=groups, eps=eps or spec.norm_eps)


def _stem_ops(spec: ConvNeXtSpec) -> list[Op]:
    dim, bias = spec.dims[0], spec.conv_bias
    norm = [_norm(spec, "norm", dim)] if spec.stem_norm else []
    act = [Op("act", spec.act, dim)] if spec.stem_act else []
    if spec.stem == "patchify":
        patch = spec.patch_size
        return [Op("conv", "conv", dim, patch, patch, 0, 1, bias), *norm, *act]
    if not spec.stem.startswith("overlap"):
        pool = [Op("pool", "max_pool", dim, 3, 2, 1)] if spec.stem.endswith("_pool") else []
        seven = spec.stem.startswith("conv7")
        sizes = (7, 2, 3) if seven else (3, spec.patch_size, 1)
        return [Op("conv", "conv", dim, *sizes, 1, bias), *norm, *act, *pool]
    middle = _divisible_by_8(dim // 2) if spec.stem == "overlap_tiered" else dim
    between = [Op("act", spec.act, middle)] if spec.stem == "overlap_act" else []
    conv1 = Op("conv1", "conv", middle, 3, 2, 1, 1, bias)
    conv2 = Op("conv2", "conv", dim, 3, 2, 1, 1, bias)
    return [conv1, *between, conv2, *norm]


def _divisible_by_8(channels: int) -> int:
    """timm's ``make_divisible``: the nearest multiple of 8 that loses at most a tenth."""
    rounded = max(8, (channels + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels else rounded


def _body_ops(spec: ConvNeXtSpec, stage: int, into: int, stride: int, rate: float) -> list[Op]:
    """The convolutions of a block with the norms and activations that it keeps."""
    out = spec.widths(stage)[1]
    *convs, last = _convolutions(spec, stage, into, stride)
    ops = []
    for place, op in enumerate(convs, start=1):
        ops.append(op)
        if spec.block_norms == "every":
            ops.append(_norm(spec, f"norm{place}", op.channels))
        elif op.kind != "pointwise":
            ops.append(_norm(spec, "norm", op.channels))
        if spec.block_acts == "every":
            ops.append(Op(f"act{place}", spec.act, op.channels))
        elif place == len(convs):
            ops.append(Op("act", spec.act, op.channels))
    if spec.grn:
        ops.append(Op("grn", "grn", convs[-1].channels))
    ops.append(last)
    if spec.block_norms == "every":
        ops.append(_norm(spec, f"norm{len(convs) + 1}", out))
    if spec.layer_scale is not None:
        ops.append(Op("gamma", "layer_scale", out, init=spec.layer_scale))
    if spec.drop_path_rate > 0:
        ops.append(Op("drop_path", "drop_path", out, rate=rate))
    return ops


def _convolutions(spec: ConvNeXtSpec, stage: int, into: int, stride: int) -> list[Op]:
    """Two k×k convolutions of a basic block, else a k×k one and two pointwise ones."""
    hidden, out = spec.widths(stage)
    kernel, bias = spec.kernel_sizes[stage], spec.conv_bias
    if spec.bottleneck == "basic":
        return [
            Op("conv1", "conv", hidden, kernel, stride, kernel // 2, 1, bias),
            Op("conv2", "conv", out, kernel, 1, kernel // 2, 1, bias),
        ]
    first = spec.conv_position == "first"
    at_conv = into if first else hidden
    name, kind, groups = "conv", "conv", spec.groups
    if spec.depthwise:
        name, kind, groups = "dwconv", "depthwise", at_conv
    elif groups > 1:
        kind = "grouped"
    spatial = Op(name, kind, at_conv, kernel, stride, kernel // 2, groups, bias)
    pwconv1 = Op("pwconv1", "pointwise", hidden, bias=bias)
    pwconv2 = Op("pwconv2", "pointwise", out, bias=bias)
    return [spatial, pwconv1, pwconv2] if first else [pwconv1, spatial, pwconv2]


def _block(
    spec: ConvNeXtSpec, name: str, stage: int, stride: int, rate: float, at: At
) -> tuple[Block, At]:
    into, out = at.shape[0], spec.widths(stage)[1]
    projection = []
    if into != out or stride != 1:
        projection.append(Op("conv", "conv", out, 1, stride, 0, 1, spec.conv_bias))
        if spec.block_norms == "every":
            projection.append(_norm(spec, "norm", out))
    act = [Op("act", spec.act, out)] if spec.block_acts == "every" else []
    branches = {"body": _body_ops(spec, stage, into, stride, rate), "shortcut": projection}
    step, end = residual(name, branches, at, after=act)
    return Block(name, (step,)), end


def _stage(spec: ConvNeXtSpec, stage: int, rates: tuple[float, ...], at: At) -> tuple[Stage, At]:
    name = f"stage{stage + 1}"
    own: tuple[Layer, ...] = ()
    stride = 1
    if spec.downsample != "in_block" and (stage > 0 or spec.first_downsample):
        conv = Op("conv", "conv", spec.widths(stage)[1], 2, 2, 0, 1, spec.conv_bias)
        norm = [_norm(spec, "norm", at.shape[0])] if spec.downsample == "separate" else []
        own, at = chain(f"{name}.downsample", [*norm, conv], at)
    elif stage > 0:
        stride = 2
    blocks = []
    for i, rate in enumerate(rates):
        step = stride if i == 0 else 1
        block, at = _block(spec, f"{name}.blocks.{i}", stage, step, rate, at)
        blocks.append(block)
    return Stage(name, own, tuple(blocks)), at


def _head_ops(spec: ConvNeXtSpec, channels: int) -> list[Op]:
    pool = Op("pool", "avg_pool" if spec.head_pool == "average" else "global_max_pool", channels)
    norm = _norm(spec, "norm", channels, spec.head_norm_eps)
    ops = {"after_pool": [pool, norm], "before_pool": [norm, pool], "none": [pool]}[spec.head_norm]
    ops.append(Op("flatten", "flatten", channels))
    width = channels
    if spec.head_hidden is not None:
        width = spec.head_hidden
        ops.append(Op("hidden", "linear", width, bias=True))
        ops.append(Op("act", spec.head_act, width))
    if spec.drop_rate > 0:
        ops.append(Op("drop", "dropout", width, rate=spec.drop_rate))
    if spec.num_classes > 0:
        ops.append(Op("fc", "linear", spec.num_classes, bias=True, init=spec.head_init_scale))
    return ops


def smallest_image(spec: ConvNeXtSpec) -> int:
    """The smallest side, in pixels, of an image that reaches the head of the net."""
    # Odd-sized "same" convolutions and ResNet's own downsampling work on any size from 1 up.
    own = len(spec.depths) - 1 + spec.first_downsample if spec.downsample != "in_block" else 0
    side: int = 2**own
    if spec.stem == "patchify":
        return side * spec.patch_size
    # What is padded so that a stride of s makes n positions of (n - 1) · s + 1.
    steps = {"conv3": (spec.patch_size,), "conv3_pool": (spec.patch_size, 2), "conv7": (2,)}
    for stride in reversed(steps.get(spec.stem, (2, 2))):
        side = (side - 1) * stride + 1
    return side


def stages(spec: ConvNeXtSpec, at: At) -> Iterator[Stage]:
    """Stem, stage1, …, head of a net whose input is at ``at``."""
    own, at = chain("stem", _stem_ops(spec), at)
    yield Stage("stem", own)
    rates, done = spec.drop_path_rates, 0
    for i, depth in enumerate(spec.depths):
        stage, at = _stage(spec, i, rates[done : done + depth], at)
        yield stage
        done += depth
    head, _ = chain("head", _head_ops(spec, at.shape[0]), at)
    yield Stage("head", head)
