"""Multiplications by Winograd's algorithm, which RepVGG's tables count beside the multiply-adds."""

from collections.abc import Iterable

from convnext_viz.plans.kinds import Layer

_CONVOLUTIONS = ("conv", "grouped", "depthwise")


def applies(layer: Layer) -> bool:
    """Whether the algorithm takes a layer: convolutions of 3×3 and stride 1 alone, grouped too."""
    return layer.kind in _CONVOLUTIONS and (layer.kernel_size, layer.stride) == (3, 1)


def winograd(layers: Iterable[Layer]) -> int:
    """Multiplications of layers for one image; what the algorithm does not take counts in full.

    F(2×2, 3×3) computes four outputs with 16 multiplications instead of 36, that is 4/9 of them.
    Source: Lavin & Gray 2016, "Fast Algorithms for Convolutional Neural Networks", section 4.1;
    Ding et al. 2021, the column "Wino MULs" of Tables 4 and 5.
    """
    return sum(layer.macs // 9 * 4 if applies(layer) else layer.macs for layer in layers)
