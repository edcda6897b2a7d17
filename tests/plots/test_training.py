"""Training figures show the numbers given: every arm, thinned, smoothed only on request."""

import dataclasses
from typing import Any

import numpy as np
import pytest

from convnext_viz.plots import training, training_differences
from convnext_viz.results import Curve, Difference, InternalsCurve
from convnext_viz.specs import CIFAR, ConvNeXtSpec
from convnext_viz.text import use_language
from convnext_viz.train import Arm

ARMS = (Arm("BN · ReLU", CIFAR["cifar_bn_relu"]), Arm("LN · GELU", CIFAR["cifar_ln_gelu"]))
STYLE = training.styles(ARMS)


def curve(label: str = "BN · ReLU", seed: int = 0, steps: int = 40, **changes: object) -> Curve:
    step = np.arange(1, steps + 1)
    given = {
        "label": label,
        "seed": seed,
        "step": step,
        "epoch": step / 10,
        "images": step * 64,
        "seconds": step * 0.5,
        "lr": np.full(steps, 1e-3),
        "loss": 2.3 - step / steps,
        "accuracy": step / steps,
        "grad_norm": np.ones(steps),
        "test_step": np.array([10, 20]),
        "test_loss": np.array([2.0, 1.5]),
        "test_accuracy": np.array([0.2, 0.4]),
        "ema_accuracy": np.array([np.nan, np.nan]),
    }
    return Curve(**given | changes)


def test_hue_is_the_norm_and_dash_the_activation_where_that_tells_arms_apart() -> None:
    assert STYLE["BN · ReLU"] == ("#0072B2", "dot") and STYLE["LN · GELU"] == ("#E69F00", "solid")
    sweep = [
        Arm(f"kernel_size {k}", dataclasses.replace(ConvNeXtSpec(), kernel_size=k))
        for k in range(1, 19, 2)
    ]
    assert len(set(training.styles(sweep).values())) == len(sweep)


@pytest.mark.parametrize("axis", training.AXES)
def test_a_test_value_stands_where_its_step_was(axis: training.Axis) -> None:
    one = curve()
    (line,) = training.curves([one], STYLE, quantity="test_accuracy", axis=axis).data
    assert list(line.x) == pytest.approx(list(getattr(one, axis)[[9, 19]]))
    assert list(line.y) == [0.2, 0.4]


def test_before_the_first_test_there_are_words_and_no_axes() -> None:
    none = np.array([])
    early = curve(test_step=none, test_loss=none, test_accuracy=none, ema_accuracy=none)
    figure = training.curves([early], STYLE, quantity="test_accuracy")
    assert [note.text for note in figure.layout.annotations] == ["No test results yet."]
    assert figure.layout.xaxis.visible is figure.layout.yaxis.visible is False
    assert not training.curves([curve()], STYLE, quantity="test_accuracy").layout.annotations


def test_many_steps_are_thinned_and_the_last_one_stays() -> None:
    one = curve(steps=12_345)
    (line,) = training.curves([one], STYLE, quantity="loss").data
    assert len(line.x) == training.MOST
    assert line.y[-1] == one.loss[-1] and line.y[0] == one.loss[0]


def test_smoothing_is_seen_and_leaves_tests_alone() -> None:
    both = [curve(), curve("LN · GELU")]
    plain = training.curves(both, STYLE, quantity="loss")
    smooth = training.curves(both, STYLE, quantity="loss", smoothing=0.9)
    assert len(plain.data) == 2 and len(smooth.data) == 4  # the raw line stays behind
    assert "0.9" in smooth.layout.legend.title.text and "0.9" not in plain.layout.legend.title.text
    tests = training.curves(both, STYLE, quantity="test_accuracy", smoothing=0.9)
    assert len(tests.data) == 2 and "0.9" not in tests.layout.legend.title.text


def test_the_moving_average_is_the_weighted_mean_of_what_came_before() -> None:
    values = np.array([1.0, 5.0, np.nan, 3.0])
    found = training.smoothed(values, 0.5)
    assert found[0] == 1 and np.isnan(found[2])
    assert found[1] == pytest.approx((0.5 * 1 + 1 * 5) / 1.5)
    assert found[3] == pytest.approx((0.25 * 1 + 0.5 * 5 + 1 * 3) / 1.75)


def test_an_arm_that_diverged_gets_a_cross_at_its_last_finite_value() -> None:
    loss = np.where(np.arange(1, 41) < 30, 2.0, np.nan)
    figure = training.curves([curve(loss=loss, diverged_at=30)], STYLE, quantity="loss")
    assert figure.data[-1].marker.symbol == "x" and list(figure.data[-1].x) == [2.9]


