"""The theoretical receptive field, counted backwards, seen in gradients, and as published."""

import pytest
import torch
from hypothesis import assume, given, settings
from torch import Tensor, nn

from convnext_viz.nets import build
from convnext_viz.nets.layers import GRN, Residual
from convnext_viz.plans import plan, smallest_image
from convnext_viz.specs import VARIANTS, ConvNeXtSpec
from tests.strategies import specs

LARGEST = 150  # pixels: fields that are looked at in real gradients


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        # The last of each row is published; the others follow by hand, as in 11 + 3·8 = 35.
        ("convnext_tiny", [76, 224, 1096, 1688]),
        ("convnext_small", [76, 224, 2824, 3416]),
        ("convnext_xlarge", [76, 224, 2824, 3416]),
        ("resnet50", [35, 91, 267, 427]),
        ("resnet101", [35, 91, 811, 971]),
        ("resnet152", [35, 155, 1291, 1451]),
    ],
)
def test_fields_after_each_stage(name: str, fields: list[int]) -> None:
    described = plan(VARIANTS[name])
    assert [stage.receptive_field for stage in described.stages[1:-1]] == fields
    assert described.receptive_field == fields[-1]
    assert [stage.jump for stage in described.stages] == [4, 4, 8, 16, 32, 32]


def spatial(module: nn.Module) -> list[tuple[int, int]]:
    """Kernel and stride of every spatial module on the way, a block's shortcut left out."""
    if isinstance(module, nn.Conv2d):
        return [(module.kernel_size[0], module.stride[0])]
    if isinstance(module, nn.MaxPool2d):
        return [(int(module.kernel_size), int(module.stride))]
    if isinstance(module, Residual):
        return spatial(module.body) + spatial(module.after)
    return [pair for child in module.children() for pair in spatial(child)]


@settings(max_examples=100)
@given(specs())
def test_field_counted_backwards_from_one_position(spec: ConvNeXtSpec) -> None:
    with torch.device("meta"):
        net = build(spec)
    described = plan(spec, smallest_image(spec))
    pairs: list[tuple[int, int]] = []
    for (name, stage), counted in zip(net.named_children(), described.stages, strict=True):
        pairs += spatial(stage)
        side, jump = 1, 1
        for kernel, stride in reversed(pairs):
            side = (side - 1) * stride + kernel
            jump *= stride
        assert (name, side, jump) == (counted.name, counted.receptive_field, counted.jump)


def positive(module: nn.Module) -> nn.Module:
    """The module with every weight positive and whatever may cancel or select left out."""
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.constant_(module.weight, 1 / module.weight[0].numel())
        return module
    if isinstance(module, nn.MaxPool2d):  # picks one of those that it sees: the mean takes all
        return nn.AvgPool2d(module.kernel_size, module.stride, module.padding)
    if isinstance(module, GRN) or not list(module.children()):
        return nn.Identity() if not isinstance(module, nn.Sequential) else module
    for name, child in module.named_children():
        setattr(module, name, positive(child))
    return module


def support(x: Tensor, features: Tensor, row: int, column: int) -> list[tuple[int, int]]:
    """First and last input row and column that one output position reads."""
    (gradient,) = torch.autograd.grad(features[0, :, row, column].sum(), x, retain_graph=True)
    seen = gradient[0].sum(0) != 0
    edges = [seen.any(axis).nonzero().flatten() for axis in (1, 0)]
    return [(int(edge[0]), int(edge[-1])) for edge in edges]


@settings(max_examples=60)
@given(specs(most_stages=3, most_blocks=1))
def test_field_is_where_gradients_reach(spec: ConvNeXtSpec) -> None:
    described = plan(spec, smallest_image(spec))
    field, jump = described.receptive_field, described.stages[-1].jump
    assume(field <= LARGEST)
    side = 2 * (field + jump)
    net = positive(build(spec).double()[:-1])
    x = torch.ones(1, spec.in_chans, side, side + jump, dtype=torch.double, requires_grad=True)
    features = net(x)
    row, column = (size // 2 for size in features.shape[2:])
    rows, columns = support(x, features, row, column)
    assert rows[1] - rows[0] + 1 == columns[1] - columns[0] + 1 == field
    below, right = support(x, features, row + 1, column - 1)
    assert (below[0] - rows[0], columns[0] - right[0]) == (jump, jump)


def test_field_of_dense_kernels_has_no_holes() -> None:
    spec = ConvNeXtSpec(depths=(1, 1), dims=(4, 8))
    x = torch.ones(1, 3, 160, 160, dtype=torch.double, requires_grad=True)
    features = positive(build(spec).double()[:-1])(x)
    (gradient,) = torch.autograd.grad(features[0, :, 10, 10].sum(), x)
    assert int((gradient[0, 0] != 0).sum()) == plan(spec).receptive_field ** 2
