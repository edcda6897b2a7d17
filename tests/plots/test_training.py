"""Training figures show the numbers given: every arm, thinned, smoothed only on request."""

import dataclasses
from typing import Any

import numpy as np
import pytest

from convnext_viz.plots import training, training_ends
from convnext_viz.results import Curve, Difference, InternalsCurve, ProbeImages
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
    (line,) = training.internals(given, STYLE, stage="stage1", quantity="gamma").data
    assert list(line.y) == [0.1] * 3
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
    figure = training_ends.differences([("LN · GELU vs BN · ReLU", one)], ["#0072B2"])
    assert list(figure.layout.yaxis.ticktext) == ["LN · GELU vs BN · ReLU"]
    assert len(figure.data) == traces
    assert list(figure.data[-2].x) == [0, 2] and list(figure.data[-1].x) == [1]
    if traces == 3:
        assert list(figure.data[0].x) == pytest.approx([-1, 3])


def test_confusion_colours_the_share_of_a_row_and_names_the_worst() -> None:
    pictures = np.array([[8, 2], [1, 0]])
    heat = training_ends.confusion(pictures, ("cat", "dog")).data[0]
    assert [list(row) for row in heat.z] == [[0.8, 0.2], [1, 0]]
    said = training_ends.describe_confusion(pictures, ("cat", "dog"))
    assert "cat" in said and "dog" in said and "72.7%" in said


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_watched_pictures_carry_every_arms_word(lang: str) -> None:
    given = ProbeImages(
        images=np.zeros((16, 8, 8, 3), np.uint8),
        labels=(0, 1) * 8,
        classes=("cat", "dog"),
        step={"BN · ReLU": 25},
        predicted={"BN · ReLU": (0,) * 16},
        probability={"BN · ReLU": (0.75,) * 15 + (np.nan,)},
    )
    with use_language(lang):
        figure = training_ends.probe_images(given, STYLE)
        assert len(figure.layout.images) == 16
        words = [note.text for note in figure.layout.annotations]
        assert (
            sum("✓" in word for word in words) == 8 and sum("75%" in word for word in words) == 15
        )
        assert "8" in training_ends.describe_watched(given)
        assert "BN · ReLU" in training.describe_curves([curve()], "loss")


def test_arms_of_a_family_with_norms_of_its_own_are_told_apart_all_the_same() -> None:
    @dataclasses.dataclass(frozen=True)
    class Foreign:
        norm: str
        act: str = "gelu"

    foreign: Any = [Arm(norm, Foreign(norm)) for norm in ("group", "weight")]  # type: ignore[arg-type]
    bare: Any = Arm("bare", object())  # type: ignore[arg-type]
    found = training.styles([*ARMS, *foreign, bare])
    assert len(set(found.values())) == len(found) == len(ARMS) + 3
