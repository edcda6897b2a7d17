"""Every look into a net of tokens: ViTs whose heads read a token or the mean, and Swin."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from convnext_viz.explain import (
    METHODS,
    attention,
    attribute,
    cascading_randomization,
    class_activation_maps,
    effective_field,
    feature_maps,
    first_patches,
    grad_cam,
    predict,
    theoretical_field,
)
from convnext_viz.explain.inside.block import at_block, branch_shares, trace
from convnext_viz.explain.inside.top_images import top_activating
from convnext_viz.explain.maps.capture import capture
from convnext_viz.explain.places import places, seen_at
from convnext_viz.explain.slices import as_map, split
from convnext_viz.plans import operations, plan
from convnext_viz.results import EffectiveField, TopActivating
from convnext_viz.specs import CONVNEXT, Spec, SwinSpec, ViTSpec
from tests.explain.small_nets import frozen

VIT = ViTSpec(
    name="vit", depth=3, dim=24, heads=3, image_size=48, patch_size=8, num_classes=7, registers=2
)
SWIN = SwinSpec(name="swin", depths=(2, 2), dims=(16, 32), heads=(2, 4), window=4, num_classes=7)
SPECS: dict[str, Any] = {
    "class token": VIT,
    "mean": replace(VIT, pool="mean", class_token=False),
    "distilled": replace(VIT, distillation_token=True),
    "swin": SWIN,
    "swin v2": replace(SWIN, version="v2"),
}
SIZE = (48, 64)


@pytest.fixture(params=SPECS)
def spec(request: pytest.FixtureRequest) -> Any:
    return SPECS[request.param]


@pytest.fixture
def net(spec: Any) -> nn.Sequential:
    return frozen(spec)


@pytest.fixture
def x() -> Tensor:
    return torch.randn(1, 3, *SIZE, generator=torch.Generator().manual_seed(1))


def test_predictions_and_feature_maps_are_the_nets_own(
    spec: Spec, net: nn.Sequential, x: Tensor
) -> None:
    with torch.no_grad():
        np.testing.assert_allclose(predict(net, x).logits, net(x)[0], atol=1e-5)
    described = plan(spec, SIZE)
    maps = feature_maps(net, x)
    assert [found.stage for found in maps] == list(places(net))
    for found in maps:
        stage = described.stage(found.stage)
        assert found.values.shape == stage.map_shape
        _, is_block, number = found.stage.partition(".blocks.")
        with torch.no_grad():
            y = split(net, stage.name, int(number) + 1 if is_block else None)[0](x)
        own = as_map(y, stage.end.grid or None)  # type: ignore[arg-type]
        np.testing.assert_allclose(found.values, own[0], atol=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_gives_a_map_at_every_place(
    spec: Spec, net: nn.Sequential, x: Tensor, method: str
) -> None:
    few = {"samples": 2, "steps": 2, "cells": 2, "window": 32}
    own = {name: few[name] for name in METHODS[method].parameters if name in few}
    if not METHODS[method].fits(plan(spec, SIZE)):
        with pytest.raises(ValueError, match="every token attends"):
            attribute(net, x, method)
        return
    at = (METHODS[method].place,) if METHODS[method].place else places(net)
    for place in at:
        made: Any = attribute(net, x, method, stage=place, **own)  # type: ignore[arg-type]
        found = getattr(made, "attribution", made)
        assert np.isfinite(found.values).all() and found.values.shape[0] > 1
        if method in ("layer_cam", "saliency"):
            assert found.values.any(), place


def test_gradients_of_patches_behind_the_last_attention_are_zero(x: Tensor) -> None:
    """Selecting the class token: only attention carries a score back to the patches."""
    net = frozen(VIT)
    *front, last = net[1].blocks
    y = nn.Sequential(net[0], *front)(x)
    behind = last(y).detach().requires_grad_()
    net[2](behind)[0, 0].backward()
    assert behind.grad is not None
    assert behind.grad[:, 0].any() and not behind.grad[:, 1:].any()
    seen = capture(net, x, ("stage1",), 0)
    n = last.attn.body.norm(y).detach().requires_grad_()
    rest = nn.Sequential(*list(last.attn.body)[1:])
    net[2](last.mlp(y.detach() + rest(n)))[0, 0].backward()
    assert n.grad is not None and n.grad[:, 3:].any()
    torch.testing.assert_close(seen.gradients["stage1"], as_map(n.grad, (6, 8))[0])
    torch.testing.assert_close(seen.activations["stage1"], as_map(n.detach(), (6, 8))[0])
    found = grad_cam(net, x, 0)
    weights = n.grad[0, 3:].mean(0)  # (C,): one a channel, over patches alone
    own = (n.detach()[0, 3:] @ weights).relu().reshape(6, 8)
    np.testing.assert_allclose(found.values, own, atol=1e-6)


def test_one_pass_gives_what_single_ones_give(net: nn.Sequential, x: Tensor) -> None:
    at = places(net)[1:]
    together = class_activation_maps(net, x, 1, stages=at, methods=("layer_cam",))
    for place, found in zip(at, together, strict=True):
        assert found.stage == place
        alone = attribute(net, x, "layer_cam", stage=place, target=1)
        np.testing.assert_allclose(found.values, alone.values, atol=1e-6)


def test_what_is_seen_leads_to_the_logits(net: nn.Sequential, x: Tensor) -> None:
    with torch.no_grad():
        logits = net(x)
        for place in places(net):
            for scored in (False, True):
                seen = seen_at(net, x, place, scored=scored)
                torch.testing.assert_close(seen.behind(seen.values), logits)


def test_blocks_are_traced_operation_by_operation(
    spec: Spec, net: nn.Sequential, x: Tensor
) -> None:
    described = plan(spec, SIZE).stage("stage1")
    block, inside = at_block(net, x, stage="stage1", block=1)
    grid: Any = described.end.grid or None
    found = {one.name: one for one in trace(block, inside, grid=grid).operations}
    assert list(found)[1:] == list(operations(described.blocks[1]))
    with torch.no_grad():
        last = as_map(block(inside), grid)[0]
    np.testing.assert_allclose(list(found.values())[-1].values, last, atol=1e-5)
    shares = branch_shares(net, x)
    assert len(shares) == 2 * sum(len(s.blocks) for s in plan(spec, SIZE).stages)
    assert all(share.share > 0 for share in shares)


def test_fields_hold_every_gradient(spec: Spec, net: nn.Sequential, x: Tensor) -> None:
    described = plan(spec, SIZE)
    for stage in (*places(net)[:2], places(net)[-1]):
        for cell in ((0, 0), (2, 3)):
            *_, field = effective_field(net, x, stage=stage, cell=cell)
            assert isinstance(field, EffectiveField)
            box = theoretical_field(described, stage, cell)
            # The mask leaves exp(−100) of what only the roll made neighbours.
            rows, columns = np.nonzero(field.score > 1e-30 * field.score.max())
            assert box.top <= rows.min() and rows.max() < box.bottom
            assert box.left <= columns.min() and columns.max() < box.right
            assert rows.min() < box.top + 8 and columns.max() >= box.right - 8  # and fill it


def test_images_are_ranked_and_patches_read(net: nn.Sequential, x: Tensor) -> None:
    *_, found = top_activating(net, [torch.cat([x, 2 * x])], stage="stage1", total=2, count=1)
    assert isinstance(found, TopActivating) and found.pictures.shape[1] == 1
    assert first_patches(net).values.shape[1:] in ((8, 8, 3), (4, 4, 3))
    maps = list(cascading_randomization(net, x, "layer_cam"))
    assert len(maps) == len(list(net))


def test_attention_is_computed_again(spec: Spec, net: nn.Sequential, x: Tensor) -> None:
    found = attention(net, x, block=1)
    torch.testing.assert_close(found.sum(-1), torch.ones(found.shape[:-1]))
    if isinstance(spec, SwinSpec):
        assert found.shape == (1, 12, 2, 16, 16)  # 3×4 windows of 4×4
        apart = attention(net, x, block=1, masked=False) - found
        assert apart[:, 0].abs().max() == 0  # the first window holds what always were neighbours
        assert apart[:, -1].abs().max() > 0
    else:
        tokens = plan(spec, SIZE).stages[0].out_shape[0]
        assert found.shape == (1, 3, tokens, tokens)
    with pytest.raises(ValueError, match="no attention"):
        attention(frozen(CONVNEXT["convnext_atto"]), x)
