"""Networks as libraries that are not installed here name their modules: transformers, mmpretrain.

From modeling_convnext.py, modeling_convnextv2.py and modeling_resnet.py of transformers, and
mmpretrain/models/backbones/convnext.py, written down again with only what the logits need.
"""

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

_LAST_EPS = 1e-12  # layer_norm_eps of ConvNextConfig; the other norms have 1e-6


class ChannelNorm(nn.LayerNorm):
    """LayerNorm over the second dimension."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Grn(nn.Module):
    """Global response normalisation with the parameters' names of one library."""

    def __init__(self, dim: int, names: tuple[str, str], shape: tuple[int, ...]) -> None:
        super().__init__()
        self.names = names
        for name in names:
            self.register_parameter(name, nn.Parameter(torch.zeros(*shape, dim)))

    def forward(self, x: Tensor) -> Tensor:  # (N, H, W, C)
        scale, shift = (getattr(self, name) for name in self.names)
        norm = torch.linalg.vector_norm(x, dim=(1, 2), keepdim=True)
        return scale * (x * (norm / (norm.mean(-1, keepdim=True) + 1e-6))) + shift + x


class Named(nn.Module):
    """A ConvNeXt block whose modules are called as in ``names``: conv, norm, two linear layers."""

    def __init__(self, dim: int, names: tuple[str, ...], scale: str, grn: nn.Module | None) -> None:
        super().__init__()
        made = (
            nn.Conv2d(dim, dim, 7, padding=3, groups=dim),
            nn.LayerNorm(dim, eps=1e-6),
            nn.Linear(dim, 4 * dim),
            nn.Linear(4 * dim, dim),
        )
        for name, module in zip(names, made, strict=True):
            self.add_module(name, module)
        if grn is not None:
            self.grn = grn
        else:
            self.register_parameter(scale, nn.Parameter(torch.ones(dim)))
        self.names, self.scale = names, scale

    def forward(self, x: Tensor) -> Tensor:
        conv, norm, first, second = (getattr(self, name) for name in self.names)
        y = nn.functional.gelu(first(norm(conv(x).permute(0, 2, 3, 1))))
        if hasattr(self, "grn"):
            y = second(self.grn(y))
        else:
            y = second(y) * getattr(self, self.scale)
        return x + y.permute(0, 3, 1, 2)


def _down(into: int, dim: int) -> nn.Sequential:
    return nn.Sequential(ChannelNorm(into, eps=1e-6), nn.Conv2d(into, dim, 2, 2))


class TransformersConvNext(nn.Module):
    """ConvNextForImageClassification, or ConvNextV2's (``grn``)."""

    def __init__(self, depths: Any, dims: Any, classes: int, *, grn: bool = False) -> None:
        super().__init__()
        names = ("dwconv", "layernorm", "pwconv1", "pwconv2")
        body = nn.Module()
        body.embeddings = nn.Module()
        body.embeddings.patch_embeddings = nn.Conv2d(3, dims[0], 4, 4)
        body.embeddings.layernorm = ChannelNorm(dims[0], eps=1e-6)
        body.encoder = nn.Module()
        body.encoder.stages = nn.ModuleList()
        for number, (depth, dim) in enumerate(zip(depths, dims, strict=True)):
            stage = nn.Module()
            if number:
                stage.downsampling_layer = _down(dims[number - 1], dim)
            made = [Grn(4 * dim, ("weight", "bias"), (1, 1, 1)) if grn else None] * depth
            stage.layers = nn.Sequential(
                *(Named(dim, names, "layer_scale_parameter", one) for one in made)
            )
            body.encoder.stages.append(stage)
        body.layernorm = nn.LayerNorm(dims[-1], eps=_LAST_EPS)
        self.body = "convnextv2" if grn else "convnext"
        self.add_module(self.body, body)
        self.classifier = nn.Linear(dims[-1], classes)

    def forward(self, x: Tensor) -> Tensor:
        body = getattr(self, self.body)
        x = body.embeddings.layernorm(body.embeddings.patch_embeddings(x))
        for stage in body.encoder.stages:
            x = stage.layers(getattr(stage, "downsampling_layer", nn.Identity())(x))
        return self.classifier(body.layernorm(x.mean((-2, -1))))


