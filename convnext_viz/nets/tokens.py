"""Modules of tokens: from maps to tokens, positions, learnt tokens, merging, classifiers."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class ToTokens(nn.Module):
    """The positions of a map in a row: (N, C, h, w) → (N, h·w, C)."""

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(2).transpose(1, 2)


class PositionEmbedding(nn.Module):
    """A learnt vector a position, added to a map (Dosovitskiy et al. 2021, equation 1).

    ``weight`` is (C, rows, columns). A map of another size gets it interpolated, as fine-tuning at
    another resolution does (section 3.2): bicubic with antialiasing, which is timm's way.
    """

    def __init__(self, channels: int, rows: int, columns: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(channels, rows, columns))
        nn.init.trunc_normal_(self.weight, std=0.02)

    def forward(self, x: Tensor) -> Tensor:
        return x + resized_positions(self.weight, (x.shape[2], x.shape[3]))


def resized_positions(weight: Tensor, size: tuple[int, int]) -> Tensor:
    """A table of positions (C, rows, columns), interpolated to another size."""
    if weight.shape[1:] == size:
        return weight
    return F.interpolate(weight[None], size=size, mode="bicubic", antialias=True)[0]


class PrefixTokens(nn.Module):
    """Learnt tokens in front of all others, (N, T, C) → (N, p + T, C): class, distillation,
    registers. ``position`` is theirs, where they have any."""

    def __init__(self, count: int, channels: int, *, positions: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(count, channels))
        self.position = nn.Parameter(torch.empty(count, channels)) if positions else None
        for parameter in self.parameters():
            nn.init.trunc_normal_(parameter, std=0.02)

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.weight if self.position is None else self.weight + self.position
        return torch.cat([tokens.expand(x.shape[0], -1, -1), x], 1)


class FirstToken(nn.Module):
    """The class token, (N, T, C) → (N, C)."""

    def forward(self, x: Tensor) -> Tensor:
        return x[:, 0]


class TokenMean(nn.Module):
    """The mean of all tokens but the first ``prefix``, (N, T, C) → (N, C)."""

    def __init__(self, prefix: int) -> None:
        super().__init__()
        self.prefix = prefix

    def forward(self, x: Tensor) -> Tensor:
        return x[:, self.prefix :].mean(1)

    def extra_repr(self) -> str:
        return f"prefix={self.prefix}"


class AveragedHeads(nn.Module):
    """The mean of two classifiers, of the class token and of the distillation token: (N, T, C) →
    (N, classes) (Touvron et al. 2021, section 4, "Classification with our approach")."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(2, classes, channels))
        self.bias = nn.Parameter(torch.zeros(2, classes))
        nn.init.trunc_normal_(self.weight, std=0.02)

    def forward(self, x: Tensor) -> Tensor:
        of_class, of_teacher = (F.linear(x[:, i], self.weight[i], self.bias[i]) for i in (0, 1))
        return (of_class + of_teacher) / 2


class PatchMerging(nn.Module):
    """Four neighbours as one position of four times the channels: (N, C, h, w) → (N, 4C, h/2, w/2).

    In the order of the official code, down the columns first; odd sides get a row or column of
    zeros (Liu et al. 2021, section 3.1, "Patch Merging").
    """

    def forward(self, x: Tensor) -> Tensor:
        x = F.pad(x, (0, x.shape[3] % 2, 0, x.shape[2] % 2))
        parts = [x[:, :, i::2, j::2] for j in (0, 1) for i in (0, 1)]
        return torch.cat(parts, 1)
