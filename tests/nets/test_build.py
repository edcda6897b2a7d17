"""A built net: weights at the start, train and eval, layouts, slices, and torchvision's ResNet."""

import copy
import io
import pickle
import re
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from torch import Tensor, nn

from convnext_viz.nets import build
from convnext_viz.nets.layers import GRN, DropPath, LayerScale
from convnext_viz.plans import plan, smallest_image
from convnext_viz.specs import CIFAR, CONVNEXT, RESNET, ConvNeXtSpec
from convnext_viz.specs.fields import described
from tests.nets.inputs import images, shaken
from tests.strategies import specs

TINY = ConvNeXtSpec(depths=(1, 1, 2, 1), dims=(8, 16, 24, 32), num_classes=10, layer_scale=0.5)
TINY_V2 = replace(TINY, grn=True, layer_scale=None)
TINY_BN = replace(TINY, norm="batch", act="relu")
TINY_RESNET = replace(RESNET["resnet50"], depths=(1, 1, 1, 1), dims=(4, 8, 16, 32), num_classes=10)
NETS = {
    "convnext": TINY,
    "convnext_v2": TINY_V2,
    "batch_norm": TINY_BN,
    "rms_norm": replace(TINY, norm="rms", stem="overlap_act"),
    "simple_norm": replace(TINY, norm="simple", stem="overlap_tiered"),
    "resnet": TINY_RESNET,
    "head_norm_first": replace(TINY, head_norm="before_pool"),
    "mlp_head": replace(TINY, head_hidden=12, drop_rate=0.1),
    "isotropic": ConvNeXtSpec(
        depths=(3,), dims=(16,), patch_size=8, stem_norm=False, num_classes=10
    ),
    "cifar": replace(CIFAR["cifar_bn_gelu"], dims=(8, 16, 32)),
}


@pytest.fixture(params=NETS)
def net(request: pytest.FixtureRequest) -> nn.Sequential:
    return shaken(build(NETS[request.param], seed=0)).eval()


@settings(max_examples=60)
@given(specs())
def test_every_spec_builds_a_net_that_trains(spec: ConvNeXtSpec) -> None:
    net = build(spec, seed=0)
    side = 2 * smallest_image(spec)  # BatchNorm wants more than one value a channel
    x = images(2, size=(side, side + 1), channels=spec.in_chans)
    out = net(x)
    assert out.shape == (2, *plan(spec, (side, side + 1)).out_shape)
    assert torch.isfinite(out).all()
    out.square().sum().backward()
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name


def test_children_are_the_plans_stages_and_nothing_else(net: nn.Sequential) -> None:
    assert type(net) is nn.Sequential
    names = [name for name, _ in net.named_children()]
    assert names == ["stem", *(f"stage{i}" for i in range(1, len(names) - 1)), "head"]


