import pytest
import torch
from timm.optim import param_groups_weight_decay as timms_groups
from torch import nn

from convnext_viz.train import ema
from convnext_viz.train.optim import decay_groups, optimizer
from convnext_viz.train.recipe import Recipe


@pytest.mark.parametrize("changes", [{}, {"norm": "batch"}, {"layer_scale": 1e-6}])
def test_decay_groups_are_timms(tiny, changes):
    net = tiny(**changes)
    names = {id(p): name for name, p in net.named_parameters()}
    decayed, exempt = decay_groups(net, 0.05)
    theirs = {group["weight_decay"]: group["params"] for group in timms_groups(net, 0.05)}
    assert {names[id(p)] for p in decayed["params"]} == {names[id(p)] for p in theirs[0.05]}
    assert {names[id(p)] for p in exempt["params"]} == {names[id(p)] for p in theirs[0.0]}
    assert (decayed["weight_decay"], exempt["weight_decay"]) == (0.05, 0.0)


@pytest.mark.parametrize("name", ["adamw", "sgd"])
def test_one_step_of_the_optimizer_is_torchs_plain_one(name):
    """The oracle is torch's single-tensor implementation."""
    torch.manual_seed(0)
    ours, plain = nn.Linear(5, 4), nn.Linear(5, 4)
    plain.load_state_dict(ours.state_dict())
    recipe = Recipe(optimizer=name, lr=0.1, weight_decay=0.3, betas=(0.8, 0.95))
    mine = optimizer(ours, recipe)
    groups = [
        {"params": [plain.weight], "weight_decay": 0.3},
        {"params": [plain.bias], "weight_decay": 0},
    ]
    theirs = (
        torch.optim.AdamW(groups, lr=0.1, betas=(0.8, 0.95), eps=1e-8, foreach=False, fused=False)
        if name == "adamw"
        else torch.optim.SGD(groups, lr=0.1, momentum=0.8, nesterov=True, foreach=False)
    )
    for _ in range(4):
        x = torch.randn(3, 5)
        for net, opt in ((ours, mine), (plain, theirs)):
            opt.zero_grad()
            net(x).square().sum().backward()
            opt.step()
    torch.testing.assert_close(ours.state_dict(), plain.state_dict())


def test_the_average_is_the_closed_form():
    net = nn.BatchNorm1d(3)
    average = ema.averaged(net)
    d = 0.75
    values = [torch.randn(3) for _ in range(6)]
    for i, value in enumerate(values):
        with torch.no_grad():
            net.weight.copy_(value)
            net.running_mean.copy_(-value)
            net.num_batches_tracked.fill_(i)
        ema.update(average, net, d)
    n = len(values)
    closed = d**n * torch.ones(3) + (1 - d) * sum(
        d ** (n - 1 - i) * v for i, v in enumerate(values)
    )
    torch.testing.assert_close(average.weight, closed)
    torch.testing.assert_close(average.running_mean, -(closed - d**n))
    assert average.num_batches_tracked == n - 1
    assert not average.training
    assert not average.weight.requires_grad


def test_the_average_does_not_remember_the_start():
    assert ema.decay_at(0, 0.9999) == pytest.approx(0.1)
    assert ema.decay_at(89_990, 0.9999) == pytest.approx(0.9999, abs=1e-9)
    assert ema.decay_at(10**6, 0.9999) == 0.9999
