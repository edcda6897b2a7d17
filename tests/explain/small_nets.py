"""Nets to look into: small, of every kind, fresh or with numbers as training leaves them."""

from dataclasses import replace

import torch
from torch import Tensor, nn

from convnext_viz.explain.maps.methods import METHODS
from convnext_viz.nets import build
from convnext_viz.plans import plan
from convnext_viz.specs import (
    CIFAR,
    CONVNEXT,
    CONVNEXT_ISO,
    CONVNEXT_V2,
    REPVGG,
    RESNET,
    Spec,
    ViTSpec,
)

SMALL = {"depths": (1, 1, 2, 1), "dims": (8, 12, 16, 24), "num_classes": 7}
SPECS: dict[str, Spec] = {
    "convnext": replace(CONVNEXT["convnext_tiny"], **SMALL, layer_scale=0.5),
    "batch_norm": replace(CONVNEXT["convnext_tiny"], **SMALL, norm="batch", act="relu"),
    "v2": replace(CONVNEXT_V2["convnextv2_atto"], **SMALL),
    "overlap": replace(CONVNEXT["convnext_atto_ols"], **SMALL, head_hidden=9),
    "resnet": replace(RESNET["resnet50"], **SMALL),
    "iso": replace(CONVNEXT_ISO["convnext_iso_small"], depths=(3,), dims=(16,), num_classes=7),
    "cifar": replace(CIFAR["cifar_ln_gelu"], depths=(1, 2, 1), dims=(8, 12, 16)),
    "repvgg": replace(REPVGG["repvgg_d2se"], **SMALL),
    "deployed": replace(REPVGG["repvgg_a0"], **SMALL, form="deployed"),
}
TOKENS = ViTSpec(
    name="vit", depth=3, dim=24, heads=3, image_size=64, patch_size=8, num_classes=7, registers=2
)
SIDES = {"cifar": 32, "iso": 80}


def suited(method: str, spec: Spec) -> Spec:
    """The spec, or one with attention among all tokens where the method wants that."""
    return spec if METHODS[method].fits(plan(spec, 64)) else TOKENS


def place_for(method: str, stage: str) -> str:
    """The stage, or what the method has in its place."""
    return METHODS[method].place or stage


def frozen(spec: Spec, *, seed: int = 0, trained_like: bool = True) -> nn.Sequential:
    """An eval net without parameter gradients, as the app caches it.

    Trained-like: weights of unit gain and biases, scales and statistics that are not 0 and 1, so
    that what cancels in a fresh net does not.
    """
    net = build(spec, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    if trained_like:
        with torch.no_grad():
            for p in net.parameters():
                gain = 1.5 / max(1, p[0].numel()) ** 0.5 if p.dim() > 1 else 0.3
                p.copy_(
                    (p if p.dim() == 1 else 0) + gain * torch.randn(p.shape, generator=generator)
                )
            for name, buffer in net.named_buffers():
                if name.endswith("running_mean"):
                    buffer.copy_(0.3 * torch.randn(buffer.shape, generator=generator))
                elif name.endswith("running_var"):
                    buffer.copy_(0.5 + torch.rand(buffer.shape, generator=generator))
    return net.eval().requires_grad_(False)


def picture(spec: Spec, side: int = 64, *, seed: int = 1) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(1, spec.in_chans, side, side, generator=generator)
