"""Attention among all tokens, and within windows of a map; its weights can be computed again.

Every class has ``weights(qkv)``, the rows of softmax, which sum to 1, and ``values(qkv)``: what it
puts out is their product, and what is looked at is what runs.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convnext_viz.plans.token_kinds import BIAS_WIDTH

FOREIGN = -100.0
"""What the mask adds between tokens that only the roll made neighbours (the official code)."""


def heads_of(qkv: Tensor, heads: int) -> tuple[Tensor, Tensor, Tensor]:
    """Queries, keys and values of every head: (…, T, 3C) → three of (…, heads, T, C/heads)."""
    parts = qkv.reshape(*qkv.shape[:-1], 3, heads, -1)  # (…, T, 3, heads, d)
    query, key, value = parts.transpose(-2, -4).unbind(-3)
    return query, key, value


def joined(x: Tensor) -> Tensor:
    """The heads side by side: (…, heads, T, d) → (…, T, heads·d)."""
    return x.transpose(-2, -3).flatten(-2)


class Attention(nn.Module):
    """Attention among all tokens: (N, T, 3C) → (N, T, C) (Vaswani et al. 2017, section 3.2)."""

    def __init__(self, heads: int) -> None:
        super().__init__()
        self.heads = heads

    def weights(self, qkv: Tensor) -> Tensor:
        """How much each token takes of each other: (N, heads, T, T)."""
        query, key, _ = heads_of(qkv, self.heads)
        scale: float = query.shape[-1] ** -0.5
        return ((query * scale) @ key.transpose(-2, -1)).softmax(-1)

    def values(self, qkv: Tensor) -> Tensor:
        """What there is to take: (N, heads, T, C/heads)."""
        return heads_of(qkv, self.heads)[2]

    def forward(self, qkv: Tensor) -> Tensor:
        return joined(self.weights(qkv) @ self.values(qkv))

    def extra_repr(self) -> str:
        return f"heads={self.heads}"


def steps(size: int, window: int, shift: int) -> int:
    """The shift along a side of so many positions: none where one window holds all of them."""
    return shift if size > window else 0


class WindowShift(nn.Module):
    """Pads a map until windows fill it, and rolls it up and to the left by ``shift`` positions.

    In this order, as torchvision and the official code for detection do it (timm rolls first).
    Positions that the roll brings beside others meet in a window, where the mask keeps them apart.
    """

    def __init__(self, window: int, shift: int) -> None:
        super().__init__()
        self.window, self.shift = window, shift

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[2:]
        x = F.pad(x, (0, -width % self.window, 0, -height % self.window))
        down, right = (steps(side, self.window, self.shift) for side in x.shape[2:])
        return x.roll((-down, -right), (2, 3)) if down or right else x

    def extra_repr(self) -> str:
        return f"window={self.window}, shift={self.shift}"


class WindowUnshift(WindowShift):
    """Rolls a map back; what was padded is left out by the sum that follows."""

    def forward(self, x: Tensor) -> Tensor:
        down, right = (steps(side, self.window, self.shift) for side in x.shape[2:])
        return x.roll((down, right), (2, 3)) if down or right else x


def windows_of(x: Tensor, window: int) -> Tensor:
    """The windows of a map, row by row: (N, C, H, W) → (N, windows, window², C)."""
    n, channels, height, width = x.shape
    x = x.reshape(n, channels, height // window, window, width // window, window)
    return x.permute(0, 2, 4, 3, 5, 1).flatten(3, 4).flatten(1, 2)


def map_of(x: Tensor, size: tuple[int, int], window: int) -> Tensor:
    """The map of its windows: (N, windows, window², C) → (N, C, H, W)."""
    rows, columns = size[0] // window, size[1] // window
    x = x.reshape(x.shape[0], rows, columns, window, window, -1)
    return x.permute(0, 5, 1, 3, 2, 4).flatten(2, 3).flatten(3, 4)


def regions(size: tuple[int, int], window: int, shift: int) -> Tensor:
    """The part of the map that each position was in before the roll: (H, W), equal numbers for
    what was one part."""
    labels = []
    for side in size:
        places, by = torch.arange(side, device="cpu"), steps(side, window, shift)
        last, wrapped = places >= side - window, places >= side - by
        labels.append(last.long() + wrapped.long() if by else torch.zeros_like(places))
    rows, columns = labels
    return 3 * rows[:, None] + columns


def mask(size: tuple[int, int], window: int, shift: int) -> Tensor:
    """What is added to the scores of each window, (windows, window², window²): 0 within a region,
    −100 between two (Liu et al. 2021, section 3.2, "Efficient batch computation")."""
    labels = windows_of(regions(size, window, shift)[None, None].float(), window)[0, :, :, 0]
    return FOREIGN * (labels[:, :, None] != labels[:, None, :]).float()


def offsets(window: int, device: torch.device) -> Tensor:
    """The row of the table of biases for every query and key of a window: (window², window²)."""
    places = torch.arange(window, device=device)
    rows, columns = (place.flatten() for place in torch.meshgrid(places, places, indexing="ij"))
    down = rows[:, None] - rows + window - 1
    right = columns[:, None] - columns + window - 1
    return down * (2 * window - 1) + right


class WindowAttention(nn.Module):
    """Attention within every window of a map: (N, 3C, H, W) → (N, C, H, W).

    To each score it adds a learnt bias for the offset between the two positions, a row of
    ``relative_position_bias`` with a number a head, and the mask of the shift (Liu et al. 2021,
    section 3.2 and equation 4).
    """

    def __init__(self, channels: int, heads: int, window: int, shift: int) -> None:
        super().__init__()
        self.heads, self.window, self.shift = heads, window, shift
        self.relative_position_bias = nn.Parameter(torch.empty((2 * window - 1) ** 2, heads))
        nn.init.trunc_normal_(self.relative_position_bias, std=0.02)

    def bias(self) -> Tensor:
        """What is added to the scores of every head for its query and key: (heads, M², M²)."""
        table = self.relative_position_bias
        return table[offsets(self.window, table.device)].permute(2, 0, 1)

    def scores(self, query: Tensor, key: Tensor) -> Tensor:
        """Products of queries and keys, (…, heads, M², M²), before biases."""
        scale: float = query.shape[-1] ** -0.5
        return (query * scale) @ key.transpose(-2, -1)

    def weights(self, qkv: Tensor, *, masked: bool = True) -> Tensor:
        """How much each position of a window takes of each other: (N, windows, heads, M², M²).

        ``masked`` False: without the mask, as if the roll had made neighbours of far positions.
        """
        size = (qkv.shape[2], qkv.shape[3])
        query, key, _ = heads_of(self._windows(qkv), self.heads)
        scores = self.scores(query, key) + self.bias()
        if masked and any(steps(side, self.window, self.shift) for side in size):
            apart = mask(size, self.window, self.shift).to(scores)
            scores = scores + apart[:, None]
        return scores.softmax(-1)

    def values(self, qkv: Tensor) -> Tensor:
        """What there is to take: (N, windows, heads, M², C/heads)."""
        return heads_of(self._windows(qkv), self.heads)[2]

    def _windows(self, qkv: Tensor) -> Tensor:
        return windows_of(qkv, self.window)

    def forward(self, qkv: Tensor) -> Tensor:
        taken = joined(self.weights(qkv) @ self.values(qkv))  # (N, windows, M², C)
        return map_of(taken, (qkv.shape[2], qkv.shape[3]), self.window)

    def extra_repr(self) -> str:
        return f"heads={self.heads}, window={self.window}, shift={self.shift}"


class WindowAttentionV2(WindowAttention):
    """Attention of Swin V2: cosines with a learnt scale a head, and biases from a small network.

    The network reads the offset on a logarithmic scale, so that it also answers for larger windows;
    keys have no bias (Liu et al. 2022, sections 3.2 and 3.3).
    """

    def __init__(self, channels: int, heads: int, window: int, shift: int, *, bias: bool) -> None:
        nn.Module.__init__(self)
        self.heads, self.window, self.shift = heads, window, shift
        self.logit_scale = nn.Parameter(torch.full((heads,), math.log(10)))
        self.cpb_hidden = nn.Parameter(torch.empty(BIAS_WIDTH, 2))
        self.cpb_hidden_bias = nn.Parameter(torch.zeros(BIAS_WIDTH))
        self.cpb_out = nn.Parameter(torch.empty(heads, BIAS_WIDTH))
        for matrix in (self.cpb_hidden, self.cpb_out):
            nn.init.trunc_normal_(matrix, std=0.02)
        self.q_bias = nn.Parameter(torch.zeros(channels)) if bias else None
        self.v_bias = nn.Parameter(torch.zeros(channels)) if bias else None

    def bias(self) -> Tensor:
        hidden = F.linear(self._coordinates(), self.cpb_hidden, self.cpb_hidden_bias).relu()
        table = F.linear(hidden, self.cpb_out)
        table = table[offsets(self.window, table.device)].permute(2, 0, 1)
        return 16 * table.sigmoid()

    def _coordinates(self) -> Tensor:
        """Every offset, from −8 to 8 on either side, on the scale of log₂(1 + |x|) / log₂ 8."""
        most = self.window - 1
        x = torch.arange(-most, most + 1, device=self.logit_scale.device, dtype=torch.float32)
        x = x * 8 / max(most, 1)
        x = x.sign() * (1 + x.abs()).log2() / 3
        return torch.cartesian_prod(x, x).to(self.logit_scale)

    def scores(self, query: Tensor, key: Tensor) -> Tensor:
        cosines = F.normalize(query, dim=-1) @ F.normalize(key, dim=-1).transpose(-2, -1)
        scale = self.logit_scale.clamp(max=math.log(100)).exp()
        return cosines * scale[:, None, None]

    def _windows(self, qkv: Tensor) -> Tensor:
        x = windows_of(qkv, self.window)
        if self.q_bias is None or self.v_bias is None:
            return x
        # Here, not in the linear layer: what was padded has them, too.
        return x + torch.cat([self.q_bias, torch.zeros_like(self.q_bias), self.v_bias])
