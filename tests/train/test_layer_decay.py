"""Layer-wise decay: the groups of the official code and of timm, on their own networks.

Every weight of a foreign network is filled with the exponent that the foreign rule gives it; the
weights are renamed as any checkpoint's are, and then say it under our names.
"""

import math

import pytest
import timm as timms
import torch
from timm.optim import param_groups_layer_decay

from convnext_viz.nets.checkpoints.rename import rename
from convnext_viz.specs import CONVNEXT, ConvNeXtSpec
from convnext_viz.train.layer_decay import official, timm
from tests.nets.official import Official

# optim_factory.py, get_num_layer_for_convnext, name by name; everything else is 13.
IDS = {"downsample_layers.0.": 0, "stages.0.": 1, "downsample_layers.1.": 2, "stages.1.": 2}
IDS |= {"downsample_layers.2.": 3, "downsample_layers.3.": 12, "stages.3.": 12}
IDS |= {f"stages.2.{block}.": 3 + block // 3 for block in range(30)}

# 0.8^(13 − id) for the ids 0 … 13, to four digits.
SCALES = [0.055, 0.0687, 0.0859, 0.1074, 0.1342, 0.1678, 0.2097]
SCALES += [0.2621, 0.3277, 0.4096, 0.512, 0.64, 0.8, 1.0]


def exponents(net: torch.nn.Module, by_name: dict[str, float]) -> dict[str, float]:
    """What every parameter was filled with, under our names."""
    state = {name: torch.full(p.shape, by_name[name]) for name, p in net.named_parameters()}
    return {name: float(tensor.flatten()[0]) for name, tensor in rename(state).items()}


@pytest.mark.parametrize("depths", [(3, 3, 27, 3), (3, 3, 9, 3), (2, 1, 30, 4)])
def test_the_groups_are_the_official_ones(depths: tuple[int, ...]) -> None:
    net = Official(ConvNeXtSpec(depths=depths, dims=(2, 4, 6, 8), num_classes=3))
    ids = {
        name: next((number for part, number in IDS.items() if name.startswith(part)), 13)
        for name, _ in net.named_parameters()
    }
    theirs = exponents(net, {name: 13.0 - number for name, number in ids.items()})
    assert {name: official(name, depths) for name in theirs} == theirs
    scales = {round(0.8**exponent, 4) for exponent in theirs.values()}
    assert scales <= set(SCALES)
    # T has three groups of stage 3; then the rate jumps from d⁸ to d.
    assert len(scales) == {27: 14, 9: 8, 30: 14}[depths[2]]


@pytest.mark.parametrize("name", ["convnext_tiny", "convnext_base"])
def test_the_groups_are_timms(name: str) -> None:
    depths = CONVNEXT[name].depths
    net = timms.create_model(name, dims=(2, 4, 6, 8), num_classes=3)
    names = {id(parameter): name for name, parameter in net.named_parameters()}
    groups = param_groups_layer_decay(net, layer_decay=0.5)
    theirs = exponents(
        net,
        {names[id(p)]: -math.log2(group["lr_scale"]) for group in groups for p in group["params"]},
    )
    assert {name: timm(name, depths) for name in theirs} == theirs
    assert max(theirs.values()) == {"convnext_tiny": 19, "convnext_base": 37}[name]


@pytest.mark.parametrize("depths", [(3, 3, 31, 3), (18,), (2, 4, 3)])
def test_networks_for_which_the_official_rule_has_no_groups_are_named(depths: tuple) -> None:
    with pytest.raises(ValueError, match="four stages and at most 30 blocks"):
        official("stem.conv.weight", depths)