def test_only_the_stage_and_quantity_that_were_asked_are_drawn() -> None:
    def inside(stage: str, gamma: float) -> InternalsCurve:
        values = {name: np.full(3, 0.5) for name in training.INTERNALS} | {
            "gamma": np.full(3, gamma)
        }
        return InternalsCurve(
            label="LN · GELU", seed=0, stage=stage, step=np.array([1, 25, 50]), **values
        )

    given = [inside("stem", np.nan), inside("stage1", 0.1)]
    figure = training.internals(given, STYLE, stage="stage1", quantity="gamma")
    (line,) = figure.data
    assert list(line.y) == [0.1] * 3
    assert figure.layout.showlegend and line.name == "LN · GELU"
    assert not training.internals(given, STYLE, stage="stem", quantity="gamma").data


@pytest.mark.parametrize(("low", "high", "traces"), [(-0.01, 0.03, 3), (-np.inf, np.inf, 2)])
def test_differences_are_in_points_and_one_seed_has_no_interval(
    low: float, high: float, traces: int
) -> None:
    one = Difference(
        of="LN · GELU",
        than="BN · ReLU",
        each=(0.0, 0.02),
        mean=0.01,
        low=low,
        high=high,
        outcome="too_small",
    )
    figure = training_differences.differences([("LN · GELU vs BN · ReLU", one)], ["#0072B2"])
    assert list(figure.layout.yaxis.ticktext) == ["LN · GELU vs BN · ReLU"]
    assert len(figure.data) == traces
    assert list(figure.data[-2].x) == [0, 2] and list(figure.data[-1].x) == [1]
    if traces == 3:
        assert list(figure.data[0].x) == pytest.approx([-1, 3])
    shown = [value for trace in figure.data for value in trace.x]
    assert figure.layout.xaxis.range[0] < min(shown) and max(shown) < figure.layout.xaxis.range[1]


def test_arms_of_a_family_with_norms_of_its_own_are_told_apart_all_the_same() -> None:
    @dataclasses.dataclass(frozen=True)
    class Foreign:
        norm: str
        act: str = "gelu"

    foreign: Any = [Arm(norm, Foreign(norm)) for norm in ("group", "weight")]  # type: ignore[arg-type]
    bare: Any = Arm("bare", object())  # type: ignore[arg-type]
    found = training.styles([*ARMS, *foreign, bare])
    assert len(set(found.values())) == len(found) == len(ARMS) + 3


@pytest.mark.parametrize("axis", training.AXES)
@pytest.mark.parametrize("quantity", ["loss", "test_accuracy"])
def test_axes_stand_still_while_a_recording_is_played(
    axis: training.Axis, quantity: training.Quantity
) -> None:
    complete = curve(loss=np.where(np.arange(1, 41) == 7, np.inf, 2.3))
    x, y = training.extent([complete], quantity, axis)
    assert x and y and x[0] == 0  # no epochs before the first
    ends = []
    start = training.curves([], STYLE, quantity=quantity, axis=axis, x_range=x, y_range=y)
    assert [note.text for note in start.layout.annotations] == ["Nothing has been measured yet."]
    assert (start.layout.xaxis.range, start.layout.xaxis.visible) == ((*x,), True)
    for steps in (1, 10, 40):
        names = [f.name for f in dataclasses.fields(Curve)]
        cut = {
            name: getattr(complete, name)[:steps]
            for name in names
            if isinstance(getattr(complete, name), np.ndarray)
            and not name.startswith(("test", "ema"))
        }
        tests = complete.test_step <= steps
        cut |= {name: getattr(complete, name)[tests] for name in names if name.startswith("test_")}
        now = dataclasses.replace(complete, **cut)
        figure = training.curves([now], STYLE, quantity=quantity, axis=axis, x_range=x, y_range=y)
        ends.append((figure.layout.xaxis.range, figure.layout.yaxis.range))
        assert figure.layout.xaxis.visible is not False
        for line in figure.data:
            assert all(x[0] <= one <= x[1] for one in line.x)
            assert all(y[0] <= one <= y[1] for one in line.y if np.isfinite(one))
    assert ends == [((*x,), (*y,))] * 3


def test_nothing_measured_has_no_extent() -> None:
    none = np.array([])
    empty = curve(test_step=none, test_loss=none, test_accuracy=none, ema_accuracy=none)
    assert training.extent([empty], "test_loss", "step") == (None, None)
    assert training.extent([], "loss", "epoch") == (None, None)
    assert training.extent_inside([], "stage1", "mean") == (None, None)


def test_a_legend_says_settings_in_the_readers_language() -> None:
    arms = [
        Arm(f"kernel_size {k}", dataclasses.replace(ConvNeXtSpec(), kernel_size=k)) for k in (3, 5)
    ]
    given = [curve(arm.label) for arm in arms]
    for code, names in (
        ("en", ["Kernel size 3", "Kernel size 5"]),
        ("zh", ["卷积核大小 3", "卷积核大小 5"]),
    ):
        with use_language(code):
            figure = training.curves(given, training.styles(arms), quantity="loss")
            assert [line.name for line in figure.data] == names
            assert names[1] in training.describe_curves(given, "loss")
