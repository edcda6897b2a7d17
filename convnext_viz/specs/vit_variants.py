"""Named Vision Transformers: rows of plain values, keyed by the name they have in timm."""

from dataclasses import replace
from typing import Any

from convnext_viz.specs.vit import ViTSpec


def _rows(base: ViTSpec, rows: dict[str, dict[str, Any]]) -> dict[str, ViTSpec]:
    return {name: replace(base, name=name, **row) for name, row in rows.items()}


# Dosovitskiy et al. 2021, Table 1; Ti and S: Touvron et al. 2021, Table 1.
_TI: dict[str, Any] = {"dim": 192, "depth": 12, "heads": 3}
_S: dict[str, Any] = {"dim": 384, "depth": 12, "heads": 6}
_B: dict[str, Any] = {"dim": 768, "depth": 12, "heads": 12}
_L: dict[str, Any] = {"dim": 1024, "depth": 24, "heads": 16}
_H: dict[str, Any] = {"dim": 1280, "depth": 32, "heads": 16}

VIT: dict[str, ViTSpec] = _rows(
    ViTSpec(),
    {
        "vit_tiny_patch16_224": _TI,
        "vit_small_patch16_224": _S,
        "vit_small_patch32_224": {**_S, "patch_size": 32},
        "vit_base_patch16_224": _B,
        "vit_base_patch16_384": {**_B, "image_size": 384},
        "vit_base_patch32_224": {**_B, "patch_size": 32},
        "vit_base_patch8_224": {**_B, "patch_size": 8},
        "vit_large_patch16_224": _L,
        "vit_large_patch32_224": {**_L, "patch_size": 32},
        "vit_huge_patch14_224": {**_H, "patch_size": 14},
    },
)

_DISTILLED = {"distillation_token": True}
_DEIT3 = {"layer_scale": 1e-6, "prefix_positions": False}
DEIT: dict[str, ViTSpec] = _rows(
    ViTSpec(),
    {
        "deit_tiny_patch16_224": _TI,
        "deit_small_patch16_224": _S,
        "deit_base_patch16_224": _B,
        "deit_base_patch16_384": {**_B, "image_size": 384},
        "deit_tiny_distilled_patch16_224": _TI | _DISTILLED,
        "deit_small_distilled_patch16_224": _S | _DISTILLED,
        "deit_base_distilled_patch16_224": _B | _DISTILLED,
        "deit3_small_patch16_224": _S | _DEIT3,
        "deit3_base_patch16_224": _B | _DEIT3,
        "deit3_large_patch16_224": _L | _DEIT3,
    },
)

# Small networks for 32×32 images: 64 tokens. Nobody published them.
VIT_CIFAR: dict[str, ViTSpec] = _rows(
    ViTSpec(patch_size=4, image_size=32, dim=128, depth=4, heads=4, num_classes=10),
    {
        "cifar_vit": {},
        "cifar_vit_mean": {"class_token": False, "pool": "mean"},
        "cifar_vit_conv_stem": {"conv_stem": True, "class_token": False, "pool": "mean"},
    },
)

VIT_FACTORS: dict[str, tuple[Any, ...]] = {
    "pool": ("class_token", "mean"),
    "conv_stem": (False, True),
    "patch_size": (2, 4, 8),
    "heads": (1, 2, 4, 8),
    "mlp_ratio": (2.0, 4.0),
    "registers": (0, 4),
    "layer_scale": (None, 1e-6, 0.1, 1.0),
    "drop_path_rate": (0.0, 0.1, 0.2, 0.4),
    "depth": (2, 4, 8),
    "dim": (64, 128, 192),
    "act": ("relu", "gelu", "silu", "gelu_tanh"),
}
"""What experiments compare."""

VIT_BASES: tuple[ViTSpec, ...] = (
    VIT_CIFAR["cifar_vit"],
    VIT_CIFAR["cifar_vit_mean"],
    VIT["vit_tiny_patch16_224"],
)
"""The networks that experiments start from."""
