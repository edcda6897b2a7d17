"""The source of attention in windows: the roll, the mask, and the two versions' scores."""

from convnext_viz.nets.source_code.templates import Lines, number, written
from convnext_viz.specs import SwinSpec
from convnext_viz.text import t

_WINDOWS = '''
WINDOW = $window  # side of a window, in tokens


def to_windows(x: torch.Tensor) -> torch.Tensor:
    """(N, H, W, C) -> (N, windows, WINDOW * WINDOW, C)."""
    n, height, width, dim = x.shape
    x = x.view(n, height // WINDOW, WINDOW, width // WINDOW, WINDOW, dim)
    return x.transpose(2, 3).reshape(n, -1, WINDOW * WINDOW, dim)


def to_map(x: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """(N, windows, WINDOW * WINDOW, C) -> (N, H, W, C)."""
    rows, columns = height // WINDOW, width // WINDOW
    x = x.view(len(x), rows, columns, WINDOW, WINDOW, -1)
    return x.transpose(2, 3).reshape(len(x), height, width, -1)


def to_regions(side: int, shift: int) -> torch.Tensor:
    """The part of a rolled side that each position comes from: 0, 1 or 2."""
    places = torch.arange(side)
    if shift == 0:
        return torch.zeros_like(places)
    return (places >= side - WINDOW).long() + (places >= side - shift).long()


def offsets() -> torch.Tensor:
    """The row of the table of biases for each query and key of a window."""
    places = torch.cartesian_prod(torch.arange(WINDOW), torch.arange(WINDOW))
    down, right = (places[:, None] - places + WINDOW - 1).unbind(-1)
    return down * (2 * WINDOW - 1) + right
'''

_ATTENTION = '''
class WindowAttention(nn.Module):
    """$doc"""

    def __init__(self, dim: int, heads: int, shift: int) -> None:
        super().__init__()
        self.heads, self.shift = heads, shift
        self.norm = nn.LayerNorm(dim, eps=$eps)
        self.qkv = nn.Linear(dim, 3 * dim$bias)
        self.proj = nn.Linear(dim, dim)
        $own

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        _, rows, columns, _ = x.shape
        $before
        x = nn.functional.pad(x, (0, 0, 0, -columns % WINDOW, 0, -rows % WINDOW))
        height, width = x.shape[1:3]
        # No shift along a side that one window holds.
        down, right = (self.shift * (side > WINDOW) for side in (height, width))
        x = torch.roll(x, (-down, -right), (1, 2))
        x = self.attend(to_windows(x), self.mask(height, width, down, right))
        x = torch.roll(to_map(x, height, width), (down, right), (1, 2))
        $after

    def mask(self, height: int, width: int, down: int, right: int) -> torch.Tensor:
        regions = 3 * to_regions(height, down)[:, None] + to_regions(width, right)
        regions = to_windows(regions[None, :, :, None])[0, :, :, 0]
        apart = regions[:, :, None] != regions[:, None, :]
        return -100.0 * apart[:, None].float()  # (windows, 1, tokens, tokens)

    def attend(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        qkv = $qkv
        qkv = qkv.unflatten(-1, (3, self.heads, -1))
        query, key, value = qkv.permute(3, 0, 1, 4, 2, 5)
        $scores
        scores = scores + self.bias() + mask.to(x)
        x = scores.softmax(-1) @ value
        return self.proj(x.transpose(2, 3).flatten(3))

    def bias(self) -> torch.Tensor:
        $table
'''

_OWN_V1 = """
self.table = nn.Parameter(torch.empty((2 * WINDOW - 1) ** 2, heads))
nn.init.trunc_normal_(self.table, std=0.02)
"""
_OWN_V2 = """
self.logit_scale = nn.Parameter(torch.full((heads,), 10.0).log())
self.cpb_hidden = nn.Parameter(0.02 * torch.randn($width, 2))
self.cpb_hidden_bias = nn.Parameter(torch.zeros($width))
self.cpb_out = nn.Parameter(0.02 * torch.randn(heads, $width))
$biases
"""
_BIASES = [
    "self.q_bias = nn.Parameter(torch.zeros(dim))",
    "self.v_bias = nn.Parameter(torch.zeros(dim))",
]
_TABLE_V1 = ["return self.table[offsets()].permute(2, 0, 1)"]
_TABLE_V2 = """
steps = torch.arange(1.0 - WINDOW, WINDOW, device=self.cpb_out.device)
steps = steps * 8 / $most
steps = steps.sign() * (1 + steps.abs()).log2() / 3
x = torch.cartesian_prod(steps, steps)
x = nn.functional.linear(x, self.cpb_hidden, self.cpb_hidden_bias).relu()
table = nn.functional.linear(x, self.cpb_out)
return 16 * table[offsets()].permute(2, 0, 1).sigmoid()
"""
_SCORES_V1 = ["scores = query @ key.transpose(-2, -1) * query.shape[-1] ** -0.5"]
_SCORES_V2 = [
    "query = nn.functional.normalize(query, dim=-1)",
    "key = nn.functional.normalize(key, dim=-1)",
    "scale = self.logit_scale.exp().clamp(max=100.0)",
    "scores = query @ key.transpose(-2, -1) * scale[:, None, None]",
]


def attention(spec: SwinSpec) -> list[Lines]:
    """Windows of a map, and the class of attention within them, with its norm."""
    second = spec.version == "v2"
    cut = "x[:, :rows, :columns]"
    own = written(_OWN_V1)
    if second:
        own = written(_OWN_V2, width="512", biases=_BIASES if spec.qkv_bias else [])
    summed = "torch.cat([self.q_bias, torch.zeros_like(self.q_bias), self.v_bias])"
    of_two = second and spec.qkv_bias
    qkv = "nn.functional.linear(x, self.qkv.weight, bias)" if of_two else "self.qkv(x)"
    lines = written(
        _ATTENTION,
        doc=t(f"nets.code.window_attention{'_v2' if second else ''}"),
        eps=number(spec.norm_eps),
        bias="" if spec.qkv_bias and not second else ", bias=False",
        own=own,
        before=[] if second else ["x = self.norm(x)"],
        after=[f"return self.norm({cut})" if second else f"return {cut}"],
        qkv=qkv,
        scores=_SCORES_V2 if second else _SCORES_V1,
        table=written(_TABLE_V2, most=str(max(spec.window - 1, 1))) if second else _TABLE_V1,
    )
    if of_two:
        place = next(i for i, line in enumerate(lines) if "def attend" in line)
        lines.insert(place + 1, f"        bias = {summed}")
    return [written(_WINDOWS, window=str(spec.window)), lines]
