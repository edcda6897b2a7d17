"""The source of a Vision Transformer as one readable PyTorch file."""

from convnext_viz.nets.source_code.frame import IMPORTS, file_of, header, main
from convnext_viz.nets.source_code.parts import ACTIVATION, parts
from convnext_viz.nets.source_code.templates import Lines, call, number, sequence, written
from convnext_viz.nets.source_code.token_parts import block, ending, load, mlp
from convnext_viz.plans import Layer, Plan, channels, plan, smallest_image
from convnext_viz.specs import ViTSpec
from convnext_viz.text import t

_VIT = "Dosovitskiy et al. 2021, https://arxiv.org/abs/2010.11929"
_DEIT = "Touvron et al. 2021 (DeiT), https://arxiv.org/abs/2012.12877"
_DEIT3 = "Touvron et al. 2022 (DeiT III), https://arxiv.org/abs/2204.07118"
_REGISTERS = "Darcet et al. 2024, https://arxiv.org/abs/2309.16588"
_STEM = "Xiao et al. 2021, https://arxiv.org/abs/2106.14881"

CLASS = "VisionTransformer"


def source(spec: ViTSpec) -> str:
    """Python source of the network: one file that needs torch alone; comments in the language set.

    Its layers are called as in our net, without ``body.``; its own ``load_weights`` reads a state
    dict of ours. Run as a script it prints its number of parameters.
    """
    planned = plan(spec, smallest_image(spec))
    references = {
        _VIT: True,
        _DEIT: spec.distillation_token,
        _DEIT3: spec.layer_scale is not None,
        _REGISTERS: spec.registers > 0,
        _STEM: spec.conv_stem,
    }
    kinds = {layer.kind for layer in planned.layers}
    needed = [reference for reference, is_needed in references.items() if is_needed]
    return file_of(
        [
            header(spec.name, CLASS, planned.params, needed),
            IMPORTS,
            *parts(kinds, norm="layer_norm", map_norms=False),
            *_token_classes(spec),
            _attention(spec),
            mlp(spec),
            block(spec),
            _net(spec, planned),
            load(".gamma.weight", ".gamma"),
            main(CLASS),
        ]
    )


_POSITIONS = '''
class PositionEmbedding(nn.Module):
    """$doc"""

    def __init__(self, dim: int, side: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(dim, side, side))
        nn.init.trunc_normal_(self.weight, std=0.02)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        table, size = self.weight, x.shape[2:]  # (C, rows, columns)
        if table.shape[1:] != size:
            table = nn.functional.interpolate(
                table[None], size=size, mode="bicubic", antialias=True
            )[0]
        return x + table
'''

_TO_TOKENS = '''
class ToTokens(nn.Module):
    """(N, C, h, w) -> (N, h * w, C)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.flatten(2).transpose(1, 2)
'''

_PREFIX = '''
class PrefixTokens(nn.Module):
    """(N, T, C) -> (N, count + T, C)."""

    def __init__(self, count: int, dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(0.02 * torch.randn(count, dim))
        $position

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([($tokens).expand(len(x), -1, -1), x], 1)
'''

_HEADS = '''
class AveragedHeads(nn.Module):
    """(N, T, C) -> (N, classes)."""

    def __init__(self, dim: int, classes: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(0.02 * torch.randn(2, classes, dim))
        self.bias = nn.Parameter(torch.zeros(2, classes))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        both = torch.einsum("ntc,tkc->ntk", x[:, :2], self.weight) + self.bias
        return both.mean(1)
'''


def _token_classes(spec: ViTSpec) -> list[Lines]:
    """The classes around the blocks: positions, tokens, the two classifiers of DeiT."""
    wanted = [written(_POSITIONS, doc=t("nets.code.vit_positions")), written(_TO_TOKENS)]
    if spec.class_token or spec.distillation_token or spec.registers:
        own = ["self.position = nn.Parameter(0.02 * torch.randn(count, dim))"]
        wanted.append(
            written(
                _PREFIX,
                position=own if spec.prefix_positions else [],
                tokens="self.weight + self.position" if spec.prefix_positions else "self.weight",
            )
        )
    if spec.distillation_token and spec.num_classes:
        wanted.append(written(_HEADS))
    return wanted


