"""The planner of the ResNet → ConvNeXt family: a spec becomes stages of blocks of layers."""

from typing import NamedTuple

from convnext_viz.plans.layers import Block, Kind, Layer, Plan, Shape, Stage
from convnext_viz.specs import ConvNeXtSpec
from convnext_viz.text import t


class _Op(NamedTuple):
    """A layer before it knows its place: what it does to channels and positions."""

    name: str
    kind: Kind
    channels: int
    kernel_size: int = 1
    stride: int = 1
    padding: int = 0
    groups: int = 1
    bias: bool = False
    rate: float = 0.0


class _At(NamedTuple):
    """Where in the net a layer starts."""

    shape: Shape
    field: int  # receptive field so far, pixels
    jump: int


def _chain(prefix: str, ops: list[_Op], at: _At) -> tuple[tuple[Layer, ...], _At]:
    """Runs the ops one after the other from ``at``."""
    layers = []
    shape, field, jump = at
    for name, kind, channels, kernel, stride, padding, groups, bias, rate in ops:
        if kind == "flatten" or len(shape) == 1:
            out: Shape = (channels,)
        elif kind == "avg_pool":
            out = (channels, 1, 1)
        elif stride == 1 and kernel == 2 * padding + 1:
            out = (channels, shape[1], shape[2])
        else:
            # The same floor as torch: what does not fill a whole step at the border is left out.
            height = (shape[1] + 2 * padding - kernel) // stride + 1
            width = (shape[2] + 2 * padding - kernel) // stride + 1
            out = (channels, height, width)
        field += (kernel - 1) * jump
        jump *= stride
        layers.append(
            Layer(
                f"{prefix}.{name}",
                kind,
                shape,
                out,
                kernel,
                stride,
                padding,
                groups,
                bias,
                rate,
                field,
                jump,
            )
        )
        shape = out
    return tuple(layers), _At(shape, field, jump)


def _norm(spec: ConvNeXtSpec, name: str, channels: int) -> _Op:
    return _Op(name, f"{spec.norm}_norm", channels)  # type: ignore[arg-type]


