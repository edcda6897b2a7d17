"""The source of a ConvNeXt or ResNet as one readable PyTorch file, in the paper's style."""

from convnext_viz.nets.source_code.convnext_blocks import (
    Network,
    bias,
    block,
    map_norm,
    network,
    norm_arguments,
    short,
    stage,
)
from convnext_viz.nets.source_code.frame import IMPORTS, file_of, header, main
from convnext_viz.nets.source_code.parts import ACTIVATION, LAST_NORM, parts
from convnext_viz.nets.source_code.templates import Lines, call, number, sequence, written
from convnext_viz.plans import Layer
from convnext_viz.specs import ConvNeXtSpec
from convnext_viz.text import t

_RESNET = "He et al. 2016, https://arxiv.org/abs/1512.03385"
_RESNEXT = "Xie et al. 2017, https://arxiv.org/abs/1611.05431"
_CONVNEXT = 'Liu et al. 2022, "A ConvNet for the 2020s", https://arxiv.org/abs/2201.03545'
_V2 = 'Woo et al. 2023, "ConvNeXt V2", https://arxiv.org/abs/2301.00808'


def source(spec: ConvNeXtSpec) -> str:
    """Python source of the network: one file that needs torch alone; comments in the language set.

    Its layers are called as in our net, without ``body.``; its own ``load_weights`` reads a state
    dict of ours. Run as a script it prints its number of parameters.
    """
    net = network(spec)
    kinds = {layer.kind for layer in net.plan.layers}
    sections = [
        _header(net),
        IMPORTS,
        *parts(kinds, norm=f"{spec.norm}_norm", map_norms=_normalises_maps(net)),
        block(net),
        stage(net),
        _net(net),
        _load(net),
        main(class_name(spec)),
    ]
    return file_of(sections)


def class_name(spec: ConvNeXtSpec) -> str:
    """What the network's class is called in its source."""
    dense = spec.bottleneck != "inverted" and not spec.depthwise
    return "ResNet" if dense and spec.stem.startswith("conv") else "ConvNeXt"


def _header(net: Network) -> Lines:
    spec = net.spec
    references = [_RESNET] if class_name(spec) == "ResNet" else []
    references += [_RESNEXT] if spec.groups > 1 else []
    references += [_CONVNEXT] + ([_V2] if spec.grn else [])
    return header(spec.name, class_name(spec), net.plan.params, references)


def _normalises_maps(net: Network) -> bool:
    """Whether there is a norm outside the blocks' rows and the pooled head."""
    shortcuts = len(net.projection) > 1
    before_pool = net.spec.head_norm == "before_pool"
    return net.spec.stem_norm or len(net.downsample) > 1 or shortcuts or before_pool


_NET = '''
class $name(nn.Module):
    """$doc"""

    def __init__(self) -> None:
        super().__init__()
        $stem
        $rates
        $stages
        $head
        self.apply(init_weights)
        $scaled

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        $forward
        return $result  # (N, $out)
'''


def _net(net: Network) -> Lines:
    spec, (stem, *stages, head) = net.spec, net.plan.stages
    blocks = sum(spec.depths)
    rate = [f"rates = torch.linspace(0, {number(spec.drop_path_rate)}, {blocks}).tolist()"]
    pooled, layers = "x", list(head.own)
    if spec.head_norm != "before_pool":  # the mean over positions, then layers of vectors
        pooled = "x.mean((-2, -1))" if spec.head_pool == "average" else "x.amax((-2, -1))"
        pools = ("avg_pool", "global_max_pool", "flatten")
        layers = [layer for layer in layers if layer.kind not in pools]
    vectors = pooled != "x"
    return written(
        _NET,
        name=class_name(spec),
        doc=t("nets.code.net", stages=len(stages), blocks=blocks),
        stem=sequence("self.stem", _layers(stem.own)),
        rates=rate if spec.drop_path_rate > 0 else [],
        stages=_stages(net),
        head=sequence("self.head", _layers(layers, vectors=vectors)) if layers else [],
        scaled=_scaled(spec),
        forward=[
            f"x = self.{part.name}(x)  # (N, {part.out_shape[0]}, H/{part.jump}, W/{part.jump})"
            for part in (stem, *stages)
        ],
        result=f"self.head({pooled})" if layers else pooled,
        out=str(head.out_shape[0]),
    )


