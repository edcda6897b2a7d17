"""Re-parameterization: the deployed network is the trained one, and what people get wrong."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from convnext_viz.nets import build
from convnext_viz.nets.checkpoints.rename import rename
from convnext_viz.nets.layers import Residual
from convnext_viz.nets.reparam import (
    MISTAKES,
    blocks,
    fused_branches,
    identity_kernel,
    reparameterize,
    summed,
)
from convnext_viz.nets.weights import fill
from convnext_viz.plans import plan
from convnext_viz.specs import RepVGGSpec
from tests.nets.inputs import images, shaken
from tests.nets.official_repvgg import Official

TINY = RepVGGSpec(name="tiny", depths=(2, 3, 1), dims=(8, 12, 16), num_classes=5)
SPECS = {
    "plain": TINY,
    "groups 2": replace(TINY, groups=2),
    "groups 4": replace(TINY, groups=4),
    "one channel a group": replace(TINY, dims=(8, 8, 8), groups=8),
    "se": replace(TINY, se_reduction=4),
    "se behind": replace(TINY, se_reduction=2, se_position="after_act"),
    "5×5": replace(TINY, kernel_size=5, stem_stride=1),
    "no identity": replace(TINY, identity_branch=False),
    "no 1×1": replace(TINY, pointwise_branch=False),
    "one branch": replace(TINY, identity_branch=False, pointwise_branch=False),
    "features": replace(TINY, num_classes=0, norm_eps=1e-3),
}


def trained(spec: RepVGGSpec) -> nn.Sequential:
    return shaken(build(spec, seed=0)).double().eval()


def relative(found: Tensor, expected: Tensor) -> float:
    return float((found - expected).detach().abs().max() / expected.detach().abs().max())


@pytest.mark.parametrize("name", SPECS)
def test_the_deployed_network_is_the_trained_one(name: str) -> None:
    spec, net = SPECS[name], trained(SPECS[name])
    before = {key: tensor.clone() for key, tensor in net.state_dict().items()}
    deployed = reparameterize(net, spec)
    x = images(size=(33, 47)).double()
    assert relative(deployed(x), net(x)) <= 1e-12
    assert all(torch.equal(before[key], tensor) for key, tensor in net.state_dict().items())
    assert not any(isinstance(m, nn.BatchNorm2d | Residual) for m in deployed.modules())
    params = plan(replace(spec, form="deployed")).params
    assert sum(p.numel() for p in deployed.parameters()) == params


@pytest.mark.parametrize("name", ["plain", "groups 2", "groups 4", "se"])
def test_it_is_the_official_conversion(name: str) -> None:
    theirs = shaken(Official(SPECS[name])).double().eval()
    net = fill(SPECS[name], rename(theirs.state_dict()))
    deployed = reparameterize(net, SPECS[name]).state_dict()
    official = rename(theirs.deploy().state_dict())
    assert deployed.keys() == official.keys()
    for key, tensor in official.items():
        torch.testing.assert_close(deployed[key], tensor, rtol=1e-12, atol=1e-14)


def test_every_branch_is_a_convolution_by_itself() -> None:
    net = trained(SPECS["groups 4"])
    seen: dict[str, int] = {}
    for _, block in blocks(net):
        assert isinstance(block, Residual)
        conv = block.branches["dense"].conv
        x = images(channels=conv.in_channels, size=(7, 9)).double()
        assert isinstance(conv, nn.Conv2d)
        for branch in fused_branches(block):
            y = nn.functional.conv2d(x, branch.fused, branch.bias, conv.stride, 1, 1, conv.groups)
            assert relative(y, block.branches[branch.name](x)) <= 1e-12
            seen[branch.name] = seen.get(branch.name, 0) + 1
    assert seen == {"dense": 7, "pointwise": 7, "identity": 3}


def test_the_identity_kernel_counts_within_groups() -> None:
    x = images(channels=6, size=(5, 4))
    for groups in (1, 2, 3, 6):
        kernel = identity_kernel((6, 6 // groups, 3, 3))
        assert kernel.sum() == 6
        assert torch.equal(nn.functional.conv2d(x, kernel, padding=1, groups=groups), x)


def test_a_deployed_network_is_copied() -> None:
    deployed = reparameterize(trained(SPECS["se"]), SPECS["se"])
    again = reparameterize(deployed, replace(SPECS["se"], form="deployed"))
    x = images().double()
    assert again is not deployed and torch.equal(again(x), deployed(x))


def test_rounding_is_what_float32_leaves() -> None:
    net = shaken(build(TINY, seed=0)).eval()
    assert 0 < relative(reparameterize(net, TINY)(images()), net(images())) <= 1e-5


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_changes_the_network(mistake: str) -> None:
    net, x = trained(TINY), images().double()
    assert relative(reparameterize(net, TINY, fuse=MISTAKES[mistake])(x), net(x)) > 1e-3


def test_mistakes_do_what_they_are_called() -> None:
    (_, block) = list(blocks(trained(TINY)))[2]
    branches = {branch.name: branch for branch in fused_branches(block)}
    right, _ = summed(tuple(branches.values()))
    wrong = {name: fuse(tuple(branches.values()))[0] for name, fuse in MISTAKES.items()}
    torch.testing.assert_close(wrong["dense_alone"], branches["dense"].fused)
    moved = wrong["corner"] - right
    assert moved.abs().sum((0, 1)).nonzero().tolist() == [[0, 0], [1, 1]]
    middle = branches["pointwise"].fused[:, :, 1, 1]
    torch.testing.assert_close(moved[:, :, 0, 0], middle)
    torch.testing.assert_close(moved[:, :, 1, 1], -middle)
    ones = wrong["ones"] - right + branches["identity"].fused
    factor = branches["identity"].factor[:, None, None, None]
    torch.testing.assert_close(ones, factor.expand_as(ones))