def _stem_ops(spec: ConvNeXtSpec) -> list[_Op]:
    dim, bias = spec.dims[0], spec.conv_bias
    norm = [_norm(spec, "norm", dim)] if spec.stem_norm else []
    act = [_Op("act", spec.act, dim)] if spec.stem_act else []
    if spec.stem == "patchify":
        patch = spec.patch_size
        return [_Op("conv", "conv", dim, patch, patch, 0, 1, bias), *norm, *act]
    if spec.stem == "conv7_pool":
        conv = _Op("conv", "conv", dim, 7, 2, 3, 1, bias)
        return [conv, *norm, *act, _Op("pool", "max_pool", dim, 3, 2, 1)]
    middle = _divisible_by_8(dim // 2) if spec.stem == "overlap_tiered" else dim
    between = [_Op("act", spec.act, middle)] if spec.stem == "overlap_act" else []
    conv1 = _Op("conv1", "conv", middle, 3, 2, 1, 1, bias)
    conv2 = _Op("conv2", "conv", dim, 3, 2, 1, 1, bias)
    return [conv1, *between, conv2, *norm]


def _divisible_by_8(channels: int) -> int:
    """timm's ``make_divisible``: the nearest multiple of 8 that loses at most a tenth."""
    rounded = max(8, (channels + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels else rounded


def _body_ops(spec: ConvNeXtSpec, stage: int, into: int, stride: int, rate: float) -> list[_Op]:
    """The three convolutions of a block with the norms and activations that it keeps."""
    hidden, out = spec.widths(stage)
    kernel, bias = spec.kernel_sizes[stage], spec.conv_bias
    first = spec.conv_position == "first"
    at_conv = into if first else hidden
    spatial = _Op(
        "dwconv" if spec.depthwise else "conv",
        "depthwise" if spec.depthwise else "conv",
        at_conv,
        kernel,
        stride,
        kernel // 2,
        at_conv if spec.depthwise else 1,
        bias,
    )
    pwconv1 = _Op("pwconv1", "pointwise", hidden, bias=bias)
    pwconv2 = _Op("pwconv2", "pointwise", out, bias=bias)
    ops = []
    for place, op in enumerate((spatial, pwconv1) if first else (pwconv1, spatial), start=1):
        ops.append(op)
        if spec.block_norms == "every":
            ops.append(_norm(spec, f"norm{place}", op.channels))
        elif op is spatial:
            ops.append(_norm(spec, "norm", op.channels))
        if spec.block_acts == "every":
            ops.append(_Op(f"act{place}", spec.act, op.channels))
        elif place == 2:
            ops.append(_Op("act", spec.act, op.channels))
    if spec.grn:
        ops.append(_Op("grn", "grn", hidden))
    ops.append(pwconv2)
    if spec.block_norms == "every":
        ops.append(_norm(spec, "norm3", out))
    if spec.layer_scale is not None:
        ops.append(_Op("gamma", "layer_scale", out))
    if spec.drop_path_rate > 0:
        ops.append(_Op("drop_path", "drop_path", out, rate=rate))
    return ops


def _block(
    spec: ConvNeXtSpec, name: str, stage: int, stride: int, rate: float, at: _At
) -> tuple[Block, _At]:
    into, out = at.shape[0], spec.widths(stage)[1]
    body, end = _chain(f"{name}.body", _body_ops(spec, stage, into, stride, rate), at)
    shortcut: tuple[Layer, ...] = ()
    if into != out or stride != 1:
        projection = [_Op("conv", "conv", out, 1, stride, 0, 1, spec.conv_bias)]
        if spec.block_norms == "every":
            projection.append(_norm(spec, "norm", out))
        shortcut, _ = _chain(f"{name}.shortcut", projection, at)
    after: tuple[Layer, ...] = ()
    if spec.block_acts == "every":
        after, end = _chain(f"{name}.after", [_Op("act", spec.act, out)], end)
    return Block(name, body, shortcut, after), end


def _stage(spec: ConvNeXtSpec, stage: int, rates: tuple[float, ...], at: _At) -> tuple[Stage, _At]:
    name = f"stage{stage + 1}"
    own: tuple[Layer, ...] = ()
    stride = 1
    if stage > 0 and spec.downsample == "separate":
        conv = _Op("conv", "conv", spec.widths(stage)[1], 2, 2, 0, 1, spec.conv_bias)
        ops = [_norm(spec, "norm", at.shape[0]), conv]
        own, at = _chain(f"{name}.downsample", ops, at)
    elif stage > 0:
        stride = 2
    blocks = []
    for i, rate in enumerate(rates):
        step = stride if i == 0 else 1
        block, at = _block(spec, f"{name}.blocks.{i}", stage, step, rate, at)
        blocks.append(block)
    return Stage(name, own, tuple(blocks)), at


def _head_ops(spec: ConvNeXtSpec, channels: int) -> list[_Op]:
    pool, norm = _Op("pool", "avg_pool", channels), _norm(spec, "norm", channels)
    ops = {"after_pool": [pool, norm], "before_pool": [norm, pool], "none": [pool]}[spec.head_norm]
    ops.append(_Op("flatten", "flatten", channels))
    width = channels
    if spec.head_hidden is not None:
        width = spec.head_hidden
        ops.append(_Op("hidden", "linear", width, bias=True))
        # timm's NormMlpClassifierHead always takes GELU here, whatever the blocks take.
        ops.append(_Op("act", "gelu", width))
    if spec.drop_rate > 0:
        ops.append(_Op("drop", "dropout", width, rate=spec.drop_rate))
    if spec.num_classes > 0:
        ops.append(_Op("fc", "linear", spec.num_classes, bias=True))
    return ops


def smallest_image(spec: ConvNeXtSpec) -> int:
    """The smallest side, in pixels, of an image that reaches the head of the net."""
    # Odd-sized "same" convolutions and ResNet's own downsampling work on any size from 1 up.
    side = 2 ** (len(spec.depths) - 1) if spec.downsample == "separate" else 1
    return side * spec.patch_size if spec.stem == "patchify" else _before_overlap(side)


def _before_overlap(side: int) -> int:
    # Two padded stride-2 steps: n positions come from at least 2n - 1, twice.
    return 2 * (2 * side - 1) - 1


def plan(spec: ConvNeXtSpec, image_size: int | tuple[int, int] = 224) -> Plan:
    """The plan of a spec for square images or (height, width), in pixels.

    Raises ``ValueError`` if the image is too small, saying the smallest that works.
    """
    height, width = (image_size, image_size) if isinstance(image_size, int) else image_size
    if min(height, width) < (smallest := smallest_image(spec)):
        size = f"{height}×{width}"
        raise ValueError(t("plans.error.too_small", size=size, smallest=smallest))
    at = _At((spec.in_chans, height, width), 1, 1)
    own, at = _chain("stem", _stem_ops(spec), at)
    stages = [Stage("stem", own)]
    rates, done = spec.drop_path_rates, 0
    for i, depth in enumerate(spec.depths):
        stage, at = _stage(spec, i, rates[done : done + depth], at)
        stages.append(stage)
        done += depth
    head, _ = _chain("head", _head_ops(spec, at.shape[0]), at)
    stages.append(Stage("head", head))
    return Plan(spec, (height, width), tuple(stages))
