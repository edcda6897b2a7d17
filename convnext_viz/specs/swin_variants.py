"""Named Swin Transformers: rows of plain values, keyed by the name they have in timm."""

from dataclasses import replace
from typing import Any

from convnext_viz.specs.swin import SwinSpec


def _rows(base: SwinSpec, rows: dict[str, dict[str, Any]]) -> dict[str, SwinSpec]:
    return {name: replace(base, name=name, **row) for name, row in rows.items()}


def _size(dim: int, heads: int, blocks: int) -> dict[str, Any]:
    """Widths and heads double from stage to stage; ``blocks`` are those of the third."""
    doubled = [2**stage for stage in range(4)]
    return {
        "depths": (2, 2, blocks, 2),
        "dims": tuple(dim * factor for factor in doubled),
        "heads": tuple(heads * factor for factor in doubled),
    }


# Liu et al. 2021, section 3.3 and appendix A1.
_T, _S, _B, _L = _size(96, 3, 6), _size(96, 3, 18), _size(128, 4, 18), _size(192, 6, 18)

SWIN: dict[str, SwinSpec] = _rows(
    SwinSpec(),
    {
        "swin_tiny_patch4_window7_224": _T,
        "swin_small_patch4_window7_224": _S,
        "swin_base_patch4_window7_224": _B,
        "swin_base_patch4_window12_384": {**_B, "window": 12},
        "swin_large_patch4_window7_224": _L,
        "swin_large_patch4_window12_384": {**_L, "window": 12},
    },
)

# Liu et al. 2022, section 4.1; the weights of windows of 8, at 256 pixels.
SWIN_V2: dict[str, SwinSpec] = _rows(
    SwinSpec(version="v2", window=8),
    {
        "swinv2_tiny_window8_256": _T,
        "swinv2_small_window8_256": _S,
        "swinv2_base_window8_256": _B,
    },
)

# Small networks for 32×32 images: maps of 16, 8 and 4 tokens a side. Nobody published them.
SWIN_CIFAR: dict[str, SwinSpec] = _rows(
    SwinSpec(
        patch_size=2,
        window=4,
        depths=(2, 4, 2),
        dims=(32, 64, 128),
        heads=(2, 4, 8),
        num_classes=10,
    ),
    {"cifar_swin": {}, "cifar_swin_no_shift": {"shift": False}},
)

_SCALES = (0.5, 1.0, 2.0)  # of the base's own

SWIN_FACTORS: dict[str, tuple[Any, ...]] = {
    "shift": (True, False),
    "window": (2, 4, 8),
    "version": ("v1", "v2"),
    "patch_size": (2, 4),
    "patch_norm": (True, False),
    "mlp_ratio": (2.0, 4.0),
    "act": ("relu", "gelu", "silu", "gelu_tanh"),
    "drop_path_rate": (0.0, 0.1, 0.2, 0.4),
    "depths": _SCALES,
    "dims": _SCALES,
}
"""What experiments compare; the shift first, as it is the paper's idea."""

SWIN_BASES: tuple[SwinSpec, ...] = (
    SWIN_CIFAR["cifar_swin"],
    SWIN["swin_tiny_patch4_window7_224"],
)
"""The networks that experiments start from."""
