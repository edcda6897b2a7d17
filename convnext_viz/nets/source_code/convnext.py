"""A network as one readable PyTorch file in the paper's style, with only what its spec needs."""

import unicodedata

from convnext_viz.nets.source_code.convnext_blocks import arguments_of, block, has_strides, stage
from convnext_viz.nets.source_code.parts import (
    LAST_NORM,
    MAP_NORM,
    Lines,
    activation,
    call,
    number,
    parts,
    short,
)
from convnext_viz.plans import Layer, Plan, plan, smallest_image
from convnext_viz.specs import ConvNeXtSpec
from convnext_viz.text import t

_RESNET = "He et al. 2016, https://arxiv.org/abs/1512.03385"
_CONVNEXT = 'Liu et al. 2022, "A ConvNet for the 2020s", https://arxiv.org/abs/2201.03545'
_V2 = 'Woo et al. 2023, "ConvNeXt V2", https://arxiv.org/abs/2301.00808'


def source(spec: ConvNeXtSpec) -> str:
    """Python source of the network: one file that needs torch alone; comments in the language set.

    Its layers are called as in our net, without ``body.``; its own ``load_weights`` reads a state
    dict of ours. Run as a script it prints its number of parameters.
    """
    described = plan(spec, smallest_image(spec))
    name = class_name(spec)
    sections = [
        _header(spec, described),
        ["from collections import OrderedDict", "", "import torch", "from torch import nn"],
        *parts(spec, described),
        block(spec, described),
        stage(spec, described),
        _net(spec, described, name),
        _load(spec),
        [
            'if __name__ == "__main__":',
            f"    params = sum(p.numel() for p in {name}().parameters())",
            f'    print(f"{{params:,}} {t("nets.code.parameters")}")',
        ],
    ]
    head, *rest = ("\n".join(section) for section in sections)
    return head + "\n\n" + "\n\n\n".join(rest) + "\n"


def class_name(spec: ConvNeXtSpec) -> str:
    """What the network's class is called in its source."""
    resnet = spec.stem == "conv7_pool" and spec.bottleneck == "classic" and not spec.depthwise
    return "ResNet" if resnet else "ConvNeXt"


def _header(spec: ConvNeXtSpec, described: Plan) -> Lines:
    shown = "".join(c for c in spec.name if c.isprintable() and c not in "\"'\\")[:40].strip()
    narrow = "".join(c for c in shown if unicodedata.east_asian_width(c) not in "WF")
    references = [_RESNET] if class_name(spec) == "ResNet" else []
    references += [_CONVNEXT] + ([_V2] if spec.grn else [])
    title = t("nets.code.title", name=narrow or class_name(spec), params=described.params)
    return ['"""' + title, "", *references, "", t("nets.code.names"), '"""']


