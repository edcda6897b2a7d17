"""torchvision's ResNet-50 with our weights gives our logits."""

import re

import torch
from torchvision.models import resnet50

from convnext_viz.nets import build
from convnext_viz.specs import RESNET
from tests.nets.inputs import images, shaken


def torchvisions_name(name: str) -> str:
    """torchvision's name of one of our ResNet's parameters."""
    name = re.sub(r"^stem\.conv", "conv1", name)
    name = re.sub(r"^stem\.norm", "bn1", name)
    name = re.sub(r"^head\.", "", name)
    name = re.sub(r"^stage(\d)\.blocks\.", r"layer\1.", name)
    parts = {
        "shortcut.conv": "downsample.0",
        "shortcut.norm": "downsample.1",
        "body.pwconv1": "conv1",
        "body.conv": "conv2",
        "body.pwconv2": "conv3",
        "body.norm": "bn",
    }
    for ours, theirs in parts.items():
        name = name.replace(f".{ours}", f".{theirs}")
    return name


def test_resnet50_is_torchvisions() -> None:
    ours = shaken(build(RESNET["resnet50"])).eval()
    theirs = resnet50(weights=None).eval()
    state = theirs.state_dict()
    renamed = {torchvisions_name(name): value for name, value in ours.state_dict().items()}
    assert set(renamed) == set(state)
    theirs.load_state_dict({name: renamed[name].reshape(v.shape) for name, v in state.items()})
    x = images(2, size=(96, 64))
    with torch.no_grad():
        logits, expected = ours(x), theirs(x)
        torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-4 * expected.abs().max())
        assert expected.std() > 1e-3
