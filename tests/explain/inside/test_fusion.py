"""What a page shows of re-parameterization: kernels of a block, and how far outputs drift."""

from dataclasses import replace
from math import inf

import numpy as np
import pytest
import torch

from convnext_viz.explain.inside.fusion import WAYS, block_forms, by_way, drift, fusion
from convnext_viz.nets import build
from convnext_viz.nets.reparam import reparameterize
from convnext_viz.specs import RepVGGSpec
from tests.nets.inputs import images, shaken

SPEC = RepVGGSpec(name="tiny", depths=(2, 2), dims=(8, 12), groups=2, num_classes=5)
NET = shaken(build(SPEC, seed=0)).double().eval()


def test_the_parts_of_a_block_are_its_own_and_add_up() -> None:
    found = fusion(NET, "stage1.blocks.1")
    assert [branch.name for branch in found.branches] == ["dense", "pointwise", "identity"]
    deployed = reparameterize(NET, SPEC).get_submodule("stage1.blocks.1.conv")
    np.testing.assert_array_equal(found.kernel, deployed.weight.numpy())
    np.testing.assert_array_equal(found.bias, deployed.bias.numpy())
    total = sum(branch.fused for branch in found.branches)
    np.testing.assert_allclose(total, found.kernel, rtol=1e-12)
    norm = NET.get_submodule("stage1.blocks.1.identity.norm")
    identity = found.branches[2]
    np.testing.assert_array_equal(identity.gamma, norm.weight.detach().numpy())
    sigma = (norm.running_var + 1e-5).sqrt().numpy()
    np.testing.assert_allclose(identity.sigma, sigma, rtol=1e-12)
    assert identity.kernel.shape == (8, 4, 3, 3) and identity.kernel.sum() == 8


def test_a_block_that_there_is_not_is_named() -> None:
    with pytest.raises(ValueError, match=r"stage3\.blocks\.0.*stage2\.blocks\.1"):
        fusion(NET, "stage3.blocks.0")


def test_the_right_way_drifts_by_rounding_alone() -> None:
    x = images(4)
    assert drift(NET, SPEC, x.double()).difference <= 1e-12
    single = shaken(build(SPEC, seed=0)).eval()
    assert 1e-12 < drift(single, SPEC, x).difference <= 1e-5
    assert drift(NET, SPEC, x.double()).predictions == 0


@pytest.mark.parametrize("way", WAYS[1:])
def test_a_mistake_drifts(way: str) -> None:
    before = [p.clone() for p in [*NET.parameters(), *NET.buffers()]]
    found = drift(NET, SPEC, images(4).double(), way)
    assert found.way == way and found.difference > 1e-3
    assert all(map(torch.equal, before, [*NET.parameters(), *NET.buffers()]))
    assert not NET.training


def test_an_overflow_is_infinite() -> None:
    spec = replace(SPEC, depths=(40,), dims=(64,), groups=1)
    net = shaken(build(spec, seed=0)).eval()
    assert drift(net, spec, images(1), "ones").difference == inf


def test_a_net_in_train_mode_is_refused() -> None:
    with pytest.raises(ValueError):
        drift(build(SPEC), SPEC, images(1))


def test_a_blocks_outputs_are_those_inside_the_network() -> None:
    x, block = images(1).double(), "stage2.blocks.1"
    found = block_forms(NET, by_way(NET, SPEC, "fused"), x, block)
    assert found.difference <= 1e-12 and found.expected.shape == found.found.shape
    with torch.no_grad():  # the last block: what is left is the head
        logits = NET.get_submodule("head")(torch.from_numpy(found.expected)[None])
        torch.testing.assert_close(logits, NET(x), rtol=0, atol=0)
    np.testing.assert_allclose(found.found, found.expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("way", WAYS[1:])
def test_a_mistake_changes_the_output_of_a_block(way: str) -> None:
    found = block_forms(NET, by_way(NET, SPEC, way), images(1).double(), "stage1.blocks.1", way=way)
    largest = np.abs(found.found - found.expected).max() / np.abs(found.expected).max()
    assert found.difference == pytest.approx(largest) and largest > 1e-3
