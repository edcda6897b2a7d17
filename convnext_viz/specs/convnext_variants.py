"""Named networks: rows of plain values, keyed by the name they have in the field."""

from dataclasses import replace
from typing import Any

from convnext_viz.specs.convnext import ConvNeXtSpec


def _rows(base: ConvNeXtSpec, rows: dict[str, dict[str, Any]]) -> dict[str, ConvNeXtSpec]:
    return {name: replace(base, name=name, **row) for name, row in rows.items()}


def _doubling(first: int) -> tuple[int, int, int, int]:
    return (first, 2 * first, 4 * first, 8 * first)


_T, _S = (3, 3, 9, 3), (3, 3, 27, 3)
_ATTO, _NANO = (2, 2, 6, 2), (2, 2, 8, 2)

# Liu et al. 2022, section 3, and the further sizes and stems that timm registers.
# timm's "_rms" atto uses RMSNorm, its "_rms" zepto the mean-free SimpleNorm.
CONVNEXT: dict[str, ConvNeXtSpec] = _rows(
    ConvNeXtSpec(),
    {
        "convnext_tiny": {"depths": _T, "dims": _doubling(96)},
        "convnext_small": {"depths": _S, "dims": _doubling(96)},
        "convnext_base": {"depths": _S, "dims": _doubling(128)},
        "convnext_large": {"depths": _S, "dims": _doubling(192)},
        "convnext_xlarge": {"depths": _S, "dims": _doubling(256)},
        "convnext_xxlarge": {"depths": (3, 4, 30, 3), "dims": _doubling(384), "norm_eps": 1e-5},
        "convnext_large_mlp": {"depths": _S, "dims": _doubling(192), "head_hidden": 1536},
        "convnext_tiny_hnf": {"depths": _T, "dims": _doubling(96), "head_norm": "before_pool"},
        "convnext_nano": {"depths": _NANO, "dims": _doubling(80)},
        "convnext_nano_ols": {"depths": _NANO, "dims": _doubling(80), "stem": "overlap"},
        "convnext_pico": {"depths": _ATTO, "dims": _doubling(64)},
        "convnext_pico_ols": {"depths": _ATTO, "dims": _doubling(64), "stem": "overlap_tiered"},
        "convnext_femto": {"depths": _ATTO, "dims": _doubling(48)},
        "convnext_femto_ols": {"depths": _ATTO, "dims": _doubling(48), "stem": "overlap_tiered"},
        "convnext_atto": {"depths": _ATTO, "dims": _doubling(40)},
        "convnext_atto_ols": {"depths": _ATTO, "dims": _doubling(40), "stem": "overlap_tiered"},
        "convnext_atto_rms": {"depths": _ATTO, "dims": _doubling(40), "norm": "rms"},
        "convnext_zepto_rms": {"depths": (2, 2, 4, 2), "dims": _doubling(32), "norm": "simple"},
        "convnext_zepto_rms_ols": {
            "depths": (2, 2, 4, 2),
            "dims": _doubling(32),
            "norm": "simple",
            "stem": "overlap_act",
        },
        "test_convnext": {
            "depths": (1, 2, 4, 2),
            "dims": (24, 32, 48, 64),
            "norm_eps": 1e-5,
            "act": "gelu_tanh",
        },
        "test_convnext2": {
            "depths": (1, 1, 1, 1),
            "dims": (32, 64, 96, 128),
            "norm_eps": 1e-5,
            "act": "gelu_tanh",
        },
        "test_convnext3": {
            "depths": (1, 1, 1, 1),
            "dims": (32, 64, 96, 128),
            "norm_eps": 1e-5,
            "act": "silu",
            "kernel_size": (7, 5, 5, 3),
        },
    },
)

# Woo et al. 2023: GRN takes the place of layer scale.
CONVNEXT_V2: dict[str, ConvNeXtSpec] = _rows(
    ConvNeXtSpec(grn=True, layer_scale=None),
    {
        "convnextv2_atto": {"depths": _ATTO, "dims": _doubling(40)},
        "convnextv2_femto": {"depths": _ATTO, "dims": _doubling(48)},
        "convnextv2_pico": {"depths": _ATTO, "dims": _doubling(64)},
        "convnextv2_nano": {"depths": _NANO, "dims": _doubling(80)},
        "convnextv2_tiny": {"depths": _T, "dims": _doubling(96)},
        "convnextv2_small": {"depths": _S, "dims": _doubling(96)},
        "convnextv2_base": {"depths": _S, "dims": _doubling(128)},
        "convnextv2_large": {"depths": _S, "dims": _doubling(192)},
        "convnextv2_huge": {"depths": _S, "dims": _doubling(352)},
    },
)

# Liu et al. 2022, section 3.3: one resolution (14×14) throughout, a stem without norm.
CONVNEXT_ISO: dict[str, ConvNeXtSpec] = _rows(
    ConvNeXtSpec(patch_size=16, stem_norm=False),
    {
        "convnext_iso_small": {"depths": (18,), "dims": (384,), "layer_scale": None},
        "convnext_iso_base": {"depths": (18,), "dims": (768,), "layer_scale": None},
        "convnext_iso_large": {"depths": (36,), "dims": (1024,), "layer_scale": 1e-6},
    },
)

