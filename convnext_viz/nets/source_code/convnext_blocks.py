"""The source of a ConvNeXt's or ResNet's block and stage: what differs most between networks."""

import textwrap
from dataclasses import dataclass

from convnext_viz.nets.source_code.parts import ACTIVATION, LAST_NORM, MAP_NORM
from convnext_viz.nets.source_code.templates import Lines, call, number, sequence, written
from convnext_viz.plans import Layer, Plan, plan, smallest_image
from convnext_viz.specs import ConvNeXtSpec
from convnext_viz.text import t


@dataclass(frozen=True)
class Network:
    """A network with what its text depends on in several places."""

    spec: ConvNeXtSpec
    plan: Plan
    inside: str  # channels within a block, as an expression in ``dim``
    outside: str  # channels before and after it
    arguments: tuple[str, ...]  # what a block is given
    projection: tuple[Layer, ...]  # of shortcuts, where any block changes width or resolution
    downsample: tuple[Layer, ...]  # before a stage's blocks, where these layers are its own

    @property
    def channels_first(self) -> bool:
        """Whether blocks leave the channels second, so that 1×1 convolutions are convolutions."""
        return self.spec.norm in ("batch", "group")


def network(spec: ConvNeXtSpec) -> Network:
    """What the text of a spec's network depends on."""
    planned = plan(spec, smallest_image(spec))
    inverted = spec.bottleneck == "inverted"
    blocks = [block for stage in planned.stages for block in stage.blocks]
    projection = next((block.shortcut for block in blocks if block.shortcut), ())
    needed = {
        "in_dim": bool(projection),
        "dim": True,
        "kernel_size": len(set(spec.kernel_sizes)) > 1,
        "stride": spec.downsample == "in_block" and len(spec.depths) > 1,
        "drop_path": spec.drop_path_rate > 0,
    }
    return Network(
        spec,
        planned,
        inside=_times(spec.expansion if inverted else spec.inner_ratio),
        outside="dim" if inverted else _times(spec.expansion),
        arguments=tuple(name for name, is_needed in needed.items() if is_needed),
        projection=projection,
        downsample=next((stage.own for stage in planned.stages[1:-1] if stage.own), ()),
    )


def _times(factor: float) -> str:
    if factor == 1:
        return "dim"
    return f"{int(factor)} * dim" if float(factor).is_integer() else f"int({number(factor)} * dim)"


def short(layer: Layer) -> str:
    """A layer's name within its block, stem or head."""
    return layer.name.rpartition(".")[2]


def bias(layer: Layer) -> Lines:
    """The argument that takes a convolution's bias away, where it has none."""
    return [] if layer.bias else ["bias=False"]


def _init(arguments: list[str], **types: str) -> Lines:
    typed = (f"{name}: {types.get(name, 'int')}" for name in arguments)
    return call("def __init__", ["self", *typed], 4, tail=" -> None:")


_BLOCK = '''
class Block(nn.Module):
    """$doc

    $chain
    """

    $init
        super().__init__()
        $layers
        $shortcut
        $last_act

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        shortcut = $way
        $steps
        return $result
'''


def block(net: Network) -> Lines:
    """The class of a residual block, layer by layer as in the paper's figure."""
    first = net.plan.stages[1].blocks[0]
    layers: Lines = []
    channels = "in_dim" if net.projection else net.outside
    for layer in first.body:
        arguments, channels = _made(net, layer, channels)
        layers += call(f"self.{short(layer)} = {arguments[0]}", arguments[1:], 8)
    every = net.spec.block_acts == "every"
    act = f"act{1 + sum(layer.kind in ACTIVATION for layer in first.body)}"
    return written(
        _BLOCK,
        doc=t("nets.code.block"),
        chain=textwrap.wrap(" → ".join(map(short, first.body)), 80),
        init=_init(list(net.arguments), drop_path="float"),
        layers=layers,
        shortcut=_shortcut(net),
        last_act=[f"self.{act} = {ACTIVATION[net.spec.act]}"] if every else [],
        way="self.shortcut(x)" if net.projection else "x",
        steps=_steps(net, first.body),
        result=f"self.{act}(shortcut + x)" if every else "shortcut + x",
    )


def _made(net: Network, layer: Layer, channels: str) -> tuple[list[str], str]:
    """Constructor and arguments of a block's layer, and the channels that leave it."""
    match layer.kind:
        case "conv" | "grouped" | "depthwise":
            # A basic block's two change the width as others' pointwise ones do.
            out = {"conv1": net.inside, "conv2": net.outside}.get(short(layer), channels)
            kernel, padding = str(layer.kernel_size), str(layer.padding)
            if "kernel_size" in net.arguments:
                kernel, padding = "kernel_size", "kernel_size // 2"
            stride = _stride(net) if short(layer) != "conv2" else []
            sizes = [f"kernel_size={kernel}", *stride, f"padding={padding}"]
            groups = {"grouped": str(layer.groups), "depthwise": channels}.get(layer.kind)
            sizes += [f"groups={groups}"] if groups else []
            return ["nn.Conv2d", channels, out, *sizes, *bias(layer)], out
        case "pointwise":
            out = net.inside if short(layer) == "pwconv1" else net.outside
            if net.channels_first:
                return ["nn.Conv2d", channels, out, "kernel_size=1", *bias(layer)], out
            return ["nn.Linear", channels, out, *bias(layer)], out
        case "grn":
            return ["GRN", channels], channels
        case "layer_scale":
            return ["nn.Parameter", f"{number(layer.init)} * torch.ones({channels})"], channels
        case "drop_path":
            return ["DropPath", "drop_path"], channels
        case kind if kind in ACTIVATION:
            made, _, rest = ACTIVATION[kind].removesuffix(")").partition("(")
            return [made, *filter(None, [rest])], channels
        case kind:
            norm = (MAP_NORM if net.channels_first else LAST_NORM)[kind]
            return [norm, *norm_arguments(layer, channels)], channels


