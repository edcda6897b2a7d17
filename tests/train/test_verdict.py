"""The verdict: factors found, outcomes, sentences; what it promises over many experiments."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from convnext_viz.specs import CIFAR
from convnext_viz.text import use_language
from convnext_viz.train.experiment import Arm, grid
from convnext_viz.train.factors import crossed
from convnext_viz.train.verdict import compared, verdict
from convnext_viz.train.verdict_words import difference_said, said

BASE = replace(CIFAR["cifar_ln_gelu"], norm="batch", norm_eps=1e-5)
ARMS = grid(BASE, {"norm": ["batch", "layer"], "act": ["relu", "gelu"]})
LABELS = [arm.label for arm in ARMS]
KERNELS = grid(BASE, {"kernel_size": [3, 5, 7]})


def accuracies(rng, effects, seeds, *, labels=LABELS, pictures=10_000):
    """By arm and seed: a share of the seed that all arms have, an effect, and noise."""
    shared = rng.normal(0.7, 0.01, seeds)
    found = {}
    for label, effect in zip(labels, effects, strict=True):
        own = np.round((shared + effect + rng.normal(0, 0.006, seeds)) * pictures) / pictures
        found[label] = dict(enumerate(own.tolist()))
    return found


def alarms(given):
    return any(one.outcome == "shown" for one in (*given.effects, *given.interactions))


def test_factors_are_the_fields_that_are_crossed():
    found = crossed([arm.spec for arm in ARMS])
    assert found == {"norm": ("BN", "BN", "LN", "LN"), "act": ("ReLU", "GELU") * 2}
    assert list(crossed([arm.spec for arm in KERNELS])) == ["kernel_size"]
    assert crossed([arm.spec for arm in ARMS[:3]]) == {}  # no full grid
    assert crossed([arm.spec for arm in ARMS[:2]]) == {"act": ("ReLU", "GELU")}
    assert crossed([BASE, BASE]) == {}


def test_main_effects_and_interaction_are_the_textbooks():
    """Marginal means and their differences, and the difference of the differences."""
    values = {"BN · ReLU": 0.60, "BN · GELU": 0.62, "LN · ReLU": 0.55, "LN · GELU": 0.53}
    found = {label: {0: y, 1: y + 0.01, 2: y - 0.02} for label, y in values.items()}
    found["LN · GELU"][2] -= 0.003
    given = verdict(ARMS, found)
    by_factor = {one.factor: one.differences[0] for one in given.effects}
    assert by_factor["norm"].mean == pytest.approx(-0.07 - 0.0005)
    assert (by_factor["norm"].of, by_factor["norm"].than) == ("LN", "BN")
    assert by_factor["act"].mean == pytest.approx(0 - 0.0005)
    (interaction,) = given.interactions
    assert interaction.difference.mean == pytest.approx(-0.04 - 0.001)
    assert [one.mean for one in interaction.effects] == pytest.approx([-0.05, -0.09 - 0.001])
    assert interaction.places == ("ReLU", "GELU")
    assert [one.label for one in given.arms][:2] == ["BN · GELU", "BN · ReLU"]
    assert given.effects[0].factor == "norm" and given.effects[0].outcome == "shown"
    assert by_factor["norm"].each == pytest.approx((-0.07, -0.07, -0.0715))
    assert given.df == 6


def test_two_arms_are_the_paired_t_test():
    a, b = np.random.default_rng(0).normal(0.7, 0.01, (2, 5))
    arms = ARMS[:2]
    found = {arms[0].label: dict(enumerate(b)), arms[1].label: dict(enumerate(a))}
    expected = stats.ttest_rel(a, b)
    interval = expected.confidence_interval(0.95)
    given = verdict(arms, found)
    for one in (given.effects[0].differences[0], *compared(found, arms[0].label)):
        assert (one.low, one.high) == pytest.approx((interval.low, interval.high))
    assert given.effects[0].p == pytest.approx(expected.pvalue)


def test_one_seed_never_tells():
    found = {label: {0: 0.1 * i} for i, label in enumerate(LABELS)}
    given = verdict(ARMS, found)
    assert {one.outcome for one in (*given.effects, *given.interactions, *given.pairs)} == {
        "one_seed"
    }
    assert "One seed is not enough" in said(given)[0]
    assert math.isinf(given.pairs[0].low) and given.seeds_for_half is None


def test_before_two_arms_share_a_seed_there_is_none():
    assert verdict(ARMS, {label: {} for label in LABELS}) is None
    assert verdict(ARMS, {"BN · ReLU": {0: 0.5}, "LN · ReLU": {1: 0.5}}) is None
    assert compared({"BN · ReLU": {0: 0.5}}, "BN · GELU") == ()


def test_equal_accuracies_are_no_proof_of_anything():
    same = verdict(ARMS, {label: dict.fromkeys(range(3), 0.5) for label in LABELS})
    assert not alarms(same) and len(same.level) == 3
    pair = {LABELS[0]: {0: 0.51, 1: 0.49}, LABELS[1]: {0: 0.52, 1: 0.50}}
    (coarse,) = verdict(ARMS[:2], pair, resolution=0.01).effects
    (fine,) = verdict(ARMS[:2], pair).effects
    assert (coarse.outcome, fine.outcome) == ("too_small", "shown")


def test_an_arm_that_diverged_leaves_the_others_their_verdict():
    found = accuracies(np.random.default_rng(3), [0.05, 0.05, 0, 0], 3)
    del found["LN · GELU"][2]
    given = verdict(ARMS, found)
    assert (given.df, given.complete) == (5, False)
    assert given.effects[0].factor == "norm" and given.effects[0].outcome == "shown"
    found["LN · GELU"] = {}
    without = verdict(ARMS, found)
    assert len(without.arms) == 3
    assert [one.factor for one in without.effects] == [""]  # three of four are no grid


@pytest.mark.parametrize("seeds", [2, 3, 5])
@pytest.mark.parametrize("pictures", [200, 10_000])
def test_the_same_network_four_times_is_rarely_told_apart(seeds, pictures):
    rng = np.random.default_rng(seeds)
    trials = 300
    of_verdict = of_pairs = of_baseline = 0
    for _ in range(trials):
        found = accuracies(rng, [0] * 4, seeds, pictures=pictures)
        given = verdict(ARMS, found, resolution=1 / pictures)
        of_verdict += alarms(given)
        of_pairs += any(one.outcome == "shown" for one in given.pairs)
        against = compared(found, LABELS[0], resolution=1 / pictures)
        of_baseline += any(one.outcome == "shown" for one in against)
    allowed = 0.05 + 3 * math.sqrt(0.05 * 0.95 / trials)
    assert max(of_verdict, of_pairs, of_baseline) / trials <= allowed


@pytest.mark.parametrize(("seeds", "effect"), [(2, -0.02), (3, -0.015), (5, -0.01)])
def test_a_norm_that_matters_is_found_more_often_than_by_paired_tests(seeds, effect):
    """Before, each arm was compared with the first alone: paired t, the risk shared by three."""
    rng = np.random.default_rng(10 + seeds)
    trials, now, before = 100, 0, 0
    for _ in range(trials):
        found = accuracies(rng, [0, 0, effect, effect], seeds)
        given = verdict(ARMS, found)
        norm = next(one for one in given.effects if one.factor == "norm")
        now += norm.outcome == "shown" and norm.differences[0].mean < 0
        first, *others = (list(found[label].values()) for label in LABELS)
        before += any(3 * stats.ttest_rel(other, first).pvalue < 0.05 for other in others)
    assert now / trials >= 0.5 and now >= 1.3 * before


def test_the_smallest_difference_is_found_where_it_is_exceeded():
    """Deterministic: the same residuals, with an effect just above and just below."""
    noise = accuracies(np.random.default_rng(5), [0] * 4, 3)
    given = verdict(ARMS, noise)
    norm = next(one for one in given.effects if one.factor == "norm")
    for share, outcome in ((1.01, "shown"), (0.9, "too_small")):
        wanted = share * given.smallest - norm.differences[0].mean
        moved = {
            label: {seed: y + wanted * label.startswith("LN") for seed, y in of.items()}
            for label, of in noise.items()
        }
        found = next(one for one in verdict(ARMS, moved).effects if one.factor == "norm")
        assert (found.outcome == "shown") == (outcome == "shown")
    error = given.smallest / stats.t.isf(0.025 / 3, given.df)
    at = stats.t.isf(0.025 / 3, 3 * (given.seeds_for_half - 1))
    before = stats.t.isf(0.025 / 3, 3 * (given.seeds_for_half - 2))
    ratio = math.sqrt(3 / given.seeds_for_half), math.sqrt(3 / (given.seeds_for_half - 1))
    assert at * error * ratio[0] <= given.smallest / 2 < before * error * ratio[1]


def test_three_kernels_are_all_pairs_by_tukey():
    labels = [arm.label for arm in KERNELS]
    found = accuracies(np.random.default_rng(1), [0, 0.03, 0.06], 3, labels=labels)
    given = verdict(KERNELS, found)
    (effect,) = given.effects
    assert [level for level, _ in effect.levels] == ["7", "5", "3"]
    assert effect.differences[0].of == "7" and effect.differences[0].than == "3"
    widths = {round(one.high - one.low, 9) for one in (*effect.differences, *given.pairs)}
    assert len(widths) == 1 and given.interactions == ()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_outcome_is_a_sentence(language):
    rng = np.random.default_rng(0)
    own = (Arm("a", BASE), Arm("b", BASE), Arm("c", BASE))
    with use_language(language):
        for effects in ([0] * 4, [0, 0, -0.1, -0.1], [0, 0, -0.1, 0.1], [0, 0.006, 0.01, 0.018]):
            for seeds in (1, 3):
                given = verdict(ARMS, accuracies(rng, effects, seeds))
                assert all(len(line) > 10 and "{" not in line for line in said(given))
                assert all(
                    "LN" in line or "BN" in line for line in map(difference_said, given.pairs)
                )
        mixed = grid(BASE, {"norm": ["batch", "layer"], "kernel_size": [3, 5, 7]})
        labels = [arm.label for arm in mixed]
        for seeds in (1, 3):
            given = verdict(mixed, accuracies(rng, [0] * 6, seeds, labels=labels))
            assert given.interactions[0].difference is None and said(given)
        lines = said(verdict(own, accuracies(rng, [0] * 3, 3, labels="abc")))
        assert len(lines) == 3


def test_the_sentences_say_what_was_found():
    found = accuracies(np.random.default_rng(2), [0, 0, -0.08, -0.08], 3)
    first, *others = said(verdict(ARMS, found))
    assert first.startswith("Norm, LN compared with BN: −")
    assert "averaged over all values of “Activation” and over 3 seeds" in first
    assert first.endswith("This is more than chance.")
    assert any("No sign that the effect of “Norm” depends on" in line for line in others)
    assert any(line.startswith("Best variant: BN ·") for line in others)
    assert not any("could show" in line for line in others)
    none = said(verdict(ARMS, accuracies(np.random.default_rng(4), [0] * 4, 3)))
    assert none[-1].startswith("With 3 seeds this run could show differences from about")
