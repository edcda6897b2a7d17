"""From a plan to a plain ``nn.Sequential(stem, stage1, …, head)`` that runs."""

from collections import OrderedDict
from collections.abc import Iterable

import torch
from torch import nn

from convnext_viz.nets.layers import (
    GRN,
    Block,
    DepthwiseConv,
    DropPath,
    LayerScale,
    PointwiseConv,
    activation,
    norm,
)
from convnext_viz.plans import Layer, Stage, plan, smallest_image
from convnext_viz.specs import ConvNeXtSpec


def build(spec: ConvNeXtSpec, *, seed: int | None = None) -> nn.Sequential:
    """The net of a spec, with fresh weights, in train mode.

    Its children are ``stem``, ``stage1``, …, ``head``; input (N, in_chans, H, W), output
    (N, num_classes), or (N, C) without a classifier. A slice of it is a net again: ``net[:3]``
    gives the activation after stage 2. With ``seed`` the weights repeat and the global random state
    stays as it was. Weights start as in the paper's code, normal with std 0.02; biases start at 0.
    """
    described = plan(spec, smallest_image(spec))
    with torch.random.fork_rng(devices=[], enabled=seed is not None):
        if seed is not None:
            # torch.manual_seed would seed the accelerators' generators as well, and for good.
            torch.default_generator.manual_seed(seed)
        net = nn.Sequential(OrderedDict((s.name, _stage(s, spec)) for s in described.stages))
        _init(net, spec)
    return net


def _stage(stage: Stage, spec: ConvNeXtSpec) -> nn.Sequential:
    if not stage.blocks:
        return _chain(stage.own, spec)
    blocks = nn.Sequential(
        *(
            Block(_chain(b.body, spec), _chain(b.shortcut, spec), _chain(b.after, spec))
            for b in stage.blocks
        )
    )
    if not stage.own:
        return nn.Sequential(OrderedDict(blocks=blocks))
    return nn.Sequential(OrderedDict(downsample=_chain(stage.own, spec), blocks=blocks))


def _chain(layers: Iterable[Layer], spec: ConvNeXtSpec) -> nn.Sequential:
    named = ((layer.name.rpartition(".")[2], _module(layer, spec)) for layer in layers)
    return nn.Sequential(OrderedDict(named))


def _module(layer: Layer, spec: ConvNeXtSpec) -> nn.Module:
    into, out = layer.in_shape[0], layer.out_shape[0]
    match layer.kind:
        case "conv" | "depthwise":
            cls = nn.Conv2d if layer.kind == "conv" else DepthwiseConv
            return cls(
                into,
                out,
                layer.kernel_size,
                layer.stride,
                layer.padding,
                groups=layer.groups,
                bias=layer.bias,
            )
        case "pointwise":
            return PointwiseConv(into, out, bias=layer.bias)
        case "linear":
            return nn.Linear(into, out, bias=layer.bias)
        case "layer_norm" | "batch_norm" | "rms_norm" | "simple_norm":
            return norm(layer.kind, out, spec.norm_eps)
        case "gelu" | "relu" | "gelu_tanh" | "silu":
            return activation(layer.kind)
        case "grn":
            return GRN(out)
        case "layer_scale":
            return LayerScale(out, spec.layer_scale or 0.0)
        case "drop_path":
            return DropPath(layer.rate)
        case "dropout":
            return nn.Dropout(layer.rate)
        case "max_pool":
            return nn.MaxPool2d(layer.kernel_size, layer.stride, layer.padding)
        case "avg_pool":
            return nn.AdaptiveAvgPool2d(1)
        case "flatten":
            return nn.Flatten()


def _init(net: nn.Sequential, spec: ConvNeXtSpec) -> None:
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            # The official trunc_normal_(std=.02) cuts at ±2, a hundred deviations away.
            nn.init.trunc_normal_(module.weight, std=0.02)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    if spec.num_classes > 0:
        head = net.get_submodule("head.fc")
        assert isinstance(head, nn.Linear)
        with torch.no_grad():
            head.weight.mul_(spec.head_init_scale)
            head.bias.mul_(spec.head_init_scale)