_ATTENTION = '''
class Attention(nn.Module):
    """$doc"""

    $init
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(dim, eps=$eps)
        self.qkv = nn.Linear(dim, 3 * dim$bias)
        self.proj = nn.Linear(dim, dim)
        $gamma
        $drop_path

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.norm(x)
        qkv = self.qkv(x).unflatten(-1, (3, self.heads, -1))  # (N, T, 3, heads, d)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)  # (N, heads, T, d) each
        scores = query @ key.transpose(-2, -1) * query.shape[-1] ** -0.5
        x = scores.softmax(-1) @ value
        x = x.transpose(1, 2).flatten(2)  # (N, T, C)
        $ending
'''


def _attention(spec: ViTSpec) -> Lines:
    drops = spec.drop_path_rate > 0
    scaled = spec.layer_scale is not None
    arguments = ["self", "dim: int", "heads: int", *(["drop_path: float"] if drops else [])]
    gamma = f"self.gamma = nn.Parameter({number(spec.layer_scale or 0)} * torch.ones(dim))"
    return written(
        _ATTENTION,
        doc=t("nets.code.attention"),
        init=call("def __init__", arguments, 4, tail=" -> None:"),
        eps=number(spec.norm_eps),
        bias="" if spec.qkv_bias else ", bias=False",
        gamma=[gamma] if scaled else [],
        drop_path=["self.drop_path = DropPath(drop_path)"] if drops else [],
        ending=ending("self.proj(x)", spec),
    )


_NET = '''
class $name(nn.Module):
    """$doc"""

    def __init__(self) -> None:
        super().__init__()
        $stem
        $rates
        $blocks
        self.stage1 = nn.Sequential(OrderedDict(blocks=nn.Sequential(*blocks)))
        $head
        self.apply(init_weights)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem(x)  # (N, T, $dim)
        x = self.stage1(x)
        return $result  # (N, $out)
'''


def _net(spec: ViTSpec, planned: Plan) -> Lines:
    stem, _, head = planned.stages
    sizes = f"dim={spec.dim}, heads={spec.heads}"
    rates, each = Lines(), f"Block({sizes}) for _ in range({spec.depth})"
    if spec.drop_path_rate > 0:
        rates = [f"rates = torch.linspace(0, {number(spec.drop_path_rate)}, {spec.depth}).tolist()"]
        each = f"Block({sizes}, drop_path=rate) for rate in rates"
    layers = [layer for layer in head.own if layer.kind not in ("first_token", "token_mean")]
    taken = "x"
    if spec.pool == "mean":
        prefix = int(spec.class_token) + spec.registers
        taken = f"x[:, {prefix}:].mean(1)" if prefix else "x.mean(1)"
    elif head.own[-1].kind != "averaged_heads":
        taken = "x[:, 0]"
    return written(
        _NET,
        name=CLASS,
        doc=t("nets.code.vit_net", blocks=spec.depth),
        stem=sequence("self.stem", [line for layer in stem.own for line in _layer(layer)]),
        rates=rates,
        blocks=[f"blocks = ({each})"],
        head=sequence("self.head", [line for layer in layers for line in _layer(layer)]),
        dim=str(spec.dim),
        result=f"self.head({taken})",
        out=str(head.out_shape[0]),
    )


def _layer(layer: Layer) -> Lines:
    """A layer of the stem or the head as an entry of an ordered dictionary."""
    name = layer.name.rpartition(".")[2]
    into, out = str(channels(layer.in_shape)), str(channels(layer.out_shape))
    match layer.kind:
        case "conv":
            sizes = [f"kernel_size={layer.kernel_size}", f"stride={layer.stride}"]
            padding = [f"padding={layer.padding}"] if layer.padding else []
            bias = [] if layer.bias else ["bias=False"]
            made = ["nn.Conv2d", into, out, *sizes, *padding, *bias]
        case "batch_norm":
            made = ["nn.BatchNorm2d", out, f"eps={number(layer.eps)}"]
        case "layer_norm":
            made = ["nn.LayerNorm", out, f"eps={number(layer.eps)}"]
        case "position_embedding":
            made = ["PositionEmbedding", out, str(layer.table[0])]
        case "tokens":
            made = ["ToTokens"]
        case "linear":
            made = ["nn.Linear", into, out]
        case "averaged_heads":
            made = ["AveragedHeads", into, out]
        case kind if kind in ACTIVATION:
            return [f"{name}={ACTIVATION[kind]},"]
        case _:
            made = ["PrefixTokens", str(layer.prefix), out]
    return call(f"{name}={made[0]}", made[1:], 16, tail=",")
