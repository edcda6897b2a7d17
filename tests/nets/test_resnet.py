"""ResNets of torchvision and timm with our weights give our logits, and cost what ours do."""

import re

import pytest
import timm
import torch
import torchvision
from torch import nn

from convnext_viz.nets import build
from convnext_viz.plans import plan
from convnext_viz.specs import RESNET
from tests.nets.inputs import images, shaken
from tests.plans.test_counts import totals

NAMES = ["resnet18", "resnet34", "resnet50", "resnext50_32x4d"]  # every form of block


def their_name(name: str) -> str:
    """torchvision's and timm's name of one of our ResNet's parameters."""
    name = re.sub(r"^stem\.conv", "conv1", name)
    name = re.sub(r"^stem\.norm", "bn1", name)
    name = re.sub(r"^head\.", "", name)
    name = re.sub(r"^stage(\d)\.blocks\.", r"layer\1.", name)
    parts = {
        "shortcut.conv": "downsample.0",
        "shortcut.norm": "downsample.1",
        "body.pwconv1": "conv1",
        "body.conv.": "conv2.",
        "body.pwconv2": "conv3",
        "body.conv": "conv",  # conv1 and conv2 of a basic block
        "body.norm": "bn",
    }
    for ours, theirs in parts.items():
        name = name.replace(f".{ours}", f".{theirs}")
    return name


def from_torchvision(name: str) -> nn.Module:
    return torchvision.models.get_model(name, weights=None)  # type: ignore[no-any-return]


def from_timm(name: str) -> nn.Module:
    return timm.create_model(name)  # type: ignore[no-any-return]


MAKERS = {"torchvision": from_torchvision, "timm": from_timm}


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("name", NAMES)
def test_equal_weights_give_equal_logits(name: str, maker: str) -> None:
    ours = shaken(build(RESNET[name])).eval()
    theirs = MAKERS[maker](name).eval()
    state = theirs.state_dict()
    renamed = {their_name(name): value for name, value in ours.state_dict().items()}
    assert set(renamed) == set(state)
    theirs.load_state_dict({name: renamed[name].reshape(v.shape) for name, v in state.items()})
    x = images(2, size=(96, 64))
    with torch.no_grad():
        logits, expected = ours(x), theirs(x)
        torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-4 * expected.abs().max())
        assert expected.std() > 1e-3


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("name", RESNET)
def test_they_cost_the_same(name: str, maker: str) -> None:
    if maker == "torchvision" and not hasattr(torchvision.models, name):
        pytest.skip("torchvision has no network of that name")
    with torch.device("meta"):
        theirs = MAKERS[maker](name)
    described = plan(RESNET[name], 96)
    assert (described.params, described.macs) == totals(theirs, 3, 96)
