"""The small pieces of a network's source: norms, GRN, drop path, and how a line is broken."""

from collections.abc import Iterable

from convnext_viz.plans import Layer, Plan
from convnext_viz.specs import ConvNeXtSpec
from convnext_viz.text import t

Lines = list[str]

WIDTH = 88  # columns: the formatters' own default

LAST_NORM = {"layer": "nn.LayerNorm", "rms": "nn.RMSNorm", "simple": "SimpleNorm"}
"""Norms over the last dimension."""

MAP_NORM = {
    "layer": "LayerNorm2d",
    "rms": "RMSNorm2d",
    "simple": "SimpleNorm2d",
    "batch": "nn.BatchNorm2d",
}
"""Norms of maps whose channels come second."""

_ACTIVATIONS = {
    "gelu": "nn.GELU()",
    "relu": "nn.ReLU()",
    "silu": "nn.SiLU()",
    "gelu_tanh": 'nn.GELU(approximate="tanh")',
}


def short(layer: Layer) -> str:
    """A layer's name within its block, stem or head."""
    return layer.name.rpartition(".")[2]


def activation(kind: str) -> str:
    """The call that makes an activation."""
    return _ACTIVATIONS[kind]


def number(value: float) -> str:
    """A float as a person writes it: 1e-6 rather than 1e-06."""
    return repr(float(value)).replace("e-0", "e-")


def indented(lines: Iterable[str], columns: int) -> Lines:
    """The lines, moved to the right."""
    return [" " * columns + line if line else "" for line in lines]


def call(start: str, arguments: list[str], columns: int, *, tail: str = "") -> Lines:
    """``start(arguments)tail`` on one line, or with one argument a line where that is too long."""
    line = f"{start}({', '.join(arguments)}){tail}"
    if columns + len(line) <= WIDTH:
        return indented([line], columns)
    return indented([f"{start}(", *(f"    {a}," for a in arguments), f"){tail}"], columns)


def parts(spec: ConvNeXtSpec, described: Plan) -> list[Lines]:
    """The small classes that the network needs, and its initialisation."""
    wanted: list[Lines] = []
    kinds = {layer.kind for layer in described.layers}
    if spec.norm == "simple" and "simple_norm" in kinds:
        wanted.append(_simple_norm())
    if spec.norm != "batch" and _normalises_maps(spec, described):
        wanted.append(_map_norm(spec.norm))
    if "grn" in kinds:
        wanted.append(_grn(channels_first=spec.norm == "batch"))
    if "drop_path" in kinds:
        wanted.append(_drop_path())
    return [*wanted, _init_weights()]


def _normalises_maps(spec: ConvNeXtSpec, described: Plan) -> bool:
    """Whether there is a norm outside the blocks' rows and the pooled head."""
    downsamples = any(part.own for part in described.stages[2:-1])
    shortcuts = spec.block_norms == "every" and any(
        block.shortcut for part in described.stages for block in part.blocks
    )
    return spec.stem_norm or downsamples or shortcuts or spec.head_norm == "before_pool"


def _class(name: str, base: str, doc: str, body: str) -> Lines:
    return [f"class {name}({base}):", f'    """{t(doc)}"""', "", *body.strip("\n").splitlines()]


def _map_norm(norm: str) -> Lines:
    body = """
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.permute(0, 2, 3, 1)  # (N, C, H, W) -> (N, H, W, C)
        return super().forward(x).permute(0, 3, 1, 2)
"""
    return _class(MAP_NORM[norm], LAST_NORM[norm], "nets.code.map_norm", body)


def _simple_norm() -> Lines:
    body = """
    def __init__(self, dim: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))
        self.eps = eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.rsqrt(x.var(-1, keepdim=True) + self.eps) * self.weight
"""
    return _class("SimpleNorm", "nn.Module", "nets.code.simple_norm", body)


def _grn(*, channels_first: bool) -> Lines:
    over, channels = ("2, 3", "1") if channels_first else ("1, 2", "-1")
    shape = "(N, C, 1, 1)" if channels_first else "(N, 1, 1, C)"
    to_map = "[:, None, None]" if channels_first else ""
    body = f"""
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(dim))
        self.bias = nn.Parameter(torch.zeros(dim))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        norm = x.norm(p=2, dim=({over}), keepdim=True)  # {shape}
        norm = norm / (norm.mean({channels}, keepdim=True) + 1e-6)
        return x + self.weight{to_map} * (x * norm) + self.bias{to_map}
"""
    return _class("GRN", "nn.Module", "nets.code.grn", body)


def _drop_path() -> Lines:
    body = """
    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training or self.rate == 0:
            return x
        keep = 1 - self.rate
        mask = torch.empty(len(x), 1, 1, 1, dtype=x.dtype, device=x.device)
        return x * mask.bernoulli_(keep) / keep
"""
    return _class("DropPath", "nn.Module", "nets.code.drop_path", body)


def _init_weights() -> Lines:
    return f'''
def init_weights(module: nn.Module) -> None:
    """{t("nets.code.init")}"""
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
'''.strip("\n").splitlines()