# He et al. 2016, with the stride on the 3×3 convolution ("v1.5", as torchvision and the paper);
# Xie et al. 2017 for ResNeXt: 32 groups of 4 channels at the first stage; Zagoruyko & Komodakis
# 2016 for those that are wide inside.
_BASIC = {"bottleneck": "basic", "expansion": 1.0}
RESNET: dict[str, ConvNeXtSpec] = _rows(
    ConvNeXtSpec(
        dims=_doubling(64),
        stem="conv7_pool",
        stem_act=True,
        bottleneck="classic",
        conv_position="middle",
        depthwise=False,
        kernel_size=3,
        norm="batch",
        norm_eps=1e-5,
        act="relu",
        block_norms="every",
        block_acts="every",
        layer_scale=None,
        conv_bias=False,
        downsample="in_block",
        head_norm="none",
    ),
    {
        "resnet18": {"depths": (2, 2, 2, 2), **_BASIC},
        "resnet26": {"depths": (2, 2, 2, 2)},
        "resnet34": {"depths": (3, 4, 6, 3), **_BASIC},
        "resnet50": {"depths": (3, 4, 6, 3)},
        "resnet101": {"depths": (3, 4, 23, 3)},
        "resnet152": {"depths": (3, 8, 36, 3)},
        "resnet200": {"depths": (3, 24, 36, 3)},
        "resnext50_32x4d": {"depths": (3, 4, 6, 3), "groups": 32, "inner_ratio": 2.0},
        "resnext101_32x4d": {"depths": (3, 4, 23, 3), "groups": 32, "inner_ratio": 2.0},
        "resnext101_32x8d": {"depths": (3, 4, 23, 3), "groups": 32, "inner_ratio": 4.0},
        "resnext101_32x16d": {"depths": (3, 4, 23, 3), "groups": 32, "inner_ratio": 8.0},
        "resnext101_32x32d": {"depths": (3, 4, 23, 3), "groups": 32, "inner_ratio": 16.0},
        "resnext101_64x4d": {"depths": (3, 4, 23, 3), "groups": 64, "inner_ratio": 4.0},
        "wide_resnet50_2": {"depths": (3, 4, 6, 3), "inner_ratio": 2.0},
        "wide_resnet101_2": {"depths": (3, 4, 23, 3), "inner_ratio": 2.0},
    },
)

# Small networks for 32×32 pictures. The first two are those of the package: they end at 8×8 cells,
# so that a map of the last stage shows more than a blur. Then every pair of norm and activation on
# a body of three stages.
_CIFAR10 = ConvNeXtSpec(
    depths=(2, 5),
    dims=(64, 128),
    num_classes=10,
    patch_size=2,
    kernel_size=5,
    layer_scale=0.1,
)
CIFAR: dict[str, ConvNeXtSpec] = _rows(
    _CIFAR10,
    {
        "cifar10_ln_gelu": {"norm": "layer", "act": "gelu"},
        "cifar10_bn_relu": {"norm": "batch", "norm_eps": 1e-5, "act": "relu"},
    },
) | _rows(
    replace(_CIFAR10, depths=(2, 4, 3), dims=(48, 96, 192), kernel_size=(3, 5, 5)),
    {
        "cifar_ln_gelu": {"norm": "layer", "act": "gelu"},
        "cifar_ln_relu": {"norm": "layer", "act": "relu"},
        "cifar_bn_gelu": {"norm": "batch", "norm_eps": 1e-5, "act": "gelu"},
        "cifar_bn_relu": {"norm": "batch", "norm_eps": 1e-5, "act": "relu"},
    },
)

_SCALES = (0.5, 1.0, 2.0)  # of the base's own

CONVNEXT_FACTORS: dict[str, tuple[Any, ...]] = {
    "norm": ("batch", "layer", "rms", "simple"),
    "act": ("relu", "gelu", "silu", "gelu_tanh"),
    "kernel_size": (3, 5, 7, 9, 11),
    "depthwise": (True, False),
    "expansion": (1.0, 2.0, 4.0, 6.0),
    "stem": ("patchify", "overlap", "conv7_pool"),
    "patch_size": (1, 2, 4),
    "layer_scale": (None, 1e-6, 0.1, 1.0),
    "grn": (False, True),
    "drop_path_rate": (0.0, 0.1, 0.2, 0.4),
    "head_init_scale": (0.001, 1.0),
    "depths": _SCALES,
    "dims": _SCALES,
}
"""What experiments compare; norm and activation first, as the paper's question is theirs."""

# Small enough for a lesson on a laptop; the first one for two minutes. Nobody published them.
_MINI = ConvNeXtSpec(
    name="mini",
    depths=(1, 1, 2),
    dims=(24, 48, 96),
    num_classes=10,
    patch_size=4,
    kernel_size=5,
    layer_scale=0.1,
)
_SMALL = replace(_MINI, name="small", depths=(1, 1, 3), dims=(32, 64, 128), patch_size=2)

CONVNEXT_BASES: tuple[ConvNeXtSpec, ...] = (
    _MINI,
    _SMALL,
    CIFAR["cifar10_ln_gelu"],
    CIFAR["cifar_ln_gelu"],
    CONVNEXT["convnext_atto"],
    CONVNEXT_V2["convnextv2_atto"],
    CONVNEXT["convnext_tiny"],
    RESNET["resnet50"],
)
"""The networks that experiments start from."""
