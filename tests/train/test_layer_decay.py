"""Layer-wise decay: the groups of the official code and of timm, on their own networks.

Every weight of a foreign network is filled with the exponent that the foreign rule gives it; the
weights are renamed as any checkpoint's are, and then say it under our names.
"""

import math
import re

import pytest
import timm as timms
import torch
from timm.optim import param_groups_layer_decay

from convnext_viz.nets import BUNDLED, build, load_card
from convnext_viz.nets.checkpoints.rename import rename
from convnext_viz.specs import CONVNEXT, CONVNEXT_V2, VARIANTS, ConvNeXtSpec, Spec
from convnext_viz.train.layer_decay import official, rates, timm, timm_exponent
from convnext_viz.train.optim import decay_groups
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


SMALL = (
    *("resnet18", "resnet50", "repvgg_a0", "vit_tiny_patch16_224", "deit3_small_patch16_224"),
    *("deit_tiny_distilled_patch16_224", "swin_tiny_patch4_window7_224"),
    "swinv2_tiny_window8_256",
)


@pytest.mark.parametrize(
    "name", [*SMALL, *CONVNEXT_V2, *(one for one in CONVNEXT if one in timms.list_models())]
)
def test_the_rates_of_every_family_are_timms(name: str) -> None:
    """Official groups are for ConvNeXt alone; timm's rule for it is held against timm's too."""
    spec = VARIANTS[name]
    with torch.device("meta"):
        net = timms.create_model(name)
    names = {id(parameter): name for name, parameter in net.named_parameters()}
    groups = param_groups_layer_decay(net, layer_decay=0.5)
    scales = {names[id(p)]: group["lr_scale"] for group in groups for p in group["params"]}
    # One number of each weight is enough to carry what its group is.
    state = {n: torch.tensor(scales[n]).expand(p.shape) for n, p in net.named_parameters()}
    state |= {n: torch.zeros(()).expand(b.shape) for n, b in net.named_buffers()}
    theirs = {n: float(value.flatten()[0]) for n, value in rename(state).items()}
    ours = {n for n, _ in meta(spec).named_parameters()}
    assert {n: 0.5 ** timm_exponent(spec, n) for n in ours} == {n: theirs[n] for n in ours}
    if not isinstance(spec, ConvNeXtSpec) or spec.downsample == "in_block":
        assert rates(spec, ours, decay=0.5) == {n: theirs[n] for n in ours}


@pytest.mark.parametrize("name", BUNDLED)
def test_the_rates_of_the_bundled_networks_are_by_block(name: str) -> None:
    """Of three stages or one, so that only timm's rule is there: the blocks from the last to the
    first, then the stem; the classifier learns at the full rate."""
    spec = load_card(name).spec
    names = [n for n, _ in meta(spec).named_parameters()]
    found = rates(spec, names, lr_scale=2.0, decay=0.5)
    assert {found[n] for n in names if n.startswith("head.fc.")} == {2.0}
    blocks = list(dict.fromkeys(re.match(r"stage\d+\.blocks\.\d+", n)[0] for n in names
                                if re.match(r"stage\d+\.blocks", n)))  # fmt: skip
    for distance, block in enumerate(reversed(blocks), start=1):
        of_block = {found[n] for n in names if n.startswith(f"{block}.")}
        assert of_block == {2.0 * 0.5**distance}
    of_stem = {found[n] for n in names if n.startswith("stem.")}
    assert of_stem == {2.0 * 0.5 ** (len(blocks) + 1)}


@pytest.mark.parametrize("name", [name for name in CONVNEXT if CONVNEXT[name].depths[2] <= 30])
def test_a_convnext_has_the_official_groups(name: str) -> None:
    spec = VARIANTS[name]
    names = [n for n, _ in meta(spec).named_parameters()]
    found = rates(spec, names, decay=0.8)
    assert {n: official(n, spec.depths) for n in names} == {
        n: round(math.log(rate, 0.8)) for n, rate in found.items()
    }
    net = meta(spec)
    groups = decay_groups(net, 0.05, found)
    by_id = {id(p): group for group in groups for p in group["params"]}
    for n, parameter in net.named_parameters():
        assert by_id[id(parameter)]["lr_scale"] == found[n]
        assert by_id[id(parameter)]["weight_decay"] == (0.05 if parameter.ndim > 1 else 0.0)
    assert len(groups) == len({(g["lr_scale"], g["weight_decay"]) for g in groups})


def meta(spec: Spec) -> torch.nn.Module:
    with torch.device("meta"):
        return build(spec)


@pytest.mark.parametrize("depths", [(3, 3, 31, 3), (18,), (2, 4, 3)])
def test_networks_for_which_the_official_rule_has_no_groups_are_named(depths: tuple) -> None:
    with pytest.raises(ValueError, match="four stages and at most 30 blocks"):
        official("stem.conv.weight", depths)