def _stages(net: Network) -> Lines:
    spec, lines, done = net.spec, Lines(), 0
    for i, part in enumerate(net.plan.stages[1:-1]):
        upto = done + spec.depths[i]
        arguments = []
        if net.projection or net.downsample:
            arguments.append(f"in_dim={part.in_shape[0]}")
        arguments.append(f"dim={spec.dims[i]}")
        if "drop_path" in net.arguments:
            arguments.append(f"drop_path=rates[{done}:{upto}]")
        else:
            arguments.append(f"depth={spec.depths[i]}")
        if "kernel_size" in net.arguments:
            arguments.append(f"kernel_size={spec.kernel_sizes[i]}")
        if "stride" in net.arguments:
            arguments.append(f"stride={1 if i == 0 else 2}")
        if net.downsample:
            arguments.append(f"downsample={bool(part.own)}")
        lines += call(f"self.{part.name} = Stage", arguments, 8)
        done = upto
    return lines


def _scaled(spec: ConvNeXtSpec) -> Lines:
    if spec.head_init_scale == 1 or spec.num_classes == 0:
        return []
    template = """
with torch.no_grad():
    self.head.fc.weight.mul_($scale)
    self.head.fc.bias.mul_($scale)
"""
    return written(template, scale=number(spec.head_init_scale))


def _layers(layers: list[Layer] | tuple[Layer, ...], *, vectors: bool = False) -> Lines:
    """The stem or the head as entries of an ordered dictionary; ``vectors``: maps are pooled."""
    return [line for layer in layers for line in _layer(layer, vectors)]


def _layer(layer: Layer, vectors: bool) -> Lines:
    into, out = str(layer.in_shape[0]), str(layer.out_shape[0])
    sizes = [f"kernel_size={layer.kernel_size}", f"stride={layer.stride}"]
    if layer.padding:
        sizes.append(f"padding={layer.padding}")
    match layer.kind:
        case "conv":
            made = ["nn.Conv2d", into, out, *sizes, *bias(layer)]
        case "max_pool":
            made = ["nn.MaxPool2d", *sizes]
        case "linear":
            made = ["nn.Linear", into, out]
        case "avg_pool":
            made = ["nn.AdaptiveAvgPool2d", "1"]
        case "global_max_pool":
            made = ["nn.AdaptiveMaxPool2d", "1"]
        case "flatten":
            made = ["nn.Flatten"]
        case "dropout":
            made = ["nn.Dropout", number(layer.rate)]
        case kind if kind in ACTIVATION:
            return [f"{short(layer)}={ACTIVATION[kind]},"]
        case kind if vectors:
            made = [LAST_NORM[kind], *norm_arguments(layer, out)]
        case _:
            return map_norm(layer, out, 16)
    return call(f"{short(layer)}={made[0]}", made[1:], 16, tail=",")


_LOAD = '''
def load_weights(model: nn.Module, state: dict[str, torch.Tensor]) -> None:
    """$doc"""
    renamed = {}
    for name, value in state.items():
        name = name.replace(".body.", ".").replace(".gamma.weight", ".gamma")
        $matrices
        renamed[name] = value
    model.load_state_dict(renamed)
'''
_MATRICES = [
    'if ".pwconv" in name and value.ndim == 2:',
    "    value = value[:, :, None, None]",
]


def _load(net: Network) -> Lines:
    pointwise = net.channels_first and net.spec.bottleneck != "basic"
    matrices = _MATRICES if pointwise else []
    return written(_LOAD, doc=t("nets.code.load"), matrices=matrices)
