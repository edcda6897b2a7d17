"""Maps of attention beside rollout and Chefer's rule written out on the net's own attention."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convnext_viz.explain import ATTENTION_METHODS, METHODS, attribute, cascading_randomization
from convnext_viz.nets.attention import Attention
from convnext_viz.plans import plan
from convnext_viz.specs import SWIN, Spec
from tests.explain.small_nets import SPECS, TOKENS, frozen, picture
from tests.explain.traces import traces

NETS = {
    "class token": TOKENS,
    "mean": replace(TOKENS, pool="mean", class_token=False),
    "distilled": replace(TOKENS, distillation_token=True),
}
GRID = (8, 8)
TARGET, OTHER = 2, 5


def attended(
    net: nn.Sequential, x: Tensor, monkeypatch: pytest.MonkeyPatch, *, minus: int | None
) -> tuple[list[NDArray[np.float64]], list[NDArray[np.float64]]]:
    """The weights (heads, T, T) of every attention of a forward pass, and the score's gradients."""
    seen: list[Tensor] = []
    plain = Attention.weights

    def noted(self: Attention, qkv: Tensor) -> Tensor:
        seen.append(plain(self, qkv))
        return seen[-1]

    with monkeypatch.context() as patched:
        patched.setattr(Attention, "weights", noted)
        logits = net(x.clone().requires_grad_())[0]
        score = logits[TARGET] if minus is None else logits[TARGET] - logits[minus]
        gradients = torch.autograd.grad(score, seen)
    return [one[0].detach().double().numpy() for one in seen], [
        one[0].double().numpy() for one in gradients
    ]


def by_hand(
    method: str, weights: list[NDArray[np.float64]], gradients: list[NDArray[np.float64]]
) -> NDArray[np.float64]:
    """(T, T), cell by cell as the papers have it."""
    tokens = weights[0].shape[-1]
    if method == "attention_rollout":
        joint = np.eye(tokens)
        for attention in weights:
            shared = attention.mean(0) + np.eye(tokens)
            joint = (shared / shared.sum(-1, keepdims=True)) @ joint
        return joint
    cams = [np.clip(g * a, 0, None).mean(0) for g, a in zip(gradients, weights, strict=True)]
    if method == "chefer_last":
        return cams[-1]
    relevance = np.eye(tokens)
    for cam in cams:
        relevance = relevance + cam @ relevance
    return relevance - np.eye(tokens)


@pytest.mark.parametrize("method", ATTENTION_METHODS)
@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("contrast", [None, OTHER])
def test_maps_are_those_of_the_papers(
    name: str, method: str, contrast: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    net, x = frozen(NETS[name]), picture(NETS[name])
    weights, gradients = attended(net, x, monkeypatch, minus=contrast)
    matrix = by_hand(method, weights, gradients)
    learnt = len(matrix) - GRID[0] * GRID[1]
    rows = matrix[learnt:].mean(0) if name == "mean" else matrix[0]
    before = traces(net)
    made = attribute(net, x, method, target=TARGET, contrast=contrast)
    found = made.attribution
    expected = rows[learnt:].reshape(GRID)
    np.testing.assert_allclose(found.values, expected, rtol=1e-3, atol=1e-5 * expected.max())
    assert (found.stage, found.nothing) == ("attention", "") and found.values.any()
    with torch.no_grad():
        logits = net(x)[0]
    score = logits[TARGET] - (0 if contrast is None else logits[contrast])
    assert found.score == pytest.approx(float(score), rel=1e-4)
    assert traces(net) == before


def test_only_rollout_is_the_same_for_every_class() -> None:
    net, x = frozen(TOKENS), picture(TOKENS)
    for method in ATTENTION_METHODS:
        one, other = (attribute(net, x, method, target=i).attribution for i in (TARGET, OTHER))
        alike = np.array_equal(one.values, other.values)
        assert alike == METHODS[method].class_blind == (method == "attention_rollout")


@pytest.mark.parametrize("method", ATTENTION_METHODS)
def test_shuffled_weights_change_them(method: str) -> None:
    steps = list(cascading_randomization(frozen(TOKENS), picture(TOKENS), method))
    assert [step.depth for step in steps] == ["head", "stage1", "stem"]
    assert all(step.attribution.stage == "attention" for step in steps)
    head = steps[0].similarity  # rollout reads no head
    assert (head == pytest.approx(1)) == (method == "attention_rollout")
    assert abs(steps[-1].similarity) < 0.7


def test_they_want_attention_among_all_tokens() -> None:
    swin = replace(
        SWIN["swin_tiny_patch4_window7_224"], depths=(1, 1), dims=(16, 32), heads=(2, 4), window=4
    )
    others: dict[str, Spec] = {"swin": swin, "convnext": SPECS["convnext"], "iso": SPECS["iso"]}
    assert all(plan(spec, 64).global_attention for spec in NETS.values())
    for name, spec in others.items():
        assert not plan(spec, 80).global_attention, name
        for method in ATTENTION_METHODS:
            assert not METHODS[method].fits(plan(spec, 80))
            with pytest.raises(ValueError, match="every token attends"):
                attribute(frozen(spec), picture(spec, 80), method)
    with pytest.raises(ValueError, match="stage1"):
        attribute(frozen(TOKENS), picture(TOKENS), "chefer", stage="stage1")