def test_a_seed_fixes_every_weight() -> None:
    first, again, other = (build(TINY, seed=seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert not torch.equal(first["head.fc.weight"], other["head.fc.weight"])


def test_a_seed_leaves_the_global_random_state() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    build(TINY, seed=1)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an accelerator")
def test_a_seed_leaves_the_accelerators_random_state() -> None:
    torch.cuda.manual_seed_all(5)
    expected = torch.rand(3, device="cuda")
    torch.cuda.manual_seed_all(5)
    build(TINY, seed=1)
    assert torch.equal(torch.rand(3, device="cuda"), expected)


def test_without_a_seed_the_global_random_state_decides() -> None:
    torch.manual_seed(5)
    first, second = build(TINY).state_dict(), build(TINY).state_dict()
    torch.manual_seed(5)
    third = build(TINY).state_dict()
    assert torch.equal(first["stem.conv.weight"], third["stem.conv.weight"])
    assert not torch.equal(first["stem.conv.weight"], second["stem.conv.weight"])


def test_weights_start_as_in_the_papers_code() -> None:
    # models/convnext.py, _init_weights: trunc_normal_(std=.02), biases 0; gamma 1e-6.
    net = build(CONVNEXT["convnext_atto"], seed=0)
    looked_at = 0
    for name, parameter in net.named_parameters():
        if parameter.dim() > 1:
            n = parameter.numel()
            assert parameter.mean().item() == pytest.approx(0, abs=5 * 0.02 / n**0.5), name
            assert parameter.std().item() == pytest.approx(0.02, rel=5 / (2 * n) ** 0.5), name
            looked_at += n
        elif name.endswith("gamma.weight"):
            assert torch.equal(parameter, torch.full_like(parameter, 1e-6)), name
        elif name.endswith("bias"):
            assert not parameter.any(), name
        else:
            assert re.search(r"norm\.weight$", name), name
            assert torch.equal(parameter, torch.ones_like(parameter)), name
    weights = torch.cat([p.detach().flatten() for p in net.parameters() if p.dim() > 1])
    assert looked_at > 3_000_000
    # Cut at ±2, a hundred deviations away: a plain normal, with its kurtosis of 3.
    assert (weights / 0.02).pow(4).mean().item() == pytest.approx(3, abs=0.05)


def test_grn_starts_at_zero_and_costs_the_first_net_nothing() -> None:
    net = build(TINY_V2, seed=0).eval()
    grns = [module for module in net.modules() if isinstance(module, GRN)]
    assert len(grns) == sum(TINY_V2.depths)
    assert not any(grn.weight.any() or grn.bias.any() for grn in grns)
    plain = build(replace(TINY_V2, grn=False), seed=0).eval()
    plain.load_state_dict(net.state_dict(), strict=False)
    assert torch.equal(plain(images()), net(images()))


@pytest.mark.parametrize("kind", described(ConvNeXtSpec)["norm"].choices)
def test_norms_take_the_specs_epsilon(kind: str) -> None:
    net = build(replace(TINY_V2, norm=kind, norm_eps=0.1))  # type: ignore[arg-type]
    grns = sum(TINY_V2.depths)  # GRN keeps the paper's 1e-6
    epsilons = [module.eps for module in net.modules() if hasattr(module, "eps")]
    assert sorted(epsilons) == [1e-6] * grns + [0.1] * (len(epsilons) - grns)
    assert len(epsilons) == 2 * grns + 5  # every block, the stem, three downsamplings, the head


@pytest.mark.parametrize("value", [1e-6, 0.1, 0.0, 1])
def test_layer_scale_starts_at_its_value(value: float) -> None:
    gammas = [
        module.weight
        for module in build(replace(TINY, layer_scale=value)).modules()
        if isinstance(module, LayerScale)
    ]
    assert len(gammas) == sum(TINY.depths)
    assert all(torch.equal(gamma, torch.full_like(gamma, value)) for gamma in gammas)


@pytest.mark.parametrize("scale", [0.001, 0.0, 3.0])
def test_head_init_scale_scales_the_first_logits(scale: float) -> None:
    one = build(TINY, seed=0).eval()
    scaled = build(replace(TINY, head_init_scale=scale), seed=0).eval()
    torch.testing.assert_close(scaled(images()), scale * one(images()))


def test_a_net_without_classifier_ends_with_its_features() -> None:
    full = build(TINY, seed=0).eval()
    features = build(replace(TINY, num_classes=0), seed=0).eval()
    features.load_state_dict(full.state_dict(), strict=False)
    torch.testing.assert_close(full.head.fc(features(images())), full(images()))


def test_dropping_happens_in_training_alone() -> None:
    spec = replace(TINY, drop_path_rate=0.5, drop_rate=0.5)
    net = build(spec, seed=0)
    plain = build(replace(spec, drop_path_rate=0.0, drop_rate=0.0), seed=1).eval()
    plain.load_state_dict(net.state_dict())
    torch.manual_seed(0)
    assert not torch.equal(net(images()), net(images()))
    assert torch.equal(net.eval()(images()), plain(images()))
    rates = [module.rate for module in net.modules() if isinstance(module, DropPath)]
    assert rates == pytest.approx([0, 0.125, 0.25, 0.375, 0.5])


def test_drop_path_keeps_the_expectation_of_a_stage() -> None:
    spec = replace(TINY, depths=(2,), dims=(8,), drop_path_rate=0.5)
    stage = shaken(build(spec, seed=0)).double()[1]
    x = torch.randn(1, 8, 3, 3, dtype=torch.double, generator=torch.Generator().manual_seed(1))
    torch.manual_seed(0)
    n = 10_000
    with torch.no_grad():
        trained = stage(x.expand(n, -1, -1, -1))
        expected = stage.eval()(x)[0]
    deviation = trained.std(0).max().item() / n**0.5
    torch.testing.assert_close(trained.mean(0), expected, rtol=0, atol=5 * deviation)


def test_batch_norm_learns_its_statistics_in_training_alone() -> None:
    net = build(TINY_BN, seed=0).eval()
    running = {k: v.clone() for k, v in net.state_dict().items() if "running" in k}
    assert len(running) == 2 * sum(layer.kind == "batch_norm" for layer in plan(TINY_BN, 64).layers)
    net(images(4))
    assert all(torch.equal(net.state_dict()[k], v) for k, v in running.items())
    net.train()(images(4))
    assert not any(torch.equal(net.state_dict()[k], v) for k, v in running.items())


def test_any_slice_is_a_net(net: nn.Sequential) -> None:
    x = images()
    logits = net(x)
    for k in range(len(net) + 1):
        assert torch.equal(net[k:](net[:k](x)), logits)
    assert type(net[:2]) is nn.Sequential


def test_channels_last_gives_the_same_logits_and_stays(net: nn.Sequential) -> None:
    x = images()
    logits = net(x)
    last = copy.deepcopy(net).to(memory_format=torch.channels_last)
    out = x.contiguous(memory_format=torch.channels_last)
    for name, stage in last[:-1].named_children():
        out = stage(out)
        channels, height, width = out.shape[1:]
        strides = (channels * height * width, 1, channels * width, channels)
        assert out.stride() == strides, name
    torch.testing.assert_close(last[-1](out), logits, rtol=1e-4, atol=1e-5)


def test_no_layer_of_a_channels_last_net_gets_or_gives_another_layout(net: nn.Sequential) -> None:
    def check(name: str, *tensors: Tensor) -> None:
        for x in tensors:
            assert x.dim() < 4 or x.is_contiguous(memory_format=torch.channels_last), name

    for name, module in net.named_modules():
        module.register_forward_hook(lambda _, inputs, out, name=name: check(name, inputs[0], out))
    net.to(memory_format=torch.channels_last)
    net(images().contiguous(memory_format=torch.channels_last))


def test_bfloat16_autocast_is_close(net: nn.Sequential) -> None:
    with torch.no_grad():
        logits = net(images())
        with torch.autocast("cpu", dtype=torch.bfloat16):
            low = net(images())
    assert (low - logits).norm() <= 0.05 * logits.norm()  # bfloat16 keeps 8 bits


def test_bfloat16_autocast_trains() -> None:
    net = build(TINY, seed=0)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = net(images()).square().sum()
    loss.backward()
    assert all(p.grad is not None and p.grad.dtype == torch.float32 for p in net.parameters())


def test_copies_give_the_same_logits(net: nn.Sequential) -> None:
    logits = net(images())
    file = io.BytesIO()
    torch.save(net, file)
    file.seek(0)
    copies = (
        copy.deepcopy(net),
        pickle.loads(pickle.dumps(net)),
        torch.load(file, weights_only=False),
    )
    assert all(torch.equal(other(images()), logits) for other in copies)
