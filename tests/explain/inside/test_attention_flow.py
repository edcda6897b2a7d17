"""Rollout, Chefer's rule and gradients of tokens: closed forms, the official rule, autograd."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from convnext_viz.explain import grad_cam
from convnext_viz.explain.inside.attention_flow import (
    legrad,
    relevance,
    rollout,
    token_gradients,
)
from convnext_viz.explain.inside.token_trace import token_trace
from convnext_viz.nets.attention import Attention, joined
from tests.explain.inside.test_token_trace import VIT, VITS
from tests.explain.small_nets import frozen

X = torch.randn(1, 3, 48, 64, generator=torch.Generator().manual_seed(3))
GRID = (6, 8)


def test_rollout_of_uniform_attention_has_a_closed_form() -> None:
    """U² = U: the product of L factors (U + I)/2 is 2⁻ᴸ I + (1 − 2⁻ᴸ) U."""
    layers, tokens = 5, 9
    uniform = np.full((tokens, tokens), 1 / tokens)
    flow = rollout(np.broadcast_to(uniform, (layers, 2, tokens, tokens)))
    expected = 2.0**-layers * np.eye(tokens) + (1 - 2.0**-layers) * uniform
    np.testing.assert_allclose(flow, expected, atol=1e-12)


@pytest.mark.parametrize("name", VITS)
def test_rows_of_rollout_sum_to_one(name: str) -> None:
    flow = rollout(token_trace(frozen(VITS[name]), X).attention)
    np.testing.assert_allclose(flow.sum(1), 1, atol=1e-5)
    assert (flow >= 0).all()


def test_rollout_multiplies_from_the_last_layer_to_the_first() -> None:
    """Two permutations do not commute."""
    first, last = np.eye(3)[[1, 0, 2]], np.eye(3)[[0, 2, 1]]
    expected = (last + np.eye(3)) @ (first + np.eye(3)) / 4
    np.testing.assert_allclose(rollout(np.stack([first, last])[:, None]), expected)


@pytest.mark.parametrize("name", VITS)
def test_relevance_is_the_official_rule(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """``apply_self_attention_rules`` and ``avg_heads`` of hila-chefer/Transformer-MM-
    Explainability, on what the forward pass of the net itself computes."""
    seen: list[Tensor] = []
    plain = Attention.weights

    def noted(self: Attention, qkv: Tensor) -> Tensor:
        seen.append(plain(self, qkv))
        return seen[-1]

    net = frozen(VITS[name])
    monkeypatch.setattr(Attention, "weights", noted)
    score = net(X.clone().requires_grad_())[0, 2]
    gradients = torch.autograd.grad(score, seen)
    monkeypatch.setattr(Attention, "weights", plain)
    tokens = seen[0].shape[-1]
    expected = torch.eye(tokens)
    for attention, gradient in zip(seen, gradients, strict=True):
        cam = (gradient * attention).reshape(-1, tokens, tokens).clamp(min=0).mean(0)
        expected = expected + torch.matmul(cam, expected)
    found = relevance(net, X, 2)
    np.testing.assert_allclose(found.relevance, expected.detach(), rtol=1e-3, atol=1e-5)
    assert not np.allclose(found.relevance, relevance(net, X, 3).relevance, atol=1e-6)
    assert all(parameter.grad is None for parameter in net.parameters())


@pytest.mark.parametrize("name", ["class token", "distilled", "layer scale"])
def test_behind_the_last_attention_the_gradient_of_patches_is_zero(name: str) -> None:
    found = token_gradients(frozen(VITS[name]), X, GRID, 1)
    places = {(one.block, one.part): one for one in found}
    assert next(iter(places)) == (-1, "output") and len(found) == VIT.depth + 3
    for part in ("sum", "output"):
        behind = places[VIT.depth - 1, part]
        assert behind.patches == 0 and not behind.grad_cam.any()
        assert behind.learnt > 0
    assert places[VIT.depth - 1, "norm"].patches > 0
    assert all(one.patches > 0 for (block, _), one in places.items() if block < VIT.depth - 1)


def test_where_the_mean_is_read_no_gradient_is_zero() -> None:
    found = token_gradients(frozen(VITS["mean"]), X, GRID, 1)
    assert all(one.patches > 0 for one in found)
    bare = replace(VITS["mean"], registers=0)
    assert all(one.learnt == 0 for one in token_gradients(frozen(bare), X, GRID, 1))


@pytest.mark.parametrize("name", VITS)
def test_gradients_are_those_of_the_forward_pass(name: str) -> None:
    """A small step of one patch moves the logit by the gradient: central differences in float64."""
    net = frozen(VITS[name]).double()
    x = X.double()
    found = token_gradients(net, x, GRID, 1)[0]
    with torch.no_grad():
        tokens = net[0](x)
        prefix = tokens.shape[1] - 48
        largest = 0.0
        for place in range(prefix, prefix + 48, 7):
            for channel in range(0, 24, 5):
                step = torch.zeros_like(tokens)
                step[0, place, channel] = 1e-5
                moved = net[1:](tokens + step)[0, 1] - net[1:](tokens - step)[0, 1]
                largest = max(largest, abs(float(moved)) / 2e-5)
    assert 0 < largest <= found.patches * 1.001


def test_grad_cam_before_the_last_attention_is_that_of_explain() -> None:
    net = frozen(VIT)
    norm = next(one for one in token_gradients(net, X, GRID, 1) if one.part == "norm")
    theirs = grad_cam(net, X, 1, stage="stage1").values
    np.testing.assert_allclose(norm.grad_cam, theirs, rtol=1e-3, atol=1e-6)


def test_an_unknown_class_is_refused() -> None:
    with pytest.raises(ValueError, match="7"):
        relevance(frozen(VIT), X, 7)
    with pytest.raises(ValueError, match="9"):
        token_gradients(frozen(VIT), X, GRID, 9)


@pytest.mark.parametrize("name", VITS)
def test_legrad_is_the_derivative_of_the_classifier_behind_each_block(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The net is cut off behind each block; what its head then says is differentiated."""
    net, expected = frozen(VITS[name]), 0.0
    tokens = net[0](X).detach()
    blocks = list(net.get_submodule("stage1.blocks").children())
    plain = Attention.weights

    def explicit(self: Attention, qkv: Tensor) -> Tensor:
        return joined(self.weights(qkv) @ self.values(qkv))

    for block in blocks:
        seen: list[Tensor] = []

        def noted(self: Attention, qkv: Tensor, seen: list[Tensor] = seen) -> Tensor:
            seen.append(plain(self, qkv).detach().requires_grad_())
            return seen[-1]

        monkeypatch.setattr(Attention, "weights", noted)
        monkeypatch.setattr(
            Attention, "forward", lambda self, qkv: joined(self.weights(qkv) @ self.values(qkv))
        )
        tokens = block(tokens.detach())
        (gradient,) = torch.autograd.grad(net[-1](tokens)[0, 2], seen)
        expected = expected + gradient.relu().mean((0, 1, 2)).numpy()
        monkeypatch.undo()
    np.testing.assert_allclose(legrad(net, X, 2), expected, rtol=1e-4, atol=1e-9)
