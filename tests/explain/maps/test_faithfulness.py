"""Curves against closed forms on a linear net; shuffled weights; rank correlation as scipy's."""

from collections import OrderedDict

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.ndimage import gaussian_filter
from scipy.stats import spearmanr
from torch import nn

from convnext_viz.explain.maps.class_activation import class_activation_maps
from convnext_viz.explain.maps.faithfulness import (
    agreement,
    blur,
    cascading_randomization,
    deletion_insertion,
    similarity,
)
from convnext_viz.results import Faithfulness, Progress
from tests.explain.small_nets import SPECS, frozen, picture
from tests.explain.traces import traces

RANDOM = np.random.default_rng(0)


def linear_net(side: int = 8) -> nn.Sequential:
    """Logits are (w · x, 0): every pixel adds its own share."""
    head = nn.Sequential(
        OrderedDict(flatten=nn.Flatten(), fc=nn.Linear(side * side, 2, bias=False))
    )
    with torch.no_grad():
        head.fc.weight[0] = torch.from_numpy(RANDOM.normal(size=side * side))
        head.fc.weight[1] = 0
    stem = nn.Sequential(nn.Conv2d(1, 1, 1, bias=False))
    nn.init.ones_(stem[0].weight)
    return nn.Sequential(OrderedDict(stem=stem, head=head)).eval().requires_grad_(False)


def sigmoid(score: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-score))


def test_closed_forms_on_a_linear_net() -> None:
    net = linear_net()
    x = torch.from_numpy(RANDOM.normal(size=(1, 1, 8, 8)).astype(np.float32))
    weight = net.head.fc.weight[0].numpy()
    shares = weight * x.numpy().ravel()
    *told, found = deletion_insertion(net, x, shares.reshape(8, 8), 0, steps=64, batch=10)
    assert isinstance(found, Faithfulness) and all(isinstance(one, Progress) for one in told)
    assert told[-1].done == told[-1].total == 2 * 4 * 65
    order = np.argsort(-shares)
    gone = np.concatenate([[0], np.cumsum(shares[order])])
    np.testing.assert_allclose(found.deletion, sigmoid(shares.sum() - gone), atol=1e-5)
    start = blur(x, 1.0).numpy().ravel()
    come = np.concatenate([[0], np.cumsum((weight * (x.numpy().ravel() - start))[order])])
    np.testing.assert_allclose(found.insertion, sigmoid((weight * start).sum() + come), atol=1e-5)
    # Removing what speaks most for a class first is the best deletion there is.
    assert (found.deletion <= found.random_deletion + 1e-9).all()
    areas = found.areas()
    assert areas["deletion"] < areas["random_deletion"]
    steps = (found.deletion[1:] + found.deletion[:-1]) / 2
    assert areas["deletion"] == pytest.approx(steps.mean())


def test_curves_begin_and_end_where_they_must() -> None:
    spec = SPECS["convnext"]
    net, x = frozen(spec), picture(spec)
    before = traces(net)
    values = class_activation_maps(net, x, 2)[0].values
    *_, found = deletion_insertion(net, x, values, 2, steps=5, batch=2, random_maps=2)
    whole, empty = (float(net(one).softmax(1)[0, 2]) for one in (x, torch.zeros_like(x)))
    for curve in (found.deletion, *found.random_deletion):
        assert curve[[0, -1]] == pytest.approx([whole, empty], rel=1e-4)
    for curve in (found.insertion, *found.random_insertion):
        assert curve[-1] == pytest.approx(whole, rel=1e-4)
    *_, again = deletion_insertion(net, x, values, 2, steps=5, batch=6, random_maps=2)
    np.testing.assert_allclose(found.random_insertion, again.random_insertion, rtol=1e-4)
    with pytest.raises(ValueError, match="99"):
        next(deletion_insertion(net, x, values, 99))
    assert traces(net) == before


def test_blur_is_scipys() -> None:
    x = torch.from_numpy(RANDOM.normal(size=(1, 2, 20, 24)))
    expected = [gaussian_filter(one, 2.0, mode="nearest", radius=6) for one in x[0].numpy()]
    np.testing.assert_allclose(blur(x, 2.0)[0], np.stack(expected), atol=1e-10)


@pytest.mark.parametrize("tied", [False, True])
def test_similarity_is_spearmans(tied: bool) -> None:
    one, other = RANDOM.normal(size=(2, 9, 7)).astype(np.float32)
    if tied:
        one, other = np.maximum(one, 0), np.round(other)
    expected = spearmanr(one.ravel(), other.ravel()).statistic
    assert similarity(one, other) == pytest.approx(expected, abs=1e-12)
    assert similarity(one, one) == pytest.approx(1)


def test_similarity_of_different_grids_and_of_flat_maps() -> None:
    fine = RANDOM.random((8, 8)).astype(np.float32)
    coarse = fine.reshape(4, 2, 4, 2).mean((1, 3))
    enlarged = Image.fromarray(coarse).resize((8, 8), Image.Resampling.BILINEAR)
    expected = spearmanr(fine.ravel(), np.asarray(enlarged).ravel()).statistic
    assert similarity(fine, coarse) == pytest.approx(expected, abs=1e-3)
    assert np.isnan(similarity(fine, np.zeros((8, 8), np.float32)))


def test_agreement_is_a_table_of_similarities() -> None:
    net, x = frozen(SPECS["convnext"]), picture(SPECS["convnext"])
    maps = class_activation_maps(net, x, 2, methods=("xgrad_cam", "layer_cam"), stages=("stage2",))
    table = agreement(maps)
    assert table.shape == (2, 2) and np.allclose(np.diag(table), 1)
    assert table[0, 1] == table[1, 0] == similarity(maps[0].values, maps[1].values)


@pytest.mark.parametrize("method", ["grad_cam", "eigen_cam"])
def test_shuffled_weights(method: str) -> None:
    spec = SPECS["convnext"]
    net, x = frozen(spec), picture(spec)
    before, weights = traces(net), {k: v.clone() for k, v in net.state_dict().items()}
    whole = class_activation_maps(net, x, 2, methods=(method,), stages=("stage2",))[0]
    steps = list(cascading_randomization(net, x, method, stage="stage2", target=2))
    assert [step.depth for step in steps] == [
        "head",
        "stage4",
        "stage3",
        "stage2",
        "stage1",
        "stem",
    ]
    for step in steps:
        assert step.attribution.target == 2
        alike = similarity(whole.values, step.attribution.values)
        np.testing.assert_equal(step.similarity, alike)
    if method == "eigen_cam":  # sees no class: what comes behind the stage means nothing to it
        assert [step.similarity for step in steps[:3]] == pytest.approx([1, 1, 1])
    assert steps[-1].similarity < 0.9
    assert traces(net) == before
    assert all(torch.equal(v, weights[k]) for k, v in net.state_dict().items())
