"""The source of a Swin Transformer, V1 or V2, as one readable PyTorch file."""

from convnext_viz.nets.source_code.frame import IMPORTS, file_of, header, main
from convnext_viz.nets.source_code.parts import ACTIVATION, parts
from convnext_viz.nets.source_code.swin_attention import attention
from convnext_viz.nets.source_code.templates import Lines, call, number, sequence, written
from convnext_viz.nets.source_code.token_parts import hidden, load
from convnext_viz.plans import Plan, plan, smallest_image
from convnext_viz.specs import SwinSpec
from convnext_viz.text import t

_V1 = "Liu et al. 2021, https://arxiv.org/abs/2103.14030"
_V2 = "Liu et al. 2022 (V2), https://arxiv.org/abs/2111.09883"

# Attention, its norm and its matrices are one class here.
_OWN = {"v1": (".attn.relative_position_bias", ".table"), "v2": (".attn.attn.", ".attn.")}

CLASS = "SwinTransformer"


def source(spec: SwinSpec) -> str:
    """Python source of the network: one file that needs torch alone; comments in the language set.

    Its layers are called as in our net, without ``body.``; its own ``load_weights`` reads a state
    dict of ours. Run as a script it prints its number of parameters.
    """
    planned = plan(spec, smallest_image(spec))
    kinds = {layer.kind for layer in planned.layers}
    references = [_V1, _V2] if spec.version == "v2" else [_V1]
    return file_of(
        [
            header(spec.name, CLASS, planned.params, references),
            IMPORTS,
            *parts(kinds, norm="layer_norm", map_norms=False),
            *attention(spec),
            _mlp(spec),
            _block(spec),
            *([_merging(spec)] if len(spec.depths) > 1 else []),
            _stage(spec),
            _net(spec, planned),
            load(*_OWN[spec.version]),
            main(CLASS),
        ]
    )


_MLP = '''
class MLP(nn.Module):
    """x -> $formula."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(dim, $hidden)
        self.act = $act
        self.fc2 = nn.Linear($hidden, dim)
        self.norm = nn.LayerNorm(dim, eps=$eps)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return $run
'''


def _mlp(spec: SwinSpec) -> Lines:
    run = "self.fc2(self.act(self.fc1(self.norm(x))))"
    if spec.version == "v2":
        run = "self.norm(self.fc2(self.act(self.fc1(x))))"
    return written(
        _MLP,
        formula=run.replace("self.", ""),
        hidden=hidden(spec.mlp_ratio),
        act=ACTIVATION[spec.act],
        eps=number(spec.norm_eps),
        run=run,
    )


_BLOCK = '''
class Block(nn.Module):
    """$doc"""

    $init
        super().__init__()
        self.attn = WindowAttention(dim, heads, shift)
        self.mlp = MLP(dim)
        $drop_path

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + $attn
        return x + $mlp
'''


def _block(spec: SwinSpec) -> Lines:
    drops = spec.drop_path_rate > 0
    arguments = ["self", "dim: int", "heads: int", "shift: int"]
    arguments += ["drop_path: float"] if drops else []
    attn, mlp = "self.attn(x)", "self.mlp(x)"
    return written(
        _BLOCK,
        doc=t("nets.code.token_block"),
        init=call("def __init__", arguments, 4, tail=" -> None:"),
        drop_path=["self.drop_path = DropPath(drop_path)"] if drops else [],
        attn=f"self.drop_path({attn})" if drops else attn,
        mlp=f"self.drop_path({mlp})" if drops else mlp,
    )


_MERGING = '''
class PatchMerging(nn.Module):
    """$doc"""

    def __init__(self, in_dim: int, dim: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm($width, eps=$eps)
        self.reduction = nn.Linear(4 * in_dim, dim, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = nn.functional.pad(x, (0, 0, 0, x.shape[2] % 2, 0, x.shape[1] % 2))
        parts = [x[:, i::2, j::2] for j in (0, 1) for i in (0, 1)]
        x = torch.cat(parts, -1)  # (N, H / 2, W / 2, 4C)
        return $run
'''


