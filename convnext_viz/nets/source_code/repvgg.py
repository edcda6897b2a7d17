"""The source of a RepVGG as one readable PyTorch file, in training or deployed form."""

import unicodedata

from convnext_viz.nets.source_code.parts import ACTIVATION, parts
from convnext_viz.nets.source_code.templates import Lines, call, number, sequence, written
from convnext_viz.plans import Layer, Plan, plan, smallest_image
from convnext_viz.specs import RepVGGSpec
from convnext_viz.text import t

_PAPER = "Ding et al. 2021, https://arxiv.org/abs/2101.03697"
_SE_PAPER = "Hu et al. 2018, https://arxiv.org/abs/1709.01507"

_MAIN = """
if __name__ == "__main__":
    params = sum(p.numel() for p in RepVGG().parameters())
    print(f"{params:,} $parameters")
"""


def source(spec: RepVGGSpec) -> str:
    """Python source of the network: one file that needs torch alone; comments in the language set.

    Its own ``load_weights`` reads a state dict of ours, of the same form. Run as a script it prints
    its number of parameters.
    """
    planned = plan(spec, smallest_image(spec))
    kinds = {layer.kind for layer in planned.layers}
    gate = [written(_SE, doc=t("nets.code.squeeze_excite"))] if "squeeze_excite" in kinds else []
    sections = [
        _header(spec, planned),
        [*_ordered(spec), "import torch", "from torch import nn"],
        *parts(kinds, norm="batch_norm", map_norms=False),
        *gate,
        *_conv(spec),
        _block(spec),
        _stage(spec),
        _net(spec, planned),
        _load(spec),
        written(_MAIN, parameters=t("nets.code.parameters")),
    ]
    head, *rest = ("\n".join(section) for section in sections)
    return head + "\n\n" + "\n\n\n".join(rest) + "\n"


def _ordered(spec: RepVGGSpec) -> Lines:
    """What names modules, where any are named."""
    needed = spec.form == "training" or spec.num_classes > 0 or spec.drop_rate > 0
    return ["from collections import OrderedDict", ""] if needed else []


def _header(spec: RepVGGSpec, planned: Plan) -> Lines:
    shown = "".join(c for c in spec.name if c.isprintable() and c not in "\"'\\")[:40].strip()
    narrow = "".join(c for c in shown if unicodedata.east_asian_width(c) not in "WF")
    references = [_PAPER] if spec.se_reduction is None else [_PAPER, _SE_PAPER]
    title = t("nets.code.title", name=narrow or "RepVGG", params=planned.params)
    return ['"""' + title, "", *references, "", t("nets.code.names"), '"""']


_SE = '''
class SqueezeExcite(nn.Module):
    """$doc"""

    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        self.down = nn.Linear(dim, hidden)
        self.act = nn.ReLU()
        self.up = nn.Linear(hidden, dim)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        factors = self.up(self.act(self.down(x.mean((2, 3))))).sigmoid()
        return x * factors[:, :, None, None]
'''

_CONV = '''
$head
    """$doc"""
    conv = nn.Conv2d(
        in_dim,
        dim,
        kernel_size,
        stride,
        padding=kernel_size // 2,
        $groups
        bias=False,
    )
    return nn.Sequential(OrderedDict(conv=conv, norm=nn.BatchNorm2d(dim, eps=$eps)))
'''


def _conv(spec: RepVGGSpec) -> list[Lines]:
    """The convolution with its norm, of which branches in training form consist."""
    if spec.form == "deployed":
        return []
    names = ["in_dim", "dim", "kernel_size", "stride", *_groups(spec)]
    section = written(
        _CONV,
        head=call("def conv_norm", [f"{name}: int" for name in names], 0, tail=" -> nn.Module:"),
        doc=t("nets.code.conv_norm"),
        groups=["groups=groups,"] if _groups(spec) else [],
        eps=number(spec.norm_eps),
    )
    return [section]


def _groups(spec: RepVGGSpec) -> list[str]:
    """The argument that only a network with grouped convolutions needs."""
    return ["groups"] if spec.groups > 1 else []


_BLOCK = '''
class Block(nn.Module):
    """$doc"""

    $init
        super().__init__()
        $layers
        $gate
        self.act = $act

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        $steps
        return $result
'''


def _block(spec: RepVGGSpec) -> Lines:
    """The class of a block: the sum of its branches, or the one convolution that they become."""
    deployed = spec.form == "deployed"
    gate = [] if spec.se_reduction is None else _gate(spec.se_reduction)
    before = gate and spec.se_position == "before_act"
    end = "self.act(self.se(y))" if before else "self.se(self.act(y))" if gate else "self.act(y)"
    names = ["in_dim", "dim", "stride", *_groups(spec)]
    return written(
        _BLOCK,
        doc=t("nets.code.repvgg_deployed" if deployed else "nets.code.repvgg_block"),
        init=call("def __init__", ["self", *(f"{n}: int" for n in names)], 4, tail=" -> None:"),
        layers=_convolution(spec) if deployed else _branches(spec),
        gate=gate,
        act=ACTIVATION[spec.act],
        steps=["y = self.conv(x)"] if deployed else _sum(spec),
        result=end,
    )


def _gate(reduction: int) -> Lines:
    return [f"self.se = SqueezeExcite(dim, max(1, dim // {reduction}))"]


