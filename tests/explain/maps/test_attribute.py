"""One call for every method: the same map as the method's own call, and the same manners."""

import inspect
import threading

import numpy as np
import pytest
from torch import nn

from convnext_viz.explain import attribute
from convnext_viz.explain.maps import attention_maps, attribution, perturbation_cams
from convnext_viz.explain.maps.class_activation import class_activation_maps
from convnext_viz.explain.maps.methods import ATTENTION_METHODS, CAMS, INPUT_METHODS, METHODS
from convnext_viz.explain.maps.progress import as_generator
from convnext_viz.results import Attribution, IntegratedGradients, Progress
from convnext_viz.text import language, use_language
from tests.explain.small_nets import SPECS, TOKENS, frozen, picture, place_for, suited
from tests.explain.traces import traces

SPEC = SPECS["convnext"]
OWN = {
    "smooth_grad": {"samples": 3, "seed": 5},
    "integrated_gradients": {"steps": 6},
    "occlusion": {"window": 20, "stride": 16},
    "feature_ablation": {"cells": 3},
    "score_cam": {"batch": 5},
}


@pytest.fixture(scope="module")
def whole() -> nn.Sequential:
    return frozen(SPEC)


def expected(net: nn.Sequential, method: str) -> Attribution:
    """By the method's own call."""
    x, own = picture(SPEC), OWN.get(method, {})
    if method in CAMS:
        (found,) = class_activation_maps(
            net, x, 2, contrast=5, stages=("stage2",), methods=(method,)
        )
        return found
    if method in ATTENTION_METHODS:
        return getattr(attention_maps, method)(net, picture(TOKENS), 2, contrast=5)
    if method in INPUT_METHODS:
        return getattr(attribution, method)(net, x, 2, contrast=5, **own).attribution
    return getattr(perturbation_cams, method)(net, x, 2, stage="stage2", contrast=5, **own)


@pytest.mark.parametrize("method", METHODS)
def test_the_same_map(whole: nn.Sequential, method: str) -> None:
    spec = suited(method, SPEC)
    net = whole if spec is SPEC else frozen(spec)
    stage = place_for(method, "stage2")
    progress: list[tuple[int, int]] = []
    found = attribute(
        net,
        picture(spec),
        method,
        stage=stage,
        target=2,
        contrast=5,
        on_progress=lambda done, total: progress.append((done, total)),
        **OWN.get(method, {}),
    )
    assert isinstance(found, IntegratedGradients) == (method == "integrated_gradients")
    one, other = found.attribution, expected(net, method)
    assert (
        (one.method, one.stage, one.label())
        == (method, stage, "#2 − #5")
        == (
            other.method,
            other.stage,
            other.label(),
        )
    )
    np.testing.assert_array_equal(one.values, other.values)
    assert bool(progress) == (method not in CAMS)  # which take one pass


@pytest.mark.parametrize("method", METHODS)
def test_a_row_says_what_its_function_says(method: str) -> None:
    """The defaults stand in both, so that a page reads them without torch."""
    common = {"net", "x", "target", "stage", "contrast", "on_progress", "activation", "gradient"}
    signature = inspect.signature(METHODS[method].function()).parameters.values()
    own = {one.name: one.default for one in signature if one.name not in common}
    assert own == METHODS[method].parameters
    assert set(METHODS[method].offered) <= set(own)
    assert METHODS[method].function().__name__ == method


@pytest.mark.parametrize(
    ("method", "wrong", "names"),
    [
        ("lrp", {}, "lrp"),
        ("saliency", {"stage": "stage1"}, "stage1"),
        ("grad_cam", {"stage": "image"}, "image"),
        ("grad_cam", {"steps": 5}, "steps"),
        ("integrated_gradients", {"samples": 5}, "steps, batch"),
        ("integrated_gradients", {"steps": 0}, "steps"),
        ("integrated_gradients", {"steps": 10**9}, "10000"),
        ("integrated_gradients", {"steps": 5.5}, "5.5"),
        ("integrated_gradients", {"steps": None}, "None"),
        ("integrated_gradients", {"steps": True}, "True"),
        ("smooth_grad", {"noise": -1.0}, "noise"),
        ("smooth_grad", {"noise": float("nan")}, "noise"),
        ("smooth_grad", {"seed": -1}, "seed"),
        ("occlusion", {"window": "20"}, "window"),
    ],
)
def test_errors_in_words(
    whole: nn.Sequential, method: str, wrong: dict[str, object], names: str
) -> None:
    with pytest.raises(ValueError, match=names):
        attribute(whole, picture(SPEC), method, **wrong)


@pytest.mark.parametrize("method", ["occlusion", "score_cam", "integrated_gradients"])
def test_as_a_generator_that_may_be_left(whole: nn.Sequential, method: str) -> None:
    before, threads = traces(whole), threading.active_count()

    def steps() -> object:
        x = picture(SPEC)
        return as_generator(
            lambda hear: attribute(whole, x, method, target=2, batch=2, on_progress=hear)
        )

    *progress, last = steps()
    assert all(isinstance(one, Progress) for one in progress) and len(progress) > 3
    assert last.attribution.values.any()
    left = steps()
    next(left)
    left.close()  # a page's visitor cancels
    assert threading.active_count() == threads and traces(whole) == before


def test_a_generator_raises_what_its_call_raises_and_speaks_its_language() -> None:
    def wrong(hear: object) -> None:
        raise ValueError(language())

    with use_language("zh"), pytest.raises(ValueError, match=r"^zh$"):
        list(as_generator(wrong))