def _stride(net: Network) -> Lines:
    return ["stride=stride"] if "stride" in net.arguments else []


def _shortcut(net: Network) -> Lines:
    if not net.projection:
        return []
    conv, *norms = net.projection
    arguments = ["in_dim", net.outside, "kernel_size=1", *_stride(net), *bias(conv)]
    layers = call("conv=nn.Conv2d", arguments, 20, tail=",")
    for norm in norms:
        layers += map_norm(norm, net.outside, 20)
    changes = f"in_dim != {net.outside}" + (" or stride != 1" if _stride(net) else "")
    template = """
self.shortcut = nn.Identity()
if $changes:
    $projection
"""
    return written(template, changes=changes, projection=sequence("self.shortcut", layers))


def map_norm(norm: Layer, channels: str, columns: int) -> Lines:
    """A norm of maps whose channels come second, as an entry of an ordered dictionary."""
    arguments = norm_arguments(norm, channels)
    return call(f"{short(norm)}={MAP_NORM[norm.kind]}", arguments, columns, tail=",")


def norm_arguments(norm: Layer, channels: str) -> Lines:
    """What a norm is made of."""
    groups = [str(norm.groups)] if norm.kind == "group_norm" else []
    return [*groups, channels, f"eps={number(norm.eps)}"]


_TO_LAST = "x = x.permute(0, 2, 3, 1)  # (N, C, H, W) -> (N, H, W, C)"
_TO_FIRST = "x = x.permute(0, 3, 1, 2)  # (N, H, W, C) -> (N, C, H, W)"


def _steps(net: Network, body: tuple[Layer, ...]) -> Lines:
    """The layers in a row; linear layers and norms over channels want the channels last."""
    lines: Lines = []
    last = False
    for layer in body:
        convolution = layer.kind in ("conv", "grouped", "depthwise")
        anywhere = layer.kind == "drop_path" or layer.kind in ACTIVATION
        if not net.channels_first and not anywhere and last == convolution:
            last = not last
            lines.append(_TO_LAST if last else _TO_FIRST)
        if layer.kind != "layer_scale":
            lines.append(f"x = self.{short(layer)}(x)")
        elif net.channels_first:
            lines.append("x = self.gamma[:, None, None] * x")
        else:
            lines.append("x = self.gamma * x")
    return [*lines, _TO_FIRST] if last else lines


_STAGE = '''
class Stage(nn.Module):
    """$doc"""

    $init
        super().__init__()
        $downsample
        $blocks
        self.blocks = nn.Sequential(*blocks)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.blocks($start)
'''


def stage(net: Network) -> Lines:
    """The class of a stage: its downsampling, where it is a layer of its own, and its blocks."""
    own = bool(net.downsample)
    needed = {
        "in_dim": own or bool(net.projection),
        "dim": True,
        "drop_path" if "drop_path" in net.arguments else "depth": True,
        "kernel_size": "kernel_size" in net.arguments,
        "stride": "stride" in net.arguments,
        "downsample": own,
    }
    arguments = [name for name, is_needed in needed.items() if is_needed]
    return written(
        _STAGE,
        doc=t("nets.code.stage_own" if own else "nets.code.stage"),
        init=_init(arguments, drop_path="list[float]", downsample="bool"),
        downsample=_downsample(net),
        blocks=_blocks(net),
        start="self.downsample(x)" if own else "x",
    )


def _downsample(net: Network) -> Lines:
    if not net.downsample:
        return []
    *norms, conv = net.downsample
    sizes = [f"kernel_size={conv.kernel_size}", f"stride={conv.stride}"]
    layers = [line for norm in norms for line in map_norm(norm, "in_dim", 20)]
    layers += call("conv=nn.Conv2d", ["in_dim", net.outside, *sizes, *bias(conv)], 20, tail=",")
    template = """
self.downsample = nn.Identity()
if downsample:
    $layers
    $after
"""
    after = [f"in_dim = {net.outside}"] if net.projection else []
    return written(template, layers=sequence("self.downsample", layers), after=after)


def _blocks(net: Network) -> Lines:
    rates = "drop_path" in net.arguments
    loop = "for rate in drop_path" if rates else "for _ in range(depth)"
    given = ", ".join("rate" if name == "drop_path" else name for name in net.arguments)
    if not net.projection:
        return [f"blocks = (Block({given}) {loop})"]
    template = """
blocks = []
$loop:
    blocks.append(Block($given))
    $then
"""
    then = f"in_dim = {net.outside}"
    if _stride(net):
        then = f"in_dim, stride = {net.outside}, 1"
    return written(template, loop=loop, given=given, then=then)
