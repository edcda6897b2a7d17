"""The verdict against scipy, and against what it promises over many experiments."""

import math

import numpy as np
import pytest
from scipy import stats

from convnext_viz.text import use_language
from convnext_viz.train.verdict import said, verdict, verdicts


@pytest.mark.parametrize("seeds", [2, 3, 5, 9, 31])
@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.9998])
def test_every_interval_is_scipys_paired_one(seeds, confidence):
    a, b = np.random.default_rng(seeds).normal(0.7, 0.01, (2, seeds))
    expected = stats.ttest_rel(a, b).confidence_interval(confidence)
    given = verdict(list(a), list(b), confidence=confidence)
    assert (given.low, given.high) == pytest.approx((expected.low, expected.high), rel=1e-8)
    shared = verdict(list(a), list(b), confidence=confidence, comparisons=4)
    expected = stats.ttest_rel(a, b).confidence_interval(1 - (1 - confidence) / 4)
    assert (shared.low, shared.high) == pytest.approx((expected.low, expected.high), rel=1e-8)


def test_two_and_three_seeds_are_the_closed_forms():
    """Student's t is Cauchy's with one degree of freedom, and p √(2 / (1 − p²)) with two."""
    half = (verdict([0.6, 0.8], [0.5, 0.5]).high - verdict([0.6, 0.8], [0.5, 0.5]).low) / 2
    assert half == pytest.approx(math.tan(math.pi * 0.475) * 0.1)
    three = verdict([0.6, 0.7, 0.8], [0.5, 0.5, 0.5])
    quantile = 0.95 * math.sqrt(2 / (1 - 0.95**2))
    assert three.high - three.mean == pytest.approx(quantile * 0.1 / math.sqrt(3))


def test_the_interval_is_the_paired_t_interval():
    a, b = [0.71, 0.74, 0.69, 0.75], [0.70, 0.71, 0.66, 0.74]
    given = verdict(a, b)
    expected = stats.ttest_rel(a, b).confidence_interval(0.95)
    assert (given.low, given.high) == pytest.approx((expected.low, expected.high))
    assert given.mean == pytest.approx(0.02)
    assert given.outcome == "better"
    assert verdict(b, a).outcome == "worse"


def test_one_seed_never_tells():
    given = verdict([0.9], [0.1], label="a", contrast="b")
    assert given.outcome == "one_seed"
    assert (given.low, given.high) == (-math.inf, math.inf)
    assert "one seed is not enough" in said(given)
    assert verdict([], []).outcome == "no_seed"


def test_nothing_between_them_is_too_small():
    assert verdict([0.5] * 3, [0.5] * 3).outcome == "too_small"


def test_two_equal_differences_on_few_pictures_are_no_proof():
    pair = [0.52, 0.50], [0.51, 0.49]
    assert verdict(*pair, resolution=0.01).outcome == "too_small"
    assert verdict(*pair).outcome == "better"


@pytest.mark.parametrize("seeds", [2, 3, 5])
@pytest.mark.parametrize("pictures", [200, 10_000])
def test_twins_are_rarely_told_apart(seeds, pictures):
    """The same network twice: accuracies of one mean, paired through the batches they share."""
    rng = np.random.default_rng(seeds)
    trials, alarms = 2000, 0
    for _ in range(trials):
        shared = rng.normal(0.7, 0.01, seeds)
        a, b = (np.round((shared + rng.normal(0, 0.006, seeds)) * pictures) for _ in "ab")
        given = verdict(list(a / pictures), list(b / pictures), resolution=1 / pictures)
        alarms += given.outcome != "too_small"
    assert alarms / trials <= 0.10
    assert alarms / trials <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / trials)


def test_four_twins_find_a_winner_no_more_often():
    rng = np.random.default_rng(0)
    trials, alarms = 1000, 0
    for _ in range(trials):
        arms = {label: dict(enumerate(rng.normal(0.7, 0.01, 4))) for label in "abcd"}
        alarms += any(v.outcome != "too_small" for v in verdicts(arms, "a"))
    assert alarms / trials <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / trials)


def test_a_real_difference_is_found():
    rng = np.random.default_rng(1)
    found = 0
    for _ in range(200):
        given = verdict(rng.normal(0.75, 0.004, 3).tolist(), rng.normal(0.70, 0.004, 3).tolist())
        found += given.outcome == "better"
    assert found >= 180


def test_only_seeds_that_both_finished_are_paired():
    arms = {"a": {0: 0.5, 1: 0.6, 2: 0.7}, "b": {1: 0.5, 2: 0.5, 3: 0.9}, "c": {}}
    of_b, of_c = verdicts(arms, "a")
    assert of_b.differences == pytest.approx((-0.1, -0.2))
    assert (of_b.comparisons, of_c.outcome) == (2, "no_seed")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_outcome_is_a_sentence(language):
    with use_language(language):
        for pair in (([], []), ([0.5], [0.4]), ([0.5] * 2, [0.5] * 2), ([0.9, 0.8], [0.1, 0.01])):
            for a, b in (pair, pair[::-1]):
                assert "LN" in said(verdict(a, b, label="LN", contrast="BN"))
    none = said(verdict([0.5, 0.5], [0.5, 0.50001], label="a", contrast="b"))
    assert "0.0 percentage points" in none and "-0.0 percentage points" not in none
    assert "95% confidence interval" in none
    assert "+40.0" in said(verdict([0.9, 0.8], [0.5, 0.4], label="a", contrast="b"))
