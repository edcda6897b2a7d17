"""The layers of the family as torch modules; each takes and gives (N, C, H, W).

Pointwise convolutions, LayerNorm and RMSNorm work on a permuted view, (N, H, W, C): with
``channels_last`` memory the permutation costs nothing and the matrix product is as fast as it gets
(the second implementation of the official block's docstring).
"""

import platform
from functools import cache
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class PointwiseConv(nn.Linear):
    """A 1×1 convolution written as a linear layer over the channels.

    On AMD's processors MKL's float32 matrix product reaches about two thirds of what oneDNN's
    convolution does there, so float32 takes that one; the sums are the same up to rounding.
    """

    def forward(self, x: Tensor) -> Tensor:
        plain = x.device.type == "cpu" and x.dtype == self.weight.dtype == torch.float32
        if plain and not torch.is_autocast_enabled("cpu") and amd():
            return F.conv2d(x, self.weight[:, :, None, None], self.bias)
        x = x.permute(0, 2, 3, 1)  # (N, C, H, W) → (N, H, W, C)
        return super().forward(x).permute(0, 3, 1, 2)


class DepthwiseConv(nn.Conv2d):
    """A convolution with one kernel a channel; from 5×5 on it stays out of CPU autocast.

    On processors the bfloat16 gradient of a large depthwise kernel is several times slower than the
    float32 one, while everything around it gains; for 3×3 it is the other way round. Where it
    learns, the bias is added afterwards: as a part of the convolution its gradient alone takes as
    long there as the input's and half of the kernel's together.
    """

    def forward(self, x: Tensor) -> Tensor:
        slow = x.device.type == "cpu" and self.kernel_size[0] >= 5
        if slow and torch.is_autocast_enabled("cpu"):
            with torch.autocast("cpu", enabled=False):
                return self._convolved(x.to(self.weight.dtype))
        return self._convolved(x)

    def _convolved(self, x: Tensor) -> Tensor:
        bias = self.bias
        if bias is None or x.device.type != "cpu":
            return super().forward(x)
        if not (bias.requires_grad and torch.is_grad_enabled()):
            return super().forward(x)
        return self._conv_forward(x, self.weight, None).add_(bias.view(-1, 1, 1))


@cache
def amd() -> bool:
    """Whether the processor is one of AMD's."""
    try:
        return "AuthenticAMD" in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "AuthenticAMD" in platform.processor()  # so on Windows


class LayerNorm2d(nn.LayerNorm):
    """LayerNorm over the channels of every position (biased variance, eps inside the root)."""

    def forward(self, x: Tensor) -> Tensor:
        x = x.permute(0, 2, 3, 1)  # (N, C, H, W) → (N, H, W, C)
        return super().forward(x).permute(0, 3, 1, 2)


class RMSNorm2d(nn.Module):
    """Division by the root mean square over channels; no mean, no shift."""

    def __init__(self, channels: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        x = x * torch.rsqrt(x.pow(2).mean(1, keepdim=True) + self.eps)
        return x * self.weight.view(-1, 1, 1)


class SimpleNorm2d(nn.Module):
    """timm's SimpleNorm: division by the standard deviation over channels, the mean kept."""

    def __init__(self, channels: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        x = x * torch.rsqrt(x.var(1, keepdim=True) + self.eps)  # unbiased, as timm computes it
        return x * self.weight.view(-1, 1, 1)


class GRN(nn.Module):
    """Global response normalisation (Woo et al. 2023, section 4, Algorithm 1); starts as identity.

    ``weight`` and ``bias`` are the paper's gamma and beta.
    """

    def __init__(self, channels: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        # (N, C, 1, 1): how strong is each channel, then how strong compared with the others?
        strength = torch.linalg.vector_norm(x, dim=(2, 3), keepdim=True)
        norm = strength / (strength.mean(1, keepdim=True) + self.eps)
        return x + self.weight.view(-1, 1, 1) * (x * norm) + self.bias.view(-1, 1, 1)


class LayerScale(nn.Module):
    """A learnable factor a channel, small at first (Touvron et al. 2021, CaiT)."""

    def __init__(self, channels: int, init: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels,), float(init)))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weight.view(-1, 1, 1)


class DropPath(nn.Module):
    """Stochastic depth: in training, a whole sample's branch is dropped with probability ``rate``.

    What is kept is divided by 1 − rate, so that the expectation stays (Huang et al. 2016).
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.rate == 0:
            return x
        keep = 1 - self.rate
        mask = torch.empty(len(x), 1, 1, 1, dtype=x.dtype, device=x.device).bernoulli_(keep)
        return x * (mask / keep)

    def extra_repr(self) -> str:
        return f"rate={self.rate:.3f}"


class Block(nn.Module):
    """A residual block: ``after(shortcut(x) + body(x))``; an empty part is the identity."""

    def __init__(self, body: nn.Sequential, shortcut: nn.Sequential, after: nn.Sequential) -> None:
        super().__init__()
        self.body = body
        self.shortcut = shortcut
        self.after = after

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.after(self.shortcut(x) + self.body(x))
        return out


def activation(kind: str) -> nn.Module:
    """The module of an activation's name."""
    if kind == "relu":
        return nn.ReLU()
    if kind == "silu":
        return nn.SiLU()
    return nn.GELU(approximate="tanh" if kind == "gelu_tanh" else "none")


def norm(kind: str, channels: int, eps: float) -> nn.Module:
    """The module of a normalisation's layer kind."""
    if kind == "layer_norm":
        return LayerNorm2d(channels, eps=eps)
    if kind == "batch_norm":
        return nn.BatchNorm2d(channels, eps=eps)
    if kind == "rms_norm":
        return RMSNorm2d(channels, eps)
    return SimpleNorm2d(channels, eps)
