"""The block design against statsmodels, critical values against scipy, tables and closed forms."""

import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.anova import anova_lm

from convnext_viz.train.block_design import BlockDesign
from convnext_viz.train.multiple_comparisons import bonferroni, dunnett, holm, tukey, tukey_p

Array = NDArray[np.float64]


def measured(arms: int, seeds: int, *, missing: tuple[tuple[int, int], ...] = ()) -> Array:
    rng = np.random.default_rng(arms * 100 + seeds)
    values = 0.6 + rng.normal(0, 0.02, seeds) + rng.normal(0, 0.01, (arms, seeds))
    for cell in missing:
        values[cell] = math.nan
    return values


def fitted(values: Array):
    cells = [(f"a{a}", f"s{s}", y) for (a, s), y in np.ndenumerate(values) if math.isfinite(y)]
    arm, seed, y = zip(*cells, strict=True)
    # Every seed counts the same, as it does in a mean.
    frame = pd.DataFrame({"arm": arm, "seed": seed, "y": y})
    return smf.ols("y ~ 0 + C(arm) + C(seed, Sum)", frame).fit()


@pytest.mark.parametrize(
    ("arms", "seeds", "missing"),
    [(2, 2, ()), (4, 3, ()), (9, 5, ()), (4, 3, ((1, 2),)), (4, 5, ((0, 0), (3, 1), (3, 4)))],
)
def test_means_errors_and_contrasts_are_those_of_statsmodels(arms, seeds, missing):
    values = measured(arms, seeds, missing=missing)
    design, oracle = BlockDesign(values), fitted(values)
    assert (design.df, design.complete) == (int(oracle.df_resid), not missing)
    assert math.sqrt(design.variance) == pytest.approx(math.sqrt(oracle.mse_resid))
    np.testing.assert_allclose(design.means, oracle.params[:arms])
    zeros = np.zeros(seeds - 1)
    for weights in (np.eye(arms)[0], np.eye(arms)[1] - np.eye(arms)[0], np.arange(arms) - 1.0):
        found = oracle.t_test(np.hstack([weights, zeros]))
        expected = found.effect.item(), found.sd.item()
        assert design.contrast(weights) == pytest.approx(expected, rel=1e-9)


def test_a_complete_design_is_the_closed_form():
    values = measured(4, 3)
    design = BlockDesign(values)
    np.testing.assert_allclose(design.means, values.mean(1))
    weights = np.array([0.5, 0.5, -0.5, -0.5])
    expected = math.sqrt(design.variance * float(weights @ weights) / 3)
    assert design.contrast(weights)[1] == pytest.approx(expected)
    rounded = BlockDesign(values, resolution=0.01)
    assert rounded.variance == pytest.approx(design.variance + 0.01**2 / 12)


@pytest.mark.parametrize(
    ("first", "second", "missing"), [(2, 2, ()), (3, 2, ()), (3, 2, ((4, 1),))]
)
def test_the_f_test_of_an_interaction_is_that_of_statsmodels(first, second, missing):
    values = measured(first * second, 3, missing=missing)
    cells = [
        (f"a{a // second}", f"b{a % second}", f"s{s}", y)
        for (a, s), y in np.ndenumerate(values)
        if math.isfinite(y)
    ]
    a, b, seed, y = zip(*cells, strict=True)
    data = pd.DataFrame({"a": a, "b": b, "seed": seed, "y": y})
    models = (smf.ols(f"y ~ C(a) {sign} C(b) + C(seed)", data).fit() for sign in ("+", "*"))
    expected = anova_lm(*models)["F"].iloc[1]
    names = [(i, j) for i in range(first) for j in range(second)]
    at = dict(zip(names, np.eye(first * second), strict=True))
    contrasts = np.array(
        [
            at[i, j] - at[0, j] - at[i, 0] + at[0, 0]
            for i in range(1, first)
            for j in range(1, second)
        ]
    )
    assert BlockDesign(values).statistic(contrasts) == pytest.approx(expected)


def test_arms_without_a_common_seed_are_not_connected():
    nan = math.nan
    assert not BlockDesign(np.array([[0.5, nan], [nan, 0.6]])).connected
    assert BlockDesign(np.array([[0.5, nan], [0.4, 0.6]])).connected


@pytest.mark.parametrize("comparisons", [1, 2, 3, 9])
@pytest.mark.parametrize("df", [1, 2, 6, 20])
def test_dunnett_is_the_quantile_of_the_multivariate_t(comparisons, df):
    critical = dunnett(comparisons, df)
    box = np.full(comparisons, critical)
    shape = np.full((comparisons, comparisons), 0.5) + 0.5 * np.eye(comparisons)
    inside = stats.multivariate_t(shape=shape, df=df).cdf(box, lower_limit=-box, random_state=0)
    assert inside == pytest.approx(0.95, abs=1e-3)


@pytest.mark.parametrize(
    ("means", "df", "table"),
    # Studentized range, 5 % points (Pearson and Hartley 1966, table 29); ours are divided by √2.
    [(2, 6, 3.46), (3, 4, 5.04), (4, 6, 4.90), (6, 10, 4.91)],
)
def test_tukey_is_the_table(means, df, table):
    assert tukey(means, df) * math.sqrt(2) == pytest.approx(table, abs=0.006)
    assert tukey_p(tukey(means, df), means, df) == pytest.approx(0.05, rel=1e-3)


def test_bonferroni_is_students():
    assert bonferroni(1, 1) == pytest.approx(12.706, abs=1e-3)
    assert bonferroni(4, 6) == pytest.approx(stats.t.ppf(1 - 0.05 / 8, 6))


def test_holm_is_statsmodels():
    from statsmodels.stats.multitest import multipletests

    p = [0.04, 0.011, 0.2, 0.013, 0.9]
    expected = multipletests(p, method="holm")[1]
    assert list(holm({(str(i),): one for i, one in enumerate(p)}).values()) == pytest.approx(
        sorted(expected)
    )
