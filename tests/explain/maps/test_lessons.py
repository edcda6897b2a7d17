"""Methods that fail here do so measurably, and do work where they were made for."""

import math

import pytest

from convnext_viz.explain.maps.lessons import LESSONS, lessons
from tests.explain.small_nets import SPECS, frozen, picture
from tests.explain.traces import traces


def test_on_gelu_and_layer_norm() -> None:
    spec = SPECS["convnext"]
    net = frozen(spec)
    before = traces(net)
    found = {lesson.method: lesson for lesson in lessons(net, picture(spec), 2)}
    assert tuple(found) == LESSONS and traces(net) == before
    for method in ("guided_backprop", "deconvolution"):
        assert found[method].same_as == "gradient" and found[method].largest > 0
        assert found[method].difference <= 1e-6 * found[method].largest
    deep_lift = found["deep_lift"]
    assert deep_lift.difference <= 1e-5 * deep_lift.largest
    gap = abs(deep_lift.total - deep_lift.score_difference)
    assert gap > 0.05 * abs(deep_lift.score_difference)  # completeness is broken
    assert found["lrp"].error.startswith("TypeError") and math.isnan(found["lrp"].difference)


def test_with_relu_guided_backprop_is_no_gradient() -> None:
    spec = SPECS["batch_norm"]
    found = {lesson.method: lesson for lesson in lessons(frozen(spec), picture(spec), 2)}
    for method in ("guided_backprop", "deconvolution"):
        assert found[method].difference > 0.01 * found[method].largest


def test_errors_in_words() -> None:
    with pytest.raises(ValueError, match="99"):
        lessons(frozen(SPECS["convnext"]), picture(SPECS["convnext"]), 99)
