"""Grad-CAM against captum and against its equations; nothing of it stays in the net."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch
from captum.attr import LayerGradCam
from torch import Tensor, nn

from convnext_viz.explain import grad_cam, stage_names
from convnext_viz.explain.maps import cams
from convnext_viz.explain.maps.capture import capture
from convnext_viz.nets import build
from convnext_viz.plans import smallest_image
from convnext_viz.text import use_language
from tests.explain.small_nets import SPECS, frozen, picture


def captum_map(net: nn.Sequential, x: Tensor, target: int, stage: str) -> np.ndarray:
    method = LayerGradCam(net, net.get_submodule(stage))
    found = method.attribute(x, target, attribute_to_layer_input=False, relu_attributions=True)
    return found[0, 0].detach().numpy()


@pytest.mark.parametrize("trained_like", [False, True])
def test_equals_captum_at_every_stage(kind: str, x: Tensor, trained_like: bool) -> None:
    net = frozen(SPECS[kind], trained_like=trained_like)
    seen = []
    for stage in stage_names(net):
        for target in range(SPECS[kind].num_classes):
            ours = grad_cam(net, x, target, stage=stage).values
            theirs = captum_map(net, x, target, stage)
            assert ours.shape == theirs.shape
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5 * max(1e-9, theirs.max()))
            seen.append(theirs.max())
    assert np.count_nonzero(seen) >= len(seen) / 5  # a map of zeros would prove nothing


def test_channels_last_and_odd_sizes_change_nothing() -> None:
    spec = SPECS["convnext"]
    net, x = frozen(spec), picture(spec, 75)
    last = frozen(spec).to(memory_format=torch.channels_last)
    for stage in stage_names(net):
        one, other = (grad_cam(n, x, 3, stage=stage).values for n in (net, last))
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-7)
        np.testing.assert_allclose(one, captum_map(net, x, 3, stage), rtol=1e-4, atol=1e-7)


def test_the_closed_form_behind_average_pooling() -> None:
    """Pool then a linear layer: the gradient is weight / (h·w) everywhere (CAM, Zhou et al.)."""
    spec = replace(SPECS["resnet"], head_norm="none")
    net, x = frozen(spec), picture(spec)
    activation = net[:-1](x)[0]  # (C, h, w)
    weight = net.get_submodule("head.fc").weight  # (classes, C)
    for target in range(spec.num_classes):
        expected = torch.einsum("c,chw->hw", weight[target], activation).relu()
        expected = expected / activation[0].numel()
        ours = grad_cam(net, x, target, stage="stage4").values
        np.testing.assert_allclose(ours, expected.numpy(), rtol=1e-4, atol=1e-6)


def test_a_hand_computed_map() -> None:
    activation = torch.tensor([[[1.0, 2.0], [3.0, 4.0]], [[1.0, 0.0], [0.0, 10.0]]])
    gradient = torch.tensor([[[4.0, 0.0], [0.0, 0.0]], [[-1.0, -1.0], [-1.0, -1.0]]])
    # weights 1 and -1: 1-1, 2-0, 3-0, 4-10 → below zero is cut off
    assert cams.grad_cam(activation, gradient).map.tolist() == [[0, 2], [3, 0]]


def test_one_capture_of_all_stages_equals_one_of_each(net: nn.Sequential, x: Tensor) -> None:
    stages = stage_names(net)
    every = capture(net, x, stages, 2)
    for stage in stages:
        one = capture(net, x, (stage,), 2)
        torch.testing.assert_close(every.activations[stage], one.activations[stage])
        torch.testing.assert_close(every.gradients[stage], one.gradients[stage])
        assert not every.activations[stage].requires_grad and not one.gradients[stage].requires_grad


def test_the_defaults_are_the_predicted_class_and_the_last_stage(net: nn.Sequential) -> None:
    spec = SPECS["convnext"]
    net, x = frozen(spec), picture(spec)
    logits = net(x)[0]
    labels = [f"class {i}" for i in range(spec.num_classes)]
    found = grad_cam(net, x)
    assert (found.target, found.stage) == (int(logits.argmax()), "stage4")
    assert found.label(labels) == labels[found.target]
    assert found.score == pytest.approx(float(logits.max()), rel=1e-4)
    assert found.image_size == (64, 64) and found.values.dtype == np.float32
    assert 0 < found.seconds < 10
    assert grad_cam(net, x, 3).label() == "#3"


def test_eight_threads_on_one_net() -> None:
    spec = SPECS["convnext"]
    net = frozen(spec)
    jobs = [
        (picture(spec, seed=i % 5), i % spec.num_classes, stage_names(net)[i % 5])
        for i in range(80)
    ]

    def run(job: tuple[Tensor, int, str]) -> np.ndarray:
        x, target, stage = job
        return grad_cam(net, x, target, stage=stage).values

    alone = [run(job) for job in jobs]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(run, jobs))
    assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))


def traces(net: nn.Module) -> list[object]:
    """All that looking into a net could leave behind."""
    found: list[object] = [torch.is_grad_enabled(), torch.is_inference_mode_enabled()]
    for module in net.modules():
        hooks = (len(getattr(module, name)) for name in vars(module) if name.endswith("_hooks"))
        found += [module.training, sum(hooks)]
    for tensor in (*net.parameters(), *net.buffers()):
        found += [tensor.requires_grad, tensor.grad, tensor.grad_fn, tensor._version]
        found += [len(tensor._backward_hooks or ())]
    return found


class Failing(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        raise RuntimeError("in the middle of it")


@pytest.mark.parametrize("learns", [False, True])
def test_nothing_stays_behind(learns: bool) -> None:
    spec = SPECS["batch_norm"]
    net, x = frozen(spec).requires_grad_(learns), picture(spec)
    before = traces(net)
    found = grad_cam(net, x, stage="stage2")
    assert traces(net) == before
    assert not x.requires_grad and x.grad is None
    found.values[:] = 7  # a copy: the next caller does not see it
    assert not np.array_equal(grad_cam(net, x, stage="stage2").values, found.values)

    with pytest.raises(ValueError):
        grad_cam(net, x, 99)
    assert traces(net) == before
    broken = nn.Sequential(net.stem, net.stage1, Failing(), net.head).eval()
    with pytest.raises(RuntimeError):
        grad_cam(broken, x, stage="1")
    assert traces(net) == before


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode, torch.enable_grad])
def test_in_whatever_mode_the_caller_is(mode: type) -> None:
    spec = SPECS["convnext"]
    net = frozen(spec)
    expected = grad_cam(net, picture(spec)).values
    with mode():
        np.testing.assert_array_equal(grad_cam(net, picture(spec)).values, expected)


@pytest.fixture(params=["en", "zh"])
def spoken(request: pytest.FixtureRequest) -> Iterator[str]:
    with use_language(request.param):
        yield request.param


@pytest.mark.usefixtures("spoken")
@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"target": 7}, r"7.*6"),
        ({"target": -1}, r"-1.*6"),
        ({"stage": "head"}, r"head.*stem, stage1, stage2, stage3, stage4"),
        ({"stage": "stage5"}, r"stage5"),
        ({"x": torch.zeros(3, 64, 64)}, r"\(3, 64, 64\)"),
        ({"x": torch.zeros(2, 3, 64, 64)}, r"\(2, 3, 64, 64\)"),
        ({"x": torch.zeros(1, 1, 64, 64)}, r"3.*\(1, 1, 64, 64\)"),
        ({"x": torch.zeros(1, 3, 64, 64, dtype=torch.uint8)}, r"uint8"),
        ({"x": torch.zeros(1, 3, 31, 64)}, r"64 × 31"),
    ],
)
def test_errors_in_words(change: dict[str, object], says: str) -> None:
    arguments = {"x": picture(SPECS["convnext"]), **change}
    with pytest.raises(ValueError, match=says):
        grad_cam(frozen(SPECS["convnext"]), **arguments)


def test_the_smallest_picture_is_the_plans(kind: str, net: nn.Sequential) -> None:
    spec = SPECS[kind]
    least = smallest_image(spec)
    assert grad_cam(net, picture(spec, least)).values.shape == (1, 1)
    if least > 1:
        with pytest.raises(ValueError, match=str(least - 1)):
            grad_cam(net, picture(spec, least - 1))


def test_a_net_in_train_mode_or_without_classifier() -> None:
    spec = SPECS["batch_norm"]
    net = frozen(spec)
    net.get_submodule("stage2.blocks.0.body.norm").train()  # one layer is enough
    with pytest.raises(ValueError, match="eval"):
        grad_cam(net, picture(spec))
    features = build(replace(spec, num_classes=0)).eval()
    with pytest.raises(ValueError, match="classifier"):
        grad_cam(features, picture(spec))
