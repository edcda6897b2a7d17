"""Kernels are the weights."""

import numpy as np
import pytest
import torch
from torch import nn

from convnext_viz.explain.inside.kernels import first_patches, stage_kernels
from convnext_viz.results import Kernels
from tests.explain.small_nets import SPECS


def test_every_block_of_a_stage(kind: str, net: nn.Sequential) -> None:
    found = stage_kernels(net, "stage1")
    assert len(found) == SPECS[kind].depths[0]
    for one in found:
        weight = net.get_submodule(one.name).weight
        assert torch.equal(torch.from_numpy(one.values), weight[:, 0])
        one.values[:] = 0  # a copy
        assert weight.abs().max() > 0
    with pytest.raises(ValueError, match=r"head.*stage1"):
        stage_kernels(net, "head")


def test_patches_are_rgb_last(net: nn.Sequential) -> None:
    found = first_patches(net)
    weight = net.get_submodule(found.name).weight.numpy()
    np.testing.assert_array_equal(found.values[2, :, :, 1], weight[2, 1])
    assert found.values.shape[-1] == 3


def test_the_share_of_a_kernels_middle() -> None:
    """Equal weights: nine of forty-nine; one weight alone: all or nothing."""
    equal = Kernels(name="conv", values=np.full((2, 7, 7), -0.3, np.float32))
    assert equal.centre_share() == pytest.approx(9 / 49)
    assert equal.centre_share(5) == pytest.approx(25 / 49)
    alone = np.zeros((1, 7, 7), np.float32)
    alone[0, 2, 4] = 2
    assert Kernels(name="conv", values=alone).centre_share() == 1
    alone[0, 1, 4], alone[0, 2, 4] = 2, 0
    assert Kernels(name="conv", values=alone).centre_share() == 0
    assert Kernels(name="conv", values=equal.values[:, :3, :3]).centre_share() == 1


@pytest.mark.parametrize(("channels", "shown"), [(1, (0, 0, 0)), (2, (0, 0, 0)), (5, (0, 1, 2))])
def test_patches_of_other_channels_are_grey_or_the_first_three(
    channels: int, shown: tuple[int, ...]
) -> None:
    conv = nn.Conv2d(channels, 4, 3)
    found = first_patches(nn.Sequential(conv, nn.Identity()))
    expected = conv.weight.detach().numpy()[:, list(shown)].transpose(0, 2, 3, 1)
    np.testing.assert_array_equal(found.values, expected)
