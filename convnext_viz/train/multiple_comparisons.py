"""Multiple comparisons: how large a difference must be where several are looked at together.

The critical values are in units of a difference's standard error: an interval of that many errors
each side holds for all comparisons of its family at once.
"""

import math
from collections.abc import Mapping
from functools import cache

import numpy as np
from scipy import optimize, stats

RISK = 0.05  # of a false alarm, for all comparisons of a family together


@cache
def dunnett(comparisons: int, df: int, risk: float = RISK) -> float:
    r"""Dunnett's critical value: so many means of equal size, each against one and the same.

    The probability that none of :math:`m` studentized differences exceeds :math:`c` is an integral
    over what they share, the baseline's mean :math:`z` and the residual's scale :math:`u`,

    .. math::
        E_{u, z}\left[\left(\Phi(\sqrt 2 c u + z) - \Phi(-\sqrt 2 c u + z)\right)^m\right],

    Dunnett 1955, with correlations of 1/2.
    """
    if comparisons == 1:
        return bonferroni(1, df, risk)
    z, weight = np.polynomial.hermite_e.hermegauss(96)
    share = (np.arange(400) + 0.5) / 400  # equal shares of the scale's distribution
    u = np.sqrt(stats.chi2.ppf(share, df) / df)[:, None]

    def excess(c: float) -> float:
        ends = stats.norm.cdf(math.sqrt(2) * c * u + z), stats.norm.cdf(-math.sqrt(2) * c * u + z)
        none = ((ends[0] - ends[1]) ** comparisons * weight).sum(1) / weight.sum()
        return float(none.mean()) - (1 - risk)

    return float(optimize.brentq(excess, 0.1, 1e4))


@cache
def tukey(means: int, df: int, risk: float = RISK) -> float:
    """Tukey's critical value, for all pairs of so many means (Tukey 1953, Kramer 1956)."""
    if means == 2:
        return bonferroni(1, df, risk)
    return float(stats.studentized_range.isf(risk, means, df)) / math.sqrt(2)


@cache
def bonferroni(comparisons: int, df: int, risk: float = RISK) -> float:
    """Student's critical value with the risk shared evenly; never too small, whatever they are."""
    return float(stats.t.isf(risk / 2 / comparisons, df))


def tukey_p(t_value: float, means: int, df: int) -> float:
    """Probability that any pair of so many equal means differs by that many standard errors."""
    if means == 2:
        return float(2 * stats.t.sf(t_value, df))
    return float(stats.studentized_range.sf(t_value * math.sqrt(2), means, df))


def holm(p_values: Mapping[tuple[str, ...], float]) -> dict[tuple[str, ...], float]:
    """Holm's adjusted p-values: the risk that any of the claims up to it is wrong (Holm 1979)."""
    found: dict[tuple[str, ...], float] = {}
    largest = 0.0
    for place, (name, p) in enumerate(sorted(p_values.items(), key=lambda one: one[1])):
        largest = max(largest, min(1.0, (len(p_values) - place) * p))
        found[name] = largest
    return found
