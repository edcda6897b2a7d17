"""The text of a block and of a stage: the part of a network's source that differs most."""

import textwrap

from convnext_viz.nets.source_code.parts import (
    LAST_NORM,
    MAP_NORM,
    Lines,
    activation,
    call,
    indented,
    number,
    short,
)
from convnext_viz.plans import Layer, Plan
from convnext_viz.specs import ConvNeXtSpec
from convnext_viz.text import t

_TO_LAST = "x = x.permute(0, 2, 3, 1)  # (N, C, H, W) -> (N, H, W, C)"
_TO_FIRST = "x = x.permute(0, 3, 1, 2)  # (N, H, W, C) -> (N, C, H, W)"


def has_shortcuts(described: Plan) -> bool:
    """Whether any block changes its width or resolution."""
    return any(each.shortcut for part in described.stages for each in part.blocks)


def has_strides(spec: ConvNeXtSpec) -> bool:
    """Whether blocks halve the resolution."""
    return spec.downsample == "in_block" and len(spec.depths) > 1


def _widths(spec: ConvNeXtSpec) -> tuple[str, str]:
    """Channels inside and outside of a block, as expressions in ``dim``."""
    factor = spec.expansion
    wide = f"{int(factor)} * dim" if float(factor).is_integer() else f"int({number(factor)} * dim)"
    wide = "dim" if factor == 1 else wide
    return (wide, "dim") if spec.bottleneck == "inverted" else ("dim", wide)


def arguments_of(spec: ConvNeXtSpec, described: Plan) -> list[str]:
    """What a block must be told besides its width."""
    several_kernels = len(set(spec.kernel_sizes)) > 1
    return [
        *(["in_dim"] if has_shortcuts(described) else []),
        "dim",
        *(["kernel_size"] if several_kernels else []),
        *(["stride"] if has_strides(spec) else []),
        *(["drop_path"] if spec.drop_path_rate > 0 else []),
    ]


def _signature(arguments: list[str], **types: str) -> Lines:
    typed = [f"{name}: {types.get(name, 'int')}" for name in arguments]
    return call("def __init__", ["self", *typed], 4, tail=" -> None:")


def block(spec: ConvNeXtSpec, described: Plan) -> Lines:
    """The class of a residual block, layer by layer as in the paper's figure."""
    body = described.stages[1].blocks[0].body
    arguments = arguments_of(spec, described)
    made: Lines = []
    channels = _widths(spec)[1] if "in_dim" not in arguments else "in_dim"
    for layer in body:
        made_of, channels = _made(spec, layer, channels, arguments)
        made += call(f"self.{short(layer)} = {made_of[0]}", made_of[1:], 8)
    chain = " → ".join(short(layer) for layer in body)
    return [
        "class Block(nn.Module):",
        f'    """{t("nets.code.block")}',
        "",
        *textwrap.wrap(chain, 84, initial_indent="    ", subsequent_indent="    "),
        '    """',
        "",
        *_signature(arguments, drop_path="float"),
        "        super().__init__()",
        *made,
        *_shortcut(spec, arguments),
        *([f"        self.act3 = {activation(spec.act)}"] if spec.block_acts == "every" else []),
        "",
        "    def forward(self, x: torch.Tensor) -> torch.Tensor:",
        f"        shortcut = {'self.shortcut(x)' if 'in_dim' in arguments else 'x'}",
        *indented(_forward(spec, body), 8),
        "        return "
        + ("self.act3(shortcut + x)" if spec.block_acts == "every" else "shortcut + x"),
    ]


def _made(
    spec: ConvNeXtSpec, layer: Layer, channels: str, arguments: list[str]
) -> tuple[list[str], str]:
    """Constructor and arguments of a block's layer, and the channels that leave it."""
    hidden, out = _widths(spec)
    bias = [] if layer.bias else ["bias=False"]
    first = spec.norm == "batch"  # channels stay in front, so that a 1×1 convolution is one
    match layer.kind:
        case "conv" | "depthwise":
            kernel = "kernel_size" if "kernel_size" in arguments else str(layer.kernel_size)
            padding = f"{kernel} // 2" if kernel == "kernel_size" else str(layer.padding)
            stride = ["stride=stride"] if "stride" in arguments else []
            groups = [f"groups={channels}"] if layer.kind == "depthwise" else []
            sizes = [f"kernel_size={kernel}", *stride, f"padding={padding}"]
            return ["nn.Conv2d", channels, channels, *sizes, *groups, *bias], channels
        case "pointwise":
            into, channels = channels, hidden if short(layer) == "pwconv1" else out
            kind, size = ("nn.Conv2d", ["kernel_size=1"]) if first else ("nn.Linear", [])
            return [kind, into, channels, *size, *bias], channels
        case "grn":
            return ["GRN", channels], channels
        case "layer_scale":
            scale = number(spec.layer_scale or 0.0)
            return ["nn.Parameter", f"{scale} * torch.ones({channels})"], channels
        case "drop_path":
            return ["DropPath", "drop_path"], channels
        case "gelu" | "relu" | "gelu_tanh" | "silu":
            made, _, rest = activation(layer.kind).partition("(")
            return [made, *([rest[:-1]] if rest != ")" else [])], channels
        case _:
            made = "nn.BatchNorm2d" if first else LAST_NORM[spec.norm]
            return [made, channels, f"eps={number(spec.norm_eps)}"], channels