class _Layer(nn.Module):
    """ResNetConvLayer."""

    def __init__(self, into: int, out: int, kernel: int, stride: int, act: bool) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(into, out, kernel, stride, kernel // 2, bias=False)
        self.normalization = nn.BatchNorm2d(out)
        self.activation = nn.ReLU() if act else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.activation(self.normalization(self.convolution(x)))


class _Residual(nn.Module):
    """ResNetBasicLayer or ResNetBottleNeckLayer."""

    def __init__(self, into: int, out: int, stride: int, *, basic: bool) -> None:
        super().__init__()
        if into != out or stride != 1:
            self.shortcut = _Layer(into, out, 1, stride, False)
        else:
            self.shortcut = nn.Identity()
        inside = out // 4
        self.layer = (
            nn.Sequential(_Layer(into, out, 3, stride, True), _Layer(out, out, 3, 1, False))
            if basic
            else nn.Sequential(
                _Layer(into, inside, 1, 1, True),
                _Layer(inside, inside, 3, stride, True),
                _Layer(inside, out, 1, 1, False),
            )
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.layer(x) + self.shortcut(x))


class TransformersResNet(nn.Module):
    """ResNetForImageClassification."""

    def __init__(self, stem: int, depths: Any, dims: Any, classes: int, *, basic: bool) -> None:
        super().__init__()
        self.resnet = nn.Module()
        self.resnet.embedder = nn.Module()
        self.resnet.embedder.embedder = _Layer(3, stem, 7, 2, True)
        self.resnet.encoder = nn.Module()
        self.resnet.encoder.stages = nn.ModuleList()
        into = stem
        for number, (depth, dim) in enumerate(zip(depths, dims, strict=True)):
            stage = nn.Module()
            stage.layers = nn.Sequential(
                *(
                    _Residual(into if i == 0 else dim, dim, 1 + (i == 0 < number), basic=basic)
                    for i in range(depth)
                )
            )
            self.resnet.encoder.stages.append(stage)
            into = dim
        self.classifier = nn.Sequential(nn.Flatten(), nn.Linear(dims[-1], classes))

    def forward(self, x: Tensor) -> Tensor:
        x = nn.functional.max_pool2d(self.resnet.embedder.embedder(x), 3, 2, 1)
        for stage in self.resnet.encoder.stages:
            x = stage.layers(x)
        return self.classifier(x.mean((-2, -1)))


class MmpretrainConvNeXt(nn.Module):
    """ImageClassifier of mmpretrain with a ConvNeXt (V2: ``grn``) and a LinearClsHead."""

    def __init__(self, depths: Any, dims: Any, classes: int, *, grn: bool = False) -> None:
        super().__init__()
        names = ("depthwise_conv", "norm", "pointwise_conv1", "pointwise_conv2")
        self.backbone = nn.Module()
        stem = nn.Sequential(nn.Conv2d(3, dims[0], 4, 4), ChannelNorm(dims[0], eps=1e-6))
        downs = [_down(a, b) for a, b in pairwise(dims)]
        self.backbone.downsample_layers = nn.ModuleList([stem, *downs])
        self.backbone.stages = nn.ModuleList(
            nn.Sequential(
                *(
                    Named(dim, names, "gamma", Grn(4 * dim, ("gamma", "beta"), ()) if grn else None)
                    for _ in range(depth)
                )
            )
            for depth, dim in zip(depths, dims, strict=True)
        )
        self.backbone.norm3 = nn.LayerNorm(dims[-1], eps=1e-6)
        self.head = nn.Module()
        self.head.fc = nn.Linear(dims[-1], classes)

    def forward(self, x: Tensor) -> Tensor:
        pairs = zip(self.backbone.downsample_layers, self.backbone.stages, strict=True)
        for down, stage in pairs:
            x = stage(down(x))
        return self.head.fc(self.backbone.norm3(x.mean((-2, -1))))
