"""The walk through a net against slices, hand-made gradients and nets that are dead by design."""

import copy
import math

import pytest
import torch
from torch.nn import functional as F

from convnext_viz.nets import build
from convnext_viz.specs import CIFAR, ConvNeXtSpec
from convnext_viz.train.internals import internals
from convnext_viz.train.probes import predictions, probe_images

NETS = {
    "ln": ConvNeXtSpec(depths=(1, 2), dims=(8, 16), num_classes=10, layer_scale=0.1),
    "bn": ConvNeXtSpec(
        depths=(1, 1), dims=(8, 16), num_classes=10, norm="batch", act="relu", grn=True
    ),
    "classic": ConvNeXtSpec(
        depths=(1, 1), dims=(8, 8), num_classes=10, bottleneck="classic", conv_position="middle",
        downsample="in_block", block_acts="every", block_norms="every", act="relu", norm="batch",
        layer_scale=None,
    ),
}  # fmt: skip


@pytest.fixture(params=NETS)
def net(request):
    return build(NETS[request.param], seed=1)


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(0)
    return torch.randn(6, 3, 32, 32, generator=generator), torch.arange(6)


def test_stages_are_the_slices_of_the_net(net, batch):
    x, labels = batch
    rows = internals(net, x, labels)
    net.eval()
    assert [row.stage for row in rows] == [name for name, _ in net.named_children()]
    for k, row in enumerate(rows, 1):
        output = net[:k](x)
        assert row.mean == pytest.approx(output.mean().item(), abs=1e-6)
        assert row.std == pytest.approx(output.std().item(), rel=1e-4)


def test_gradient_norms_are_backwards(net, batch):
    x, labels = batch
    rows = internals(net, x, labels)
    net.eval()
    F.cross_entropy(net(x), labels).backward()
    for row, stage in zip(rows, net, strict=True):
        squares = sum(p.grad.square().sum().item() for p in stage.parameters())
        assert row.grad_norm == pytest.approx(math.sqrt(squares), rel=1e-4)


def test_looking_changes_nothing(net, batch):
    before = copy.deepcopy(net.state_dict())
    random = torch.get_rng_state()
    internals(net, *batch)
    assert net.training
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert all(p.grad is None for p in net.parameters())
    assert torch.equal(torch.get_rng_state(), random)


def test_units_that_are_dead_by_design_are_counted(batch):
    net = build(NETS["bn"], seed=0)
    body = net.get_submodule("stage2.blocks.0.body")
    with torch.no_grad():
        body.pwconv1.bias[:16] = -1e6  # of 64 hidden channels
        body.pwconv1.bias[16:] = 1e6
    rows = {row.stage: row for row in internals(net, *batch)}
    assert rows["stage2"].dead == 0.25
    assert math.isnan(rows["stem"].dead)


def test_gamma_is_the_mean_of_its_size(batch):
    net = build(NETS["ln"], seed=0)
    with torch.no_grad():
        net.get_submodule("stage2.blocks.0.body.gamma").weight.fill_(-0.5)
        net.get_submodule("stage2.blocks.1.body.gamma").weight.fill_(0.1)
    rows = {row.stage: row for row in internals(net, *batch)}
    assert rows["stage2"].gamma == pytest.approx(0.3)
    assert math.isnan(rows["head"].gamma)


def test_a_published_net_can_be_looked_into():
    net = build(CIFAR["cifar_bn_relu"], seed=0)
    rows = internals(net, torch.randn(2, 3, 32, 32), torch.tensor([0, 1]))
    assert all(math.isfinite(row.grad_norm) and math.isfinite(row.std) for row in rows)


def test_watched_pictures_take_the_classes_in_turn(dataset):
    chosen = probe_images(dataset, 16)
    assert dataset.test_labels[chosen].tolist() == [*range(10), *range(6)]
    assert len(set(chosen.tolist())) == 16
    assert len(probe_images(dataset, 1000)) == 40


def test_predictions_are_the_nets(dataset, tiny):
    net = tiny()
    images = dataset.test_images[:5]
    mean, std = (torch.tensor(v)[:, None, None] for v in (dataset.mean, dataset.std))
    x = (images / 255 - mean) / std
    classes, chances = predictions(net, x)
    expected = copy.deepcopy(net).eval()(x).softmax(1).max(1)
    assert classes == expected.indices.tolist()
    assert chances == pytest.approx(expected.values.tolist(), abs=1e-5)
    assert net.training