def _shortcut(spec: ConvNeXtSpec, arguments: list[str]) -> Lines:
    if "in_dim" not in arguments:
        return []
    out, bias = _widths(spec)[1], [] if spec.conv_bias else ["bias=False"]
    stride = ["stride=stride"] if "stride" in arguments else []
    conv = call("conv=nn.Conv2d", ["in_dim", out, "kernel_size=1", *stride, *bias], 20, tail=",")
    eps = f"eps={number(spec.norm_eps)}"
    norm = call(f"norm={MAP_NORM[spec.norm]}", [out, eps], 20, tail=",")
    same = f"in_dim != {out}" + (" or stride != 1" if stride else "")
    return [
        "        self.shortcut = nn.Identity()",
        f"        if {same}:",
        "            self.shortcut = nn.Sequential(",
        "                OrderedDict(",
        *conv,
        *(norm if spec.block_norms == "every" else []),
        "                )",
        "            )",
    ]


def _forward(spec: ConvNeXtSpec, body: tuple[Layer, ...]) -> Lines:
    """The layers in a row; linear layers and norms over channels want the channels last."""
    lines: Lines = []
    last = False
    for layer in body:
        convolution = layer.kind in ("conv", "depthwise")
        anywhere = layer.kind in ("drop_path", "gelu", "relu", "gelu_tanh", "silu")
        if spec.norm != "batch" and not anywhere and last == convolution:
            last = not last
            lines.append(_TO_LAST if last else _TO_FIRST)
        if layer.kind == "layer_scale":
            gamma = "self.gamma[:, None, None]" if spec.norm == "batch" else "self.gamma"
            lines.append(f"x = {gamma} * x")
        else:
            lines.append(f"x = self.{short(layer)}(x)")
    return [*lines, _TO_FIRST] if last else lines


def stage(spec: ConvNeXtSpec, described: Plan) -> Lines:
    """The class of a stage: its downsampling, where it is a layer of its own, and its blocks."""
    told = arguments_of(spec, described)
    own = any(part.own for part in described.stages[2:-1])
    out = _widths(spec)[1]
    depth = "drop_path" if "drop_path" in told else "depth"
    arguments = [
        *(["in_dim"] if own or "in_dim" in told else []),
        "dim",
        depth,
        *(name for name in told if name in ("kernel_size", "stride")),
        *(["downsample"] if own else []),
    ]
    lines = [
        "class Stage(nn.Module):",
        f'    """{t("nets.code.stage_own" if own else "nets.code.stage")}"""',
        "",
        *_signature(arguments, drop_path="list[float]", downsample="bool"),
        "        super().__init__()",
    ]
    if own:
        bias = [] if spec.conv_bias else ["bias=False"]
        eps = f"eps={number(spec.norm_eps)}"
        norm = call(f"norm={MAP_NORM[spec.norm]}", ["in_dim", eps], 20, tail=",")
        conv = call(
            "conv=nn.Conv2d", ["in_dim", out, "kernel_size=2", "stride=2", *bias], 20, tail=","
        )
        lines += [
            "        self.downsample = nn.Identity()",
            "        if downsample:",
            "            self.downsample = nn.Sequential(",
            "                OrderedDict(",
            *norm,
            *conv,
            "                )",
            "            )",
            *([f"            in_dim = {out}"] if "in_dim" in told else []),
        ]
    loop = "for rate in drop_path" if depth == "drop_path" else "for _ in range(depth)"
    made = f"Block({', '.join('rate' if a == 'drop_path' else a for a in told)})"
    if "in_dim" in told:
        after = f"in_dim, stride = {out}, 1" if "stride" in told else f"in_dim = {out}"
        lines += [
            "        blocks = []",
            f"        {loop}:",
            f"            blocks.append({made})",
            f"            {after}",
            "        self.blocks = nn.Sequential(*blocks)",
        ]
    else:
        lines += [
            f"        blocks = ({made} {loop})",
            "        self.blocks = nn.Sequential(*blocks)",
        ]
    return [
        *lines,
        "",
        "    def forward(self, x: torch.Tensor) -> torch.Tensor:",
        f"        return self.blocks({'self.downsample(x)' if own else 'x'})",
    ]
