"""Rounding to 8 bits is torch's fake quantization; histograms are of the block's own values."""

import numpy as np
import pytest
import torch

from convnext_viz.explain.inside.form_times import form_times
from convnext_viz.explain.inside.int8 import (
    PER,
    distributions,
    eight_bits,
    rounded,
    rounded_activations,
)
from convnext_viz.nets import build
from convnext_viz.nets.reparam import blocks, reparameterize
from convnext_viz.results import EightBitsCompared, ForwardTimes, Progress
from convnext_viz.specs import RepVGGSpec
from tests.nets.inputs import images, shaken

SPEC = RepVGGSpec(name="tiny", depths=(2, 1), dims=(8, 12), num_classes=5)
NET = shaken(build(SPEC, seed=0)).eval().requires_grad_(False)
BLOCK = "stage1.blocks.1"


def fake(kernel: torch.Tensor, per: str) -> torch.Tensor:
    if per == "tensor":
        scale = float(kernel.abs().max()) / 127
        return torch.fake_quantize_per_tensor_affine(kernel, scale, 0, -127, 127)
    scales = kernel.abs().amax((1, 2, 3)) / 127
    zeros = torch.zeros(len(kernel), dtype=torch.int32)
    return torch.fake_quantize_per_channel_affine(kernel, scales, zeros, 0, -127, 127)


@pytest.mark.parametrize("per", PER)
def test_kernels_are_rounded_as_torch_does(per: str) -> None:
    kernel = torch.randn(6, 4, 3, 3, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(rounded(kernel, per), fake(kernel, per))
    assert torch.equal(rounded(torch.zeros(2, 1, 3, 3), per), torch.zeros(2, 1, 3, 3))


@pytest.mark.parametrize(("low", "high"), [(-1.3, 2.2), (0.0, 3.0), (0.5, 3.0)])
def test_activations_are_rounded_as_torch_does(low: float, high: float) -> None:
    x = torch.linspace(low, high, 1001)
    scale = (high - min(low, 0)) / 255
    zero = round(-min(low, 0) / scale)
    expected = torch.fake_quantize_per_tensor_affine(x, scale, zero, 0, 255)
    found = rounded_activations(x, (low, high))
    # A value in the middle between two levels may go to either.
    assert float((found - expected).abs().max()) <= scale * 1.001
    assert float((found != expected).double().mean()) <= 0.01
    assert float((found - x).abs().max()) <= scale * 0.502


def test_networks_are_compared_as_rounded() -> None:
    x, labels = images(6, size=(16, 16)), torch.arange(6) % 5
    *under_way, compared = eight_bits(NET, SPEC, x, labels)
    assert isinstance(compared, EightBitsCompared) and len(compared.rows) == 8
    assert all(isinstance(step, Progress) for step in under_way)
    deployed = reparameterize(NET, SPEC)
    expected = deployed(x)
    assert compared.accuracy == float((expected.argmax(1) == labels).double().mean())
    for per in PER:
        other = reparameterize(NET, SPEC)
        for _, block in blocks(other):
            block.conv.weight = torch.nn.Parameter(fake(block.conv.weight.detach(), per))  # type: ignore[union-attr]
        found = other.requires_grad_(False)(x)
        (row,) = (
            one for one in compared.rows if one.fused and one.per == per and not one.activations
        )
        difference = float((found - expected).norm() / expected.norm())
        assert row.difference == pytest.approx(difference, rel=1e-3)
        assert row.agreement == float((found.argmax(1) == expected.argmax(1)).double().mean())


def test_histograms_are_of_the_blocks_own_values() -> None:
    x = images(size=(16, 16))
    found = {(one.of, one.branch): one for one in distributions(NET, x, BLOCK)}
    assert len(found) == 8
    deployed = reparameterize(NET, SPEC)
    inside = deployed[0](x)
    inside = deployed[1].blocks[0](inside)  # type: ignore[union-attr,index]
    conv = deployed.get_submodule(f"{BLOCK}.conv")
    for of, values in (("weights", conv.weight), ("activations", conv(inside))):
        one = found[of, "sum"]
        assert one.std == pytest.approx(float(values.std(correction=0)), rel=1e-4)
        assert one.largest == pytest.approx(float(values.abs().max()), rel=1e-4)
    for one in found.values():
        assert one.shares.sum() == pytest.approx(1)
        np.testing.assert_array_equal(one.edges, found[one.of, "sum"].edges)


def test_both_forms_are_timed_in_turns() -> None:
    x = images(size=(16, 16))
    steps = list(form_times(NET, SPEC, x, rounds=6, seconds=60))
    assert [one.done for one in steps if isinstance(one, Progress)] == list(range(13))
    measured = steps[-1]
    assert isinstance(measured, ForwardTimes) and measured.inputs == (tuple(x.shape),) * 2
    assert [one.way for one in measured.timings] == ["training", "deployed"]
    for one in measured.timings:
        assert one.rounds == 6 and one.quartiles[0] <= one.seconds <= one.quartiles[1]
    short = list(form_times(NET, SPEC, x, rounds=50, seconds=0))
    assert isinstance(short[-1], ForwardTimes) and short[-1].timings[0].rounds == 5
