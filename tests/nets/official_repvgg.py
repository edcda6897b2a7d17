"""RepVGG of the official repository, written from the paper's text and its layer names alone.

``parts`` gives the names of another library's: mmpretrain's network is the same one.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convnext_viz.specs import RepVGGSpec

OFFICIAL = {
    "stem": "stage0",
    "stage": "stage{}",
    "dense": "rbr_dense",
    "pointwise": "rbr_1x1",
    "identity": "rbr_identity",
    "norm": "bn",
    "deployed": "rbr_reparam",
    "se": "se",
}
PLUS = OFFICIAL | {"se": "post_se"}
MMPRETRAIN = {
    "stem": "stem",
    "stage": "stage_{}",
    "dense": "branch_3x3",
    "pointwise": "branch_1x1",
    "identity": "branch_norm",
    "norm": "norm",
    "deployed": "branch_reparam",
    "se": "se_layer",
}


class Gate(nn.Module):
    def __init__(self, channels: int, hidden: int, mm: bool) -> None:
        super().__init__()
        down, up = nn.Conv2d(channels, hidden, 1), nn.Conv2d(hidden, channels, 1)
        if mm:  # two modules of a convolution and an activation
            self.conv1, self.conv2 = nn.ModuleDict({"conv": down}), nn.ModuleDict({"conv": up})
        else:
            self.down, self.up = down, up

    def forward(self, x: Tensor) -> Tensor:
        down, up = [m for m in self.modules() if isinstance(m, nn.Conv2d)]
        return x * torch.sigmoid(up(F.relu(down(F.adaptive_avg_pool2d(x, 1)))))


class Block(nn.Module):
    def __init__(
        self, spec: RepVGGSpec, names: dict[str, str], into: int, out: int, stride: int, groups: int
    ) -> None:
        super().__init__()
        self.names, self.spec = names, spec
        self.geometry = {"stride": stride, "padding": 1, "groups": groups}

        def way(kernel: int) -> nn.Sequential:
            made = nn.Sequential()
            padding = kernel // 2
            made.add_module(
                "conv", nn.Conv2d(into, out, kernel, stride, padding, groups=groups, bias=False)
            )
            made.add_module(names["norm"], nn.BatchNorm2d(out))
            return made

        self.add_module(names["dense"], way(3))
        self.add_module(names["pointwise"], way(1))
        if into == out and stride == 1:
            self.add_module(names["identity"], nn.BatchNorm2d(out))
        if spec.se_reduction is not None:
            gate = Gate(out, out // spec.se_reduction, names is MMPRETRAIN)
            self.add_module(names["se"], gate)

    def forward(self, x: Tensor) -> Tensor:
        own = dict(self.named_children())
        branches = ("dense", "pointwise", "identity", "deployed")
        y = sum(own[self.names[b]](x) for b in branches if self.names[b] in own)
        gate = own.get(self.names["se"], nn.Identity())
        if self.spec.se_position == "after_act":
            return gate(F.relu(y))
        return F.relu(gate(y))

    def deploy(self) -> None:
        """``switch_to_deploy``: weights multiplied by γ / σ, the 1×1 padded, a loop of ones."""
        shape = getattr(self, self.names["dense"]).conv.weight.shape
        kernel, bias = 0, 0
        for branch in ("dense", "pointwise", "identity"):
            way = getattr(self, self.names[branch], None)
            if way is None:
                continue
            if branch == "identity":
                norm, weight = way, torch.zeros(shape, dtype=way.weight.dtype)
                for i in range(shape[0]):
                    weight[i, i % shape[1], 1, 1] = 1
            else:
                norm, weight = way[1], way[0].weight
                if branch == "pointwise":
                    weight = F.pad(weight, [1, 1, 1, 1])
            quotient = norm.weight / (norm.running_var + norm.eps).sqrt()
            kernel = kernel + weight * quotient.reshape(-1, 1, 1, 1)
            bias = bias + norm.bias - norm.running_mean * quotient
            delattr(self, self.names[branch])
        out, into = kernel.shape[:2]
        groups = self.geometry["groups"]
        conv = nn.Conv2d(into * groups, out, 3, **self.geometry)
        conv.weight, conv.bias = nn.Parameter(kernel.detach()), nn.Parameter(bias.detach())
        self.add_module(self.names["deployed"], conv)


class Official(nn.Module):
    """The network of a spec in training form, under other names."""

    def __init__(self, spec: RepVGGSpec, names: dict[str, str] = OFFICIAL) -> None:
        super().__init__()
        width = min(64, spec.dims[0])
        self.order = [names["stem"]]
        self.add_module(names["stem"], Block(spec, names, 3, width, 2, 1))
        number = 1
        for i, (depth, dim) in enumerate(zip(spec.depths, spec.dims, strict=True), start=1):
            blocks = []
            for j in range(depth):
                groups = spec.groups if number % 2 == 0 else 1
                blocks.append(Block(spec, names, width, dim, 1 if j else 2, groups))
                width, number = dim, number + 1
            self._stage(names, i, blocks)
        linear = nn.Linear(width, spec.num_classes)
        if names is MMPRETRAIN:
            self.head = nn.ModuleDict({"fc": linear})
        else:
            self.linear = linear

    def _stage(self, names: dict[str, str], i: int, blocks: list[Block]) -> None:
        name, parts = names["stage"].format(i), {"": blocks}
        if names is PLUS and i == 3:  # in two, for an auxiliary classifier
            half = len(blocks) // 2
            parts = {"_first": blocks[:half], "_second": blocks[half:]}
        for ending, some in parts.items():
            made = nn.Sequential(*some)
            stage = nn.ModuleDict({"blocks": made}) if names is PLUS else made
            self.add_module(name + ending, stage)
            self.order.append(name + ending)
        if names is PLUS and i == 1:
            self.stage1_aux = nn.Linear(blocks[0].geometry["groups"], 2)

    def forward(self, x: Tensor) -> Tensor:
        for name in self.order:
            part = getattr(self, name)
            x = part["blocks"](x) if isinstance(part, nn.ModuleDict) else part(x)
        linear = self.head["fc"] if hasattr(self, "head") else self.linear
        return linear(x.mean((2, 3)))

    def deploy(self) -> "Official":
        for module in list(self.modules()):
            if isinstance(module, Block):
                module.deploy()
        return self