def _convolution(spec: RepVGGSpec) -> Lines:
    kernel = spec.kernel_size
    sizes = [f"kernel_size={kernel}", "stride=stride", f"padding={kernel // 2}"]
    groups = ["groups=groups"] if _groups(spec) else []
    return call("self.conv = nn.Conv2d", ["in_dim", "dim", *sizes, *groups], 8)


def _branches(spec: RepVGGSpec) -> Lines:
    more = ["stride", *_groups(spec)]
    lines = call("self.dense = conv_norm", ["in_dim", "dim", str(spec.kernel_size), *more], 8)
    if spec.pointwise_branch:
        lines += call("self.pointwise = conv_norm", ["in_dim", "dim", "1", *more], 8)
    if spec.identity_branch:
        lines += [
            "self.identity = None",
            "if in_dim == dim and stride == 1:",
            f"    self.identity = nn.BatchNorm2d(dim, eps={number(spec.norm_eps)})",
        ]
    return lines


def _sum(spec: RepVGGSpec) -> Lines:
    first = "y = self.dense(x)"
    lines = [f"{first} + self.pointwise(x)" if spec.pointwise_branch else first]
    if spec.identity_branch:
        lines += ["if self.identity is not None:", "    y = y + self.identity(x)"]
    return lines


_STAGE = '''
class Stage(nn.Module):
    """$doc"""

    $init
        super().__init__()
        $blocks
        self.blocks = nn.Sequential(*blocks)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.blocks(x)
'''
_BLOCKS = """
blocks = []
for $number in range(depth):
    $groups
    blocks.append(Block($given))
    in_dim, stride = dim, 1
"""


def _stage(spec: RepVGGSpec) -> Lines:
    """The class of a stage, whose first block has the stride; the stem is one of one block."""
    names = ["in_dim", "dim", "depth", "stride"]
    groups = []
    if _groups(spec):
        names.append("done")
        # Counted through all stages, from 1 behind the stem.
        groups = [f"groups = {spec.groups} if (done + number) % 2 == 1 else 1"]
    blocks = written(
        _BLOCKS,
        number="number" if groups else "_",
        groups=groups,
        given=", ".join(["in_dim", "dim", "stride", *_groups(spec)]),
    )
    return written(
        _STAGE,
        doc=t("nets.code.stage_groups" if groups else "nets.code.stage_stride"),
        init=call("def __init__", ["self", *(f"{n}: int" for n in names)], 4, tail=" -> None:"),
        blocks=blocks,
    )


_NET = '''
class RepVGG(nn.Module):
    """$doc"""

    def __init__(self) -> None:
        super().__init__()
        $stages
        $head
        self.apply(init_weights)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        $forward
        return $result  # (N, $out)
'''


def _net(spec: RepVGGSpec, planned: Plan) -> Lines:
    *stages, head = planned.stages
    layers = [layer for layer in head.own if layer.kind not in ("avg_pool", "flatten")]
    lines, done = Lines(), 0
    for place, stage in enumerate(stages):
        first = stage.blocks[0]
        arguments = [
            f"in_dim={stage.in_shape[0]}",
            f"dim={stage.out_shape[0]}",
            f"depth={len(stage.blocks)}",
            f"stride={first.layers[0].stride}",
            *([f"done={done}"] if _groups(spec) else []),
        ]
        lines += call(f"self.{stage.name} = Stage", arguments, 8)
        done += len(stage.blocks) if place else 0
    return written(
        _NET,
        doc=t("nets.code.net", stages=len(spec.depths), blocks=sum(spec.depths)),
        stages=lines,
        head=sequence("self.head", _head(layers)) if layers else [],
        forward=[
            f"x = self.{stage.name}(x)  # (N, {stage.out_shape[0]}, H/{stage.jump}, W/{stage.jump})"
            for stage in stages
        ],
        result="self.head(x.mean((-2, -1)))" if layers else "x.mean((-2, -1))",
        out=str(head.out_shape[0]),
    )


def _head(layers: list[Layer]) -> Lines:
    made = {
        "dropout": lambda layer: f"nn.Dropout({number(layer.rate)})",
        "linear": lambda layer: f"nn.Linear({layer.in_shape[0]}, {layer.out_shape[0]})",
    }
    return [f"{layer.name.rpartition('.')[2]}={made[layer.kind](layer)}," for layer in layers]


_LOAD = '''
def load_weights(model: nn.Module, state: dict[str, torch.Tensor]) -> None:
    """$doc"""
    $renamed
    model.load_state_dict($state)
'''
_RENAMED = """
renamed = {}
for name, value in state.items():
    name = name.replace(".after.", ".").replace(".identity.norm.", ".identity.")
    $alone
    renamed[name] = value
"""
_ALONE = """
if ".blocks." in name and name.split(".")[3] in ("conv", "norm"):
    name = ".".join([*name.split(".")[:3], "dense", *name.split(".")[3:]])
"""


def _load(spec: RepVGGSpec) -> Lines:
    """Where a block has one branch alone, ours does not call it by a name."""
    doc = t("nets.code.load_repvgg")
    if spec.form == "deployed":
        return written(_LOAD, doc=doc, renamed=[], state="state")
    alone = [] if spec.pointwise_branch else written(_ALONE)
    return written(_LOAD, doc=doc, renamed=written(_RENAMED, alone=alone), state="renamed")
