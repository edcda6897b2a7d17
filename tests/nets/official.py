"""The network of the official repositories, written from the paper's text and their layer names."""

import itertools

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convnext_viz.specs import ConvNeXtSpec

TINY = ConvNeXtSpec(name="tiny", depths=(1, 2, 1, 1), dims=(8, 12, 16, 24), num_classes=7)


class Official(nn.Module):
    """The official repositories' network, from the paper's text and their layer names alone."""

    def __init__(self, spec: ConvNeXtSpec, *, v2: bool = False, isotropic: bool = False) -> None:
        super().__init__()
        dims, depths, patch = spec.dims, spec.depths, spec.patch_size
        stem = nn.Conv2d(3, dims[0], patch, patch)
        stages = [
            nn.Sequential(*(OfficialBlock(dim, spec.layer_scale, v2) for _ in range(depth)))
            for dim, depth in zip(dims, depths, strict=True)
        ]
        if isotropic:
            self.stem, self.blocks = stem, stages[0]
        else:
            self.downsample_layers = nn.ModuleList([nn.Sequential(stem, ChannelsFirst(dims[0]))])
            for before, after in itertools.pairwise(dims):
                layers = ChannelsFirst(before), nn.Conv2d(before, after, 2, 2)
                self.downsample_layers.append(nn.Sequential(*layers))
            self.stages = nn.ModuleList(stages)
        self.norm = nn.LayerNorm(dims[-1], eps=1e-6)
        self.head = nn.Linear(dims[-1], spec.num_classes)

    def forward(self, x: Tensor) -> Tensor:
        if hasattr(self, "stem"):
            x = self.blocks(self.stem(x))
        else:
            for downsample, stage in zip(self.downsample_layers, self.stages, strict=True):
                x = stage(downsample(x))
        return self.head(self.norm(x.mean([-2, -1])))


class ChannelsFirst(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(dim)), nn.Parameter(torch.zeros(dim))

    def forward(self, x: Tensor) -> Tensor:
        mean = x.mean(1, keepdim=True)
        x = (x - mean) / ((x - mean).pow(2).mean(1, keepdim=True) + 1e-6).sqrt()
        return self.weight[:, None, None] * x + self.bias[:, None, None]


class OfficialGRN(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1, 1, 1, dim))
        self.beta = nn.Parameter(torch.zeros(1, 1, 1, dim))

    def forward(self, x: Tensor) -> Tensor:  # (N, H, W, C)
        size = x.pow(2).sum((1, 2), keepdim=True).sqrt()
        return self.gamma * (x * size / (size.mean(-1, keepdim=True) + 1e-6)) + self.beta + x


class OfficialBlock(nn.Module):
    def __init__(self, dim: int, layer_scale: float | None, v2: bool) -> None:
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, 7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.pwconv1, self.pwconv2 = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)
        self.grn = OfficialGRN(4 * dim) if v2 else nn.Identity()
        self.gamma = None if layer_scale is None else nn.Parameter(layer_scale * torch.ones(dim))

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm(self.dwconv(x).permute(0, 2, 3, 1))
        y = self.pwconv2(self.grn(F.gelu(self.pwconv1(y))))
        y = y if self.gamma is None else self.gamma * y
        return x + y.permute(0, 3, 1, 2)
