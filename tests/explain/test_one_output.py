"""One output is a sigmoid: torch's, for both of its classes, wherever a probability is shown."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from convnext_viz.explain import (
    classify,
    deletion_insertion,
    grad_cam,
    predict,
    score_cam,
)
from convnext_viz.explain.inside.logit_lens import logit_lens
from convnext_viz.explain.inside.token_trace import token_trace
from convnext_viz.explain.maps.lessons import lessons
from convnext_viz.results import Classified, Faithfulness
from tests.explain.small_nets import SPECS, TOKENS, frozen, picture

SPEC = replace(SPECS["convnext"], num_classes=1)


@pytest.fixture(scope="module")
def net() -> nn.Sequential:
    return frozen(SPEC)


def test_two_classes_of_one_logit(net: nn.Sequential) -> None:
    x = picture(SPEC)
    y = float(net(x))
    found = predict(net, x)
    assert found.probabilities == pytest.approx([1 / (1 + np.exp(-y)), 1 / (1 + np.exp(y))], 1e-4)
    assert found.logits == pytest.approx([y, -y], rel=1e-4)
    assert found.top == ((0, 1) if y > 0 else (1, 0))
    assert [found.label(0), found.label(1)] == ["#0", "not #0"]
    assert predict(net, x, ("dog",)).labels == ("dog", "not dog")
    assert predict(net, x, ("dog", "cat")).labels == ("dog", "cat")
    with pytest.raises(ValueError, match="3 labels for 2 classes"):
        predict(net, x, ("a", "b", "c"))


def test_a_set_is_split_where_the_logit_changes_its_sign(net: nn.Sequential) -> None:
    x = torch.cat([picture(SPEC, seed=seed) * (1 + seed) for seed in range(6)])
    *_, found = classify(net, [(tuple(range(6)), x)], total=6)
    assert isinstance(found, Classified)
    logits = net(x)[:, 0]
    np.testing.assert_array_equal(found.targets, (logits < 0).int().numpy())
    np.testing.assert_allclose(found.probabilities, logits.abs().sigmoid(), rtol=1e-4)


@pytest.mark.parametrize("target", [0, 1])
def test_curves_are_the_sigmoid_of_the_changed_picture(net: nn.Sequential, target: int) -> None:
    x = picture(SPEC)
    values = grad_cam(net, x, target).values
    *_, found = deletion_insertion(net, x, values, target, steps=4, random_maps=1)
    assert isinstance(found, Faithfulness)
    sign = 1 - 2 * target
    whole, empty = (float((sign * net(one)).sigmoid()) for one in (x, torch.zeros_like(x)))
    assert found.deletion[[0, -1]] == pytest.approx([whole, empty], rel=1e-4)
    assert found.insertion[-1] == pytest.approx(whole, rel=1e-4)


def test_what_speaks_for_the_other_class_is_the_gradient_turned_round(net: nn.Sequential) -> None:
    """Before ReLU, Grad-CAM of −y is that of y with the other sign, so no cell is in both maps."""
    x = picture(SPEC)
    one, other = (grad_cam(net, x, target) for target in (0, 1))
    assert one.score == -other.score == pytest.approx(float(net(x)), rel=1e-4)
    assert not (one.values * other.values).any() and (one.values + other.values).any()
    assert not np.allclose(score_cam(net, x, 0).values, score_cam(net, x, 1).values)


def test_lessons_and_lens_have_both_classes(net: nn.Sequential) -> None:
    x = picture(SPEC)
    fallen = {target: {a.method: a for a in lessons(net, x, target)} for target in (0, 1)}
    difference = float(net(x) - net(torch.zeros_like(x)))
    for target, sign in ((0, 1), (1, -1)):
        found = fallen[target]["deep_lift"].score_difference
        assert found == pytest.approx(sign * difference, 1e-4)
        assert fallen[target]["guided_backprop"].same_as == "gradient"
    spec = replace(TOKENS, num_classes=1)
    vit, seen = frozen(spec), picture(spec)
    lens = logit_lens(vit, token_trace(vit, seen))
    assert lens.curve[-1] == pytest.approx(predict(vit, seen).probabilities, rel=1e-3)
