"""The small classes that a network's source may need: norms, GRN, drop path; its initialisation."""

from collections.abc import Collection

from convnext_viz.nets.source_code.templates import Lines, written
from convnext_viz.text import t

LAST_NORM = {
    "layer_norm": "nn.LayerNorm",
    "rms_norm": "nn.RMSNorm",
    "simple_norm": "SimpleNorm",
    "batch_norm": "nn.BatchNorm1d",
    "group_norm": "nn.GroupNorm",
}
"""Norms over the last dimension."""

MAP_NORM = {
    "layer_norm": "LayerNorm2d",
    "rms_norm": "RMSNorm2d",
    "simple_norm": "SimpleNorm2d",
    "batch_norm": "nn.BatchNorm2d",
    "group_norm": "nn.GroupNorm",
}
"""Norms of maps whose channels come second."""

ACTIVATION = {
    "gelu": "nn.GELU()",
    "relu": "nn.ReLU()",
    "silu": "nn.SiLU()",
    "gelu_tanh": 'nn.GELU(approximate="tanh")',
}
"""The call that makes an activation."""


def parts(kinds: Collection[str], *, norm: str, map_norms: bool) -> list[Lines]:
    """The classes that a network of these kinds of layers needs, and its initialisation.

    ``map_norms``: whether its norms also stand where channels come second.
    """
    channels_first = norm in ("batch_norm", "group_norm")
    wanted: list[Lines] = []
    if "simple_norm" in kinds:
        wanted.append(written(_SIMPLE_NORM, doc=t("nets.code.simple_norm")))
    if map_norms and not channels_first:
        doc = t("nets.code.map_norm")
        wanted.append(written(_MAP_NORM, name=MAP_NORM[norm], base=LAST_NORM[norm], doc=doc))
    if "grn" in kinds:
        layout = _GRN_FIRST if channels_first else _GRN_LAST
        wanted.append(written(_GRN, doc=t("nets.code.grn"), **layout))
    if "drop_path" in kinds:
        ones = "1, 1" if "tokens" in kinds else "1, 1, 1"
        wanted.append(written(_DROP_PATH, doc=t("nets.code.drop_path"), ones=ones))
    return [*wanted, written(_INIT, doc=t("nets.code.init"))]


_MAP_NORM = '''
class $name($base):
    """$doc"""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.permute(0, 2, 3, 1)  # (N, C, H, W) -> (N, H, W, C)
        return super().forward(x).permute(0, 3, 1, 2)
'''

_SIMPLE_NORM = '''
class SimpleNorm(nn.Module):
    """$doc"""

    def __init__(self, dim: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))
        self.eps = eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.rsqrt(x.var(-1, keepdim=True) + self.eps) * self.weight
'''

_GRN_FIRST = {"over": "2, 3", "to": "1", "shape": "(N, C, 1, 1)", "map": "[:, None, None]"}
_GRN_LAST = {"over": "1, 2", "to": "-1", "shape": "(N, 1, 1, C)", "map": ""}
_GRN = '''
class GRN(nn.Module):
    """$doc"""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(dim))
        self.bias = nn.Parameter(torch.zeros(dim))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        norm = x.norm(p=2, dim=($over), keepdim=True)  # $shape
        norm = norm / (norm.mean($to, keepdim=True) + 1e-6)
        return x + self.weight$map * (x * norm) + self.bias$map
'''

_DROP_PATH = '''
class DropPath(nn.Module):
    """$doc"""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training or self.rate == 0:
            return x
        keep = 1 - self.rate
        mask = torch.empty(len(x), $ones, dtype=x.dtype, device=x.device)
        return x * mask.bernoulli_(keep) / keep
'''

_INIT = '''
def init_weights(module: nn.Module) -> None:
    """$doc"""
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
'''
