"""Modules of every kind of layer: maps are (N, C, H, W), tokens (N, T, C), vectors (N, C).

Pointwise convolutions, LayerNorm and RMSNorm work on a permuted view, (N, H, W, C): with
``channels_last`` memory the permutation costs nothing and the matrix product is as fast as it gets
(the second implementation of the official block's docstring).
"""

import platform
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convnext_viz.nets.attention import (
    Attention,
    WindowAttention,
    WindowAttentionV2,
    WindowShift,
    WindowUnshift,
)
from convnext_viz.nets.tokens import (
    AveragedHeads,
    FirstToken,
    PatchMerging,
    PositionEmbedding,
    PrefixTokens,
    TokenMean,
    ToTokens,
)
from convnext_viz.plans import Layer, channels


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
    """timm's SimpleNorm: division by the standard deviation over channels, the mean unchanged."""

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


class SqueezeExcite(nn.Module):
    """Squeeze-and-excitation (Hu et al. 2018): a factor a channel, from the means of all channels.

    The means are over the whole map: the official RepVGG's pool is as wide as high, and wrong on
    maps that are not.
    """

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.down = nn.Linear(channels, hidden)
        self.act = nn.ReLU()
        self.up = nn.Linear(hidden, channels)

    def forward(self, x: Tensor) -> Tensor:
        factors = self.up(self.act(self.down(x.mean((2, 3))))).sigmoid()  # (N, C)
        return x * factors[:, :, None, None]


class LayerScale(nn.Module):
    """A learnable factor a channel, small at first (Touvron et al. 2021, CaiT)."""

    def __init__(self, channels: int, init: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels,), float(init)))

    def forward(self, x: Tensor) -> Tensor:
        return x * (self.weight.view(-1, 1, 1) if x.ndim == 4 else self.weight)


class DropPath(nn.Module):
    """Stochastic depth: in training, the branch of a sample is dropped with probability ``rate``.

    What stays is divided by 1 − rate, so that the expectation stays (Huang et al. 2016).
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.rate == 0:
            return x
        keep = 1 - self.rate
        each = (x.shape[0], *[1] * (x.ndim - 1))
        mask = torch.empty(each, dtype=x.dtype, device=x.device).bernoulli_(keep)
        return x * (mask / keep)

    def extra_repr(self) -> str:
        return f"rate={self.rate:.3f}"


class Residual(nn.Module):
    """``after(sum of branch(x))``: its children are the branches and ``after``; an empty one is the
    identity."""

    def __init__(self, branches: Mapping[str, nn.Sequential], after: nn.Sequential) -> None:
        super().__init__()
        for name, branch in branches.items():
            self.add_module(name, branch)
        self.after = after

    @property
    def branches(self) -> dict[str, nn.Sequential]:
        """The parallel branches by name; the first one is what the block adds to the others."""
        return {name: part for name, part in self._modules.items() if name != "after"}  # type: ignore[misc]

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.after(added([branch(x) for branch in self.branches.values()]))
        return out


def added(ends: Sequence[Tensor]) -> Tensor:
    """The sum of branches' outputs; what the first one padded, as windows do, is left out."""
    first, *others = ends
    for other in others:
        first = other + cut(first, other)
    return first


def cut(y: Tensor, like: Tensor) -> Tensor:
    """A map without the rows and columns that it has more than another one."""
    return y if y.shape == like.shape else y[:, :, : like.shape[2], : like.shape[3]]


def _conv(layer: Layer) -> nn.Conv2d:
    make = DepthwiseConv if layer.kind == "depthwise" else nn.Conv2d
    return make(
        channels(layer.in_shape),
        channels(layer.out_shape),
        layer.kernel_size,
        layer.stride,
        layer.padding,
        groups=layer.groups,
        bias=layer.bias,
    )


def _linear(layer: Layer) -> nn.Linear:
    make = PointwiseConv if layer.kind == "pointwise" else nn.Linear
    return make(channels(layer.in_shape), channels(layer.out_shape), bias=layer.bias)


def _layer_norm(layer: Layer) -> nn.LayerNorm:
    make = LayerNorm2d if len(layer.in_shape) == 3 else nn.LayerNorm
    return make(channels(layer.in_shape), eps=layer.eps)


def _prefix(layer: Layer) -> PrefixTokens:
    return PrefixTokens(layer.prefix, channels(layer.out_shape), positions=bool(layer.table))


def _window_attention(layer: Layer) -> WindowAttention:
    sizes = (channels(layer.out_shape), layer.heads, layer.window, layer.shift)
    if layer.kind == "window_attention":
        return WindowAttention(*sizes)
    return WindowAttentionV2(*sizes, bias=layer.bias)


MODULES: dict[str, Callable[[Layer], nn.Module]] = {
    "conv": _conv,
    "grouped": _conv,
    "depthwise": _conv,
    "pointwise": _linear,
    "linear": _linear,
    "layer_norm": _layer_norm,
    "batch_norm": lambda layer: nn.BatchNorm2d(channels(layer.in_shape), eps=layer.eps),
    "group_norm": lambda layer: nn.GroupNorm(layer.groups, channels(layer.in_shape), layer.eps),
    "rms_norm": lambda layer: RMSNorm2d(channels(layer.in_shape), layer.eps),
    "simple_norm": lambda layer: SimpleNorm2d(channels(layer.in_shape), layer.eps),
    "gelu": lambda layer: nn.GELU(),
    "relu": lambda layer: nn.ReLU(),
    "gelu_tanh": lambda layer: nn.GELU(approximate="tanh"),
    "silu": lambda layer: nn.SiLU(),
    "grn": lambda layer: GRN(channels(layer.in_shape)),
    "squeeze_excite": lambda layer: SqueezeExcite(channels(layer.in_shape), layer.hidden),
    "layer_scale": lambda layer: LayerScale(channels(layer.in_shape), layer.init),
    "drop_path": lambda layer: DropPath(layer.rate),
    "dropout": lambda layer: nn.Dropout(layer.rate),
    "max_pool": lambda layer: nn.MaxPool2d(layer.kernel_size, layer.stride, layer.padding),
    "avg_pool": lambda layer: nn.AdaptiveAvgPool2d(1),
    "global_max_pool": lambda layer: nn.AdaptiveMaxPool2d(1),
    "flatten": lambda layer: nn.Flatten(),
    "tokens": lambda layer: ToTokens(),
    "position_embedding": lambda layer: PositionEmbedding(channels(layer.in_shape), *layer.table),
    "class_token": _prefix,
    "distillation_token": _prefix,
    "register_tokens": _prefix,
    "attention": lambda layer: Attention(layer.heads),
    "window_shift": lambda layer: WindowShift(layer.window, layer.shift),
    "window_attention": _window_attention,
    "window_attention_v2": _window_attention,
    "window_unshift": lambda layer: WindowUnshift(layer.window, layer.shift),
    "patch_merging": lambda layer: PatchMerging(),
    "first_token": lambda layer: FirstToken(),
    "token_mean": lambda layer: TokenMean(layer.prefix),
    "averaged_heads": lambda layer: AveragedHeads(
        channels(layer.in_shape), channels(layer.out_shape)
    ),
}
