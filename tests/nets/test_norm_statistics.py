"""Statistics of an untrained network: those of the images, as torch computes them."""

import torch
from torch import nn

from convnext_viz.nets import build
from convnext_viz.nets.norm_statistics import with_statistics
from convnext_viz.specs import RepVGGSpec
from tests.nets.inputs import images

TINY = RepVGGSpec(name="tiny", depths=(2, 1), dims=(8, 12), num_classes=5)


def test_statistics_are_those_of_the_images() -> None:
    x = images(size=(16, 16))
    net = with_statistics(build(TINY, seed=0), x)
    assert not any(module.training for module in net.modules())
    branch = net.get_submodule("stem.blocks.0.dense")
    found = branch.get_submodule("conv")(x)
    norm = branch.get_submodule("norm")
    assert isinstance(norm, nn.BatchNorm2d)
    torch.testing.assert_close(norm.running_mean, found.mean((0, 2, 3)))
    torch.testing.assert_close(norm.running_var, found.var((0, 2, 3)))
    assert norm.momentum == 0.1


def test_it_repeats() -> None:
    x = images(size=(16, 16))
    one, two = (with_statistics(build(TINY, seed=0), x, seed=3).state_dict() for _ in range(2))
    assert all(torch.equal(one[name], two[name]) for name in one)
