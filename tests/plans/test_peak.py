"""Peak activation against closed forms: a block of three branches keeps four maps, a chain two."""

from dataclasses import replace
from math import prod

import pytest

from convnext_viz.plans import plan
from convnext_viz.plans.peak import peak
from convnext_viz.specs import RESNET, VARIANTS, RepVGGSpec

# A first stage so wide that its second block, which keeps the shape, needs most: 512×8×8.
WIDE = RepVGGSpec(name="wide", depths=(3, 1), dims=(512, 16), num_classes=5)
MAP = 512 * 8 * 8


@pytest.mark.parametrize(
    ("changes", "maps"),
    [
        ({}, 4),  # input, two outputs of branches, and what the third puts out
        ({"identity_branch": False}, 3),  # input, the first output, and the 1×1's
        ({"form": "deployed"}, 2),
        ({"identity_branch": False, "pointwise_branch": False}, 2),
    ],
)
def test_a_block_keeps_so_many_maps(changes: dict[str, object], maps: int) -> None:
    assert peak(plan(replace(WIDE, **changes), 32)) == maps * MAP


def test_a_network_needs_at_least_its_largest_layer() -> None:
    for name in ("convnext_tiny", "repvgg_a0", "swin_tiny_patch4_window7_224", *list(RESNET)[:2]):
        described = plan(VARIANTS[name])
        largest = max(prod(one.in_shape) + prod(one.out_shape) for one in described.layers)
        assert largest <= peak(described) <= sum(prod(one.out_shape) for one in described.layers)
