"""Named networks of the RepVGG family, and what experiments compare in it."""

from dataclasses import replace
from typing import Any

from convnext_viz.specs.repvgg import RepVGGSpec


def _rows(base: RepVGGSpec, rows: dict[str, dict[str, Any]]) -> dict[str, RepVGGSpec]:
    return {name: replace(base, name=name, **row) for name, row in rows.items()}


def _widths(a: float, b: float) -> dict[str, Any]:
    """The paper's multipliers: a of the first three stages' widths, b of the last one's."""
    return {"dims": (int(64 * a), int(128 * a), int(256 * a), int(512 * b))}


_A, _B, _D = (2, 4, 14, 1), (4, 6, 16, 1), (8, 14, 24, 1)

# Ding et al. 2021, Tables 2 and 3, under timm's names; those that timm lacks (g2, B3g2 and
# RepVGGplus) are the official repository's.
REPVGG: dict[str, RepVGGSpec] = _rows(
    RepVGGSpec(),
    {
        "repvgg_a0": {"depths": _A, **_widths(0.75, 2.5)},
        "repvgg_a1": {"depths": _A, **_widths(1, 2.5)},
        "repvgg_a2": {"depths": _A, **_widths(1.5, 2.75)},
        "repvgg_b0": {"depths": _B, **_widths(1, 2.5)},
        "repvgg_b1": {"depths": _B, **_widths(2, 4)},
        "repvgg_b1g2": {"depths": _B, **_widths(2, 4), "groups": 2},
        "repvgg_b1g4": {"depths": _B, **_widths(2, 4), "groups": 4},
        "repvgg_b2": {"depths": _B, **_widths(2.5, 5)},
        "repvgg_b2g2": {"depths": _B, **_widths(2.5, 5), "groups": 2},
        "repvgg_b2g4": {"depths": _B, **_widths(2.5, 5), "groups": 4},
        "repvgg_b3": {"depths": _B, **_widths(3, 5)},
        "repvgg_b3g2": {"depths": _B, **_widths(3, 5), "groups": 2},
        "repvgg_b3g4": {"depths": _B, **_widths(3, 5), "groups": 4},
        "repvgg_d2se": {"depths": _D, **_widths(2.5, 5), "se_reduction": 16},
        "repvggplus_l2pse": {
            "depths": _D,
            **_widths(2.5, 5),
            "se_reduction": 4,
            "se_position": "after_act",
        },
    },
)

# Small networks for 32×32 pictures: the branches of the paper's Table 6 on one body, which is the
# same network once it is deployed.
CIFAR_REPVGG: dict[str, RepVGGSpec] = _rows(
    RepVGGSpec(depths=(2, 4, 2), dims=(48, 96, 144), stem_stride=1, num_classes=10),
    {
        "cifar_repvgg": {},
        "cifar_repvgg_identity": {"pointwise_branch": False},
        "cifar_repvgg_pointwise": {"identity_branch": False},
        "cifar_repvgg_plain": {"pointwise_branch": False, "identity_branch": False},
    },
)

_SCALES = (0.5, 1.0, 2.0)  # of the base's own

REPVGG_FACTORS: dict[str, tuple[Any, ...]] = {
    "identity_branch": (False, True),
    "pointwise_branch": (False, True),
    "form": ("training", "deployed"),
    "kernel_size": (3, 5, 7),
    "groups": (1, 2, 4),
    "depths": _SCALES,
    "dims": _SCALES,
}
"""What experiments compare; the branches first, as the paper's Table 6 does."""

REPVGG_BASES: tuple[RepVGGSpec, ...] = (CIFAR_REPVGG["cifar_repvgg"], REPVGG["repvgg_a0"])
"""The networks that experiments start from."""