def _net(spec: ConvNeXtSpec, described: Plan, name: str) -> Lines:
    stem, *stages, head = described.stages
    rates = spec.drop_path_rate > 0
    lines = [
        f"class {name}(nn.Module):",
        f'    """{t("nets.code.net", stages=len(stages), blocks=sum(spec.depths))}"""',
        "",
        "    def __init__(self) -> None:",
        "        super().__init__()",
        *_sequence("self.stem", [_layer(spec, layer, MAP_NORM) for layer in stem.own]),
    ]
    if rates:
        rate = number(spec.drop_path_rate)
        lines.append(f"        rates = torch.linspace(0, {rate}, {sum(spec.depths)}).tolist()")
    told, done = arguments_of(spec, described), 0
    for i, part in enumerate(stages):
        depth = spec.depths[i]
        arguments = [
            *([f"in_dim={part.in_shape[0]}"] if "in_dim" in told or _own(described) else []),
            f"dim={spec.dims[i]}",
            f"drop_path=rates[{done}:{done + depth}]" if rates else f"depth={depth}",
            *([f"kernel_size={spec.kernel_sizes[i]}"] if "kernel_size" in told else []),
            *([f"stride={1 if i == 0 else 2}"] if has_strides(spec) else []),
            *([f"downsample={bool(part.own)}"] if _own(described) else []),
        ]
        lines += call(f"self.{part.name} = Stage", arguments, 8)
        done += depth
    after_pool = spec.head_norm != "before_pool"
    layers = [layer for layer in head.own if not after_pool or short(layer) not in _POOLING]
    norms = _VECTOR_NORM if after_pool else MAP_NORM
    if layers:
        lines += _sequence("self.head", [_layer(spec, layer, norms) for layer in layers])
    lines.append("        self.apply(init_weights)")
    if spec.head_init_scale != 1 and spec.num_classes > 0:
        scale = number(float(spec.head_init_scale))
        lines += [
            "        with torch.no_grad():",
            f"            self.head.fc.weight.mul_({scale})",
            f"            self.head.fc.bias.mul_({scale})",
        ]
    pooled = "x.mean((-2, -1))" if after_pool else "x"
    result = f"self.head({pooled})" if layers else pooled
    forward = [
        f"        x = self.{part.name}(x)  # (N, {part.out_shape[0]}, H/{part.jump}, W/{part.jump})"
        for part in (stem, *stages)
    ]
    return [
        *lines,
        "",
        "    def forward(self, x: torch.Tensor) -> torch.Tensor:",
        *forward,
        f"        return {result}  # (N, {head.out_shape[0]})",
    ]


_POOLING = ("pool", "flatten")
_VECTOR_NORM = LAST_NORM | {"batch": "nn.BatchNorm1d"}


def _own(described: Plan) -> bool:
    return any(part.own for part in described.stages[2:-1])


def _sequence(name: str, layers: list[Lines]) -> Lines:
    return [
        f"        {name} = nn.Sequential(",
        "            OrderedDict(",
        *(line for layer in layers for line in layer),
        "            )",
        "        )",
    ]


def _layer(spec: ConvNeXtSpec, layer: Layer, norms: dict[str, str]) -> Lines:
    """A layer of the stem or the head, as an entry of an ordered dictionary."""
    into, out = str(layer.in_shape[0]), str(layer.out_shape[0])
    bias = [] if layer.bias else ["bias=False"]
    sizes = [f"kernel_size={layer.kernel_size}", f"stride={layer.stride}"]
    padding = [f"padding={layer.padding}"] if layer.padding else []
    match layer.kind:
        case "conv":
            made = ["nn.Conv2d", into, out, *sizes, *padding, *bias]
        case "max_pool":
            made = ["nn.MaxPool2d", *sizes, *padding]
        case "linear":
            made = ["nn.Linear", into, out]
        case "avg_pool":
            made = ["nn.AdaptiveAvgPool2d", "1"]
        case "flatten":
            made = ["nn.Flatten"]
        case "dropout":
            made = ["nn.Dropout", number(layer.rate)]
        case "gelu" | "relu" | "gelu_tanh" | "silu":
            return [f"                {short(layer)}={activation(layer.kind)},"]
        case _:
            made = [norms[spec.norm], out, f"eps={number(spec.norm_eps)}"]
    return call(f"{short(layer)}={made[0]}", made[1:], 16, tail=",")


def _load(spec: ConvNeXtSpec) -> Lines:
    matrices = [
        '        if ".pwconv" in name and value.ndim == 2:',
        "            value = value[:, :, None, None]",
    ]
    return [
        "def load_weights(model: nn.Module, state: dict[str, torch.Tensor]) -> None:",
        f'    """{t("nets.code.load")}"""',
        "    renamed = {}",
        "    for name, value in state.items():",
        '        name = name.replace(".body.", ".").replace(".gamma.weight", ".gamma")',
        *(matrices if spec.norm == "batch" else []),
        "        renamed[name] = value",
        "    model.load_state_dict(renamed)",
    ]
