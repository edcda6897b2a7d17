"""Base networks of the Train page, and the factors that a run can vary with their values."""

from dataclasses import replace
from typing import Any

from convnext_viz.specs import CIFAR, CONVNEXT, CONVNEXT_V2, RESNET, ConvNeXtSpec

# Small enough for a lesson on a laptop; the first one for two minutes.
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
BASES = {
    spec.name: spec
    for spec in (
        _MINI,
        _SMALL,
        CIFAR["cifar_ln_gelu"],
        CONVNEXT["convnext_atto"],
        CONVNEXT_V2["convnextv2_atto"],
        CONVNEXT["convnext_tiny"],
        RESNET["resnet50"],
    )
}
OWN = (_MINI.name, _SMALL.name)  # that no paper has a name for
FIRST: dict[str, list[Any]] = {
    "norm": ["batch", "layer", "rms", "simple"],
    "act": ["relu", "gelu", "silu", "gelu_tanh"],
}
MORE: dict[str, list[Any]] = {
    "kernel_size": [3, 5, 7, 9, 11],
    "depthwise": [True, False],
    "expansion": [1.0, 2.0, 4.0, 6.0],
    "stem": ["patchify", "overlap", "conv7_pool"],
    "patch_size": [1, 2, 4],
    "layer_scale": [None, 1e-6, 0.1, 1.0],
    "grn": [False, True],
    "drop_path_rate": [0.0, 0.1, 0.2, 0.4],
    "head_init_scale": [0.001, 1.0],
}
FACTORS = (*FIRST, *MORE, "depths", "dims")
