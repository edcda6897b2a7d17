import pytest
import timm
import torch
from timm.optim import param_groups_weight_decay
from torch import nn

from convnext_viz.nets import build
from convnext_viz.specs import VARIANTS
from convnext_viz.train import ema
from convnext_viz.train.optim import decay_groups, optimizer
from convnext_viz.train.recipe import Recipe


def by_name(net, groups):
    names = {id(p): name for name, p in net.named_parameters()}
    return {group["weight_decay"]: {names[id(p)] for p in group["params"]} for group in groups}


@pytest.mark.parametrize(
    "name", ["convnext_atto", "convnextv2_atto", "cifar_bn_relu", "resnet18", "resnext50_32x4d"]
)
def test_decay_groups_are_timms(name):
    with torch.device("meta"):
        net = build(VARIANTS[name])
    assert by_name(net, decay_groups(net, 0.05)) == by_name(
        net, param_groups_weight_decay(net, 0.05)
    )


@pytest.mark.parametrize("name", ["vit_tiny_patch16_224", "swin_tiny_patch4_window7_224"])
def test_what_is_no_matrix_never_decays(name):
    """The oracle is timm's list of what its own models exempt."""
    with torch.device("meta"):
        net = timm.create_model(name)
    exempt = net.no_weight_decay() | {n for n, _ in net.named_parameters() if "bias_table" in n}
    assert exempt & {n for n, _ in net.named_parameters()}
    theirs = param_groups_weight_decay(net, 0.05, no_weight_decay_list=exempt)
    assert by_name(net, decay_groups(net, 0.05)) == by_name(net, theirs)


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
