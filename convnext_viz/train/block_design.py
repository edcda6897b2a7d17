r"""Randomized complete block design: the accuracies of a run, with its seeds as blocks.

All arms of one seed see the same batches, so a seed is a block: what it adds to every arm alike is
taken out. The accuracy of arm :math:`a` with seed :math:`s` is modelled as

.. math::
    y_{as} = \mu_a + \beta_s + \varepsilon_{as}, \qquad \textstyle\sum_s \beta_s = 0,

and the residual variance is estimated from all arms together: with :math:`(n-1)(k-1)` degrees of
freedom for :math:`n` seeds and :math:`k` arms (Montgomery, Design and Analysis of Experiments,
section 4.1). A comparison is a contrast :math:`\sum_a c_a \mu_a`, :math:`\sum_a c_a = 0`, of
standard error :math:`s \sqrt{c^\top V c}`, which is :math:`s \sqrt{\sum_a c_a^2 / n}` where every
arm finished every seed. It speaks about other seeds on these test pictures, not about other
pictures.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_EXACT = 1e-18  # a variance: accuracies that are equal differ in their last binary digit


@dataclass(frozen=True, eq=False)
class BlockDesign:
    """Final accuracies of every arm with every seed, and what they leave unexplained.

    ``values``: (arms, seeds), 0 … 1; NaN where an arm did not finish a seed. ``resolution``: the
    smallest step of an accuracy, 1 / test pictures; its rounding is noise too, of variance
    resolution² / 12.
    """

    values: Array
    resolution: float = 0.0

    @property
    def connected(self) -> bool:
        """Whether every arm can be compared with every other, through seeds that arms share."""
        return bool(np.linalg.matrix_rank(self._columns) == self._columns.shape[1])

    @property
    def df(self) -> int:
        """Degrees of freedom of the residual; 0 with one seed, which leaves none."""
        arms, seeds = self.values.shape
        return int(np.isfinite(self.values).sum()) - arms - seeds + 1

    @property
    def complete(self) -> bool:
        """Whether every arm finished every seed."""
        return bool(np.isfinite(self.values).all())

    @cached_property
    def _columns(self) -> Array:
        """(cells, arms + seeds − 1): whose accuracy each cell is, the seeds' shares summing to
        zero."""
        arms, seeds = self.values.shape
        of_arms = np.repeat(np.eye(arms), seeds, 0)
        of_seeds = np.tile(np.vstack([np.eye(seeds)[:-1, :-1], -np.ones(seeds - 1)]), (arms, 1))
        return np.hstack([of_arms, of_seeds])[np.isfinite(self.values).ravel()]

    @cached_property
    def _fit(self) -> tuple[Array, float]:
        """Coefficients, and the sum of squared residuals."""
        measured = self.values[np.isfinite(self.values)]
        found = np.linalg.lstsq(self._columns, measured, rcond=None)[0]
        return np.asarray(found), float(((measured - self._columns @ found) ** 2).sum())

    @cached_property
    def means(self) -> Array:
        """(arms,) each as if it had finished every seed: its least-squares mean."""
        return self._fit[0][: len(self.values)]

    @cached_property
    def variance(self) -> float:
        """Of one accuracy, about its arm and its seed; needs ``df`` ≥ 1."""
        return max(self._fit[1] / self.df + self.resolution**2 / 12, _EXACT)

    @cached_property
    def unscaled(self) -> Array:
        """V, (arms, arms): the covariance of ``means`` is ``variance`` times it."""
        arms = len(self.values)
        columns = self._columns
        return np.asarray(np.linalg.inv(columns.T @ columns)[:arms, :arms])

    def contrast(self, weights: Array) -> tuple[float, float]:
        """Estimate and standard error of Σ ``weights`` · μ; the error is infinite with one seed."""
        estimate = float(weights @ self.means)
        if self.df < 1:
            return estimate, np.inf
        return estimate, float(np.sqrt(self.variance * (weights @ self.unscaled @ weights)))

    def statistic(self, contrasts: Array) -> float:
        """F of all ``contrasts``, (rows, arms), being zero together; rows and ``df`` are its
        degrees of freedom."""
        found = contrasts @ self.means
        spread = contrasts @ self.unscaled @ contrasts.T
        return float(found @ np.linalg.solve(spread, found) / len(contrasts) / self.variance)
