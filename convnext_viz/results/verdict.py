"""Records of what a run shows: means, effects of the factors, differences with their intervals."""

from dataclasses import dataclass
from typing import Literal

# "shown": more than chance. "hint": more than chance if it were the only question of the run.
Outcome = Literal["shown", "hint", "too_small", "one_seed"]


@dataclass(frozen=True, kw_only=True)
class ArmMean:
    """Mean test accuracy of an arm over the seeds, 0 … 1."""

    label: str
    mean: float
    low: float  # the interval's ends; infinite with one seed
    high: float
    seeds: int  # that the arm has finished


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Mean test accuracy of ``of`` less that of ``than``, 0.01 = one percentage point.

    Both are labels of arms, or values of a factor.
    """

    of: str
    than: str
    mean: float
    low: float  # the interval's ends; infinite with one seed
    high: float
    each: tuple[float, ...]  # the difference within every seed that has it
    outcome: Outcome


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What a factor does, on average over the values of all other factors.

    ``factor``: a field of the spec; empty where the arms are no full grid and are compared as they
    are. ``p``: adjusted for the number of effects and interactions of the run.
    """

    factor: str
    levels: tuple[tuple[str, float], ...]  # values of the factor and their means, the best first
    differences: tuple[Difference, ...]  # of all pairs of levels; the largest first
    p: float  # NaN with one seed
    outcome: Outcome


@dataclass(frozen=True, kw_only=True)
class Interaction:
    """Whether the effect of one factor depends on the value of another.

    Where both have two values, ``effects`` are those of the first factor, one at each value of the
    second, and ``difference`` is how far they differ (``of`` and ``than`` are these values).
    """

    factors: tuple[str, str]
    places: tuple[str, ...]  # values of the second factor
    p: float  # adjusted as an effect's; NaN with one seed
    outcome: Outcome
    effects: tuple[Difference, ...] = ()
    difference: Difference | None = None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the final accuracies of a run show."""

    seeds: int  # that count: finished by two arms or more
    complete: bool  # whether every arm finished every one of them
    df: int  # degrees of freedom of the residual
    deviation: float  # of one accuracy about its arm and seed; NaN with one seed
    arms: tuple[ArmMean, ...]  # the best first; those that finished a seed
    level: tuple[str, ...]  # arms that cannot be told apart from the best, itself left out
    effects: tuple[Effect, ...]  # the clearest first
    interactions: tuple[Interaction, ...]
    pairs: tuple[Difference, ...]  # of all arms
    smallest: float  # the difference of the first effect that would have been shown
    seeds_for_half: int | None  # that would show half of it; None with one seed