def _merging(spec: SwinSpec) -> Lines:
    second = spec.version == "v2"
    return written(
        _MERGING,
        doc=t("nets.code.merging"),
        width="dim" if second else "4 * in_dim",
        eps=number(spec.norm_eps),
        run="self.norm(self.reduction(x))" if second else "self.reduction(self.norm(x))",
    )


_STAGE = '''
class Stage(nn.Module):
    """$doc"""

    $init
        super().__init__()
        $downsample
        blocks = ($each)
        self.blocks = nn.Sequential(*blocks)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.blocks($start)
'''


def _stage(spec: SwinSpec) -> Lines:
    drops, several = spec.drop_path_rate > 0, len(spec.depths) > 1
    shift = f"{spec.window // 2} * (i % 2)" if spec.shift else "0"
    needed = {
        "in_dim: int": several,
        "dim: int": True,
        "heads: int": True,
        "drop_path: list[float]": drops,
        "depth: int": not drops,
        "downsample: bool": several,
    }
    loop = "i in range(depth)" if spec.shift else "_ in range(depth)"
    if drops:
        loop = "i, p in enumerate(drop_path)" if spec.shift else "p in drop_path"
    each = f"Block(dim, heads, {shift}{', p' if drops else ''}) for {loop}"
    arguments = [name for name, is_needed in needed.items() if is_needed]
    downsample = ["self.downsample = nn.Identity()", "if downsample:"]
    downsample.append("    self.downsample = PatchMerging(in_dim, dim)")
    return written(
        _STAGE,
        doc=t("nets.code.swin_stage"),
        init=call("def __init__", ["self", *arguments], 4, tail=" -> None:"),
        downsample=downsample if several else [],
        each=each,
        start="self.downsample(x)" if several else "x",
    )


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

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem.conv(x).permute(0, 2, 3, 1)  # (N, H / $patch, W / $patch, $dim)
        $norm
        $run
        x = self.head.norm(x)
        return $result  # (N, $out)
'''


def _net(spec: SwinSpec, planned: Plan) -> Lines:
    dim, out, eps = spec.dims[0], planned.out_shape[0], number(spec.norm_eps)
    sizes = [f"kernel_size={spec.patch_size}", f"stride={spec.patch_size}"]
    stem = call("conv=nn.Conv2d", [str(spec.in_chans), str(dim), *sizes], 16, tail=",")
    stem += [f"norm=nn.LayerNorm({dim}, eps={eps}),"] if spec.patch_norm else []
    head = [f"norm=nn.LayerNorm({spec.dims[-1]}, eps={eps}),"]
    head += [f"fc=nn.Linear({spec.dims[-1]}, {out}),"] if spec.num_classes else []
    blocks = sum(spec.depths)
    rates = [f"rates = torch.linspace(0, {number(spec.drop_path_rate)}, {blocks}).tolist()"]
    return written(
        _NET,
        name=CLASS,
        doc=t("nets.code.swin_net", stages=len(spec.depths), blocks=blocks),
        stem=sequence("self.stem", stem),
        rates=rates if spec.drop_path_rate > 0 else [],
        stages=_stages(spec),
        head=sequence("self.head", head),
        patch=str(spec.patch_size),
        dim=str(dim),
        norm=["x = self.stem.norm(x)"] if spec.patch_norm else [],
        run=[f"x = self.stage{i + 1}(x)" for i in range(len(spec.depths))],
        result="self.head.fc(x.mean((1, 2)))" if spec.num_classes else "x.mean((1, 2))",
        out=str(out),
    )


def _stages(spec: SwinSpec) -> Lines:
    lines, done = Lines(), 0
    for i, depth in enumerate(spec.depths):
        arguments = [f"dim={spec.dims[i]}", f"heads={spec.heads[i]}"]
        rates = f"drop_path=rates[{done}:{done + depth}]"
        arguments.append(rates if spec.drop_path_rate > 0 else f"depth={depth}")
        if len(spec.depths) > 1:
            arguments = [f"in_dim={spec.dims[max(i - 1, 0)]}", *arguments]
            arguments.append(f"downsample={i > 0}")
        lines += call(f"self.stage{i + 1} = Stage", arguments, 8)
        done += depth
    return lines
