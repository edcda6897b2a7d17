"""The roadmap from ResNet to ConvNeXt, one change at a time (Liu et al. 2022, section 2).

What the paper leaves open costs no multiply-adds; it is chosen here so: the patchify stem keeps the
norm and activation of the block's kind; the 1×1 shortcut carries a norm while blocks keep every
norm; convolutions get a bias when their norms go; layer scale and stochastic depth belong to the
recipe (Table 5), so they come with it.
"""

from dataclasses import dataclass, replace
from typing import Any

from convnext_viz.specs.convnext import ConvNeXtSpec
from convnext_viz.specs.convnext_variants import RESNET
from convnext_viz.text import t


@dataclass(frozen=True, kw_only=True)
class Step:
    """One network of the roadmap; ``adopted`` is False for kernel sizes tried and left again."""

    key: str
    spec: ConvNeXtSpec
    adopted: bool = True


_DOUBLING = (1, 2, 4, 8)
_INVERTED = {"bottleneck": "inverted"}
_MOVED = {"conv_position": "first"}
_GELU = {"act": "gelu"}
_FEWER_ACTS = {"block_acts": "one", "stem_act": False}
_FEWER_NORMS = {"block_norms": "one", "conv_bias": True}
_LAYER_NORM = {"norm": "layer", "norm_eps": 1e-6}
_SEPARATE = {"downsample": "separate", "head_norm": "after_pool"}
_TRIALS = ("kernel5", "kernel9", "kernel11")  # kernel5 is a stop on the way, 9 and 11 do not pay

REGIMES: dict[str, dict[str, Any]] = {
    # Table 10 (towards ConvNeXt-T) and Table 11 (towards ConvNeXt-B, where the width already
    # grows to 84 with the stage ratio).
    "resnet50": {"start": "resnet50", "depths": (3, 3, 9, 3), "narrow": 64, "wide": 96},
    "resnet200": {"start": "resnet200", "depths": (3, 3, 27, 3), "narrow": 84, "wide": 128},
}


def roadmap(regime: str = "resnet50") -> tuple[Step, ...]:
    """The networks of Table 10 (``"resnet50"``) or Table 11 (``"resnet200"``), in their order.

    Raises ``ValueError`` for another regime.
    """
    if regime not in REGIMES:
        known = ", ".join(REGIMES)
        raise ValueError(t("specs.error.unknown_name", name=regime, known=known))
    row = REGIMES[regime]
    drop_path = 0.1 if regime == "resnet50" else 0.5  # Table 5: T 0.1, B 0.5
    changes: tuple[tuple[str, dict[str, Any]], ...] = (
        ("recipe", {"layer_scale": 1e-6, "drop_path_rate": drop_path}),
        ("stage_ratio", {"depths": row["depths"], "dims": _times(row["narrow"])}),
        ("patchify", {"stem": "patchify"}),
        ("depthwise", {"depthwise": True}),
        ("width", {"dims": _times(row["wide"])}),
        ("inverted", _INVERTED),
        ("move_up", _MOVED),
        ("kernel5", {"kernel_size": 5}),
        ("kernel7", {"kernel_size": 7}),
        ("kernel9", {"kernel_size": 9}),
        ("kernel11", {"kernel_size": 11}),
        ("gelu", {**_GELU, "kernel_size": 7}),
        ("fewer_acts", _FEWER_ACTS),
        ("fewer_norms", _FEWER_NORMS),
        ("layer_norm", _LAYER_NORM),
        ("separate", _SEPARATE),
    )
    spec = replace(RESNET[row["start"]], name=f"{regime}_start")
    steps = [Step(key="start", spec=spec)]
    for key, change in changes:
        spec = replace(spec, name=f"{regime}_{key}", **change)
        steps.append(Step(key=key, spec=spec, adopted=key not in _TRIALS))
    return tuple(steps)


def _times(width: int) -> tuple[int, ...]:
    return tuple(width * factor for factor in _DOUBLING)
