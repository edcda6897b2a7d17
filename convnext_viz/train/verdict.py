"""Verdict on a run: which factor mattered, by how much, and how sure that is.

The arms of most runs are every combination of some factors' values, a factorial experiment; seeds
are its blocks (:mod:`convnext_viz.train.block_design`). Its questions are the main effect of every
factor and whether two factors interact; together they raise a false alarm in at most 5 % of runs
(Holm). Differences of arms are a family of their own: all pairs (Tukey), or each against a baseline
(Dunnett). Where seeds are missing, as an arm diverged, these share the risk evenly (Bonferroni).
"""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from scipy import stats

from convnext_viz.results import ArmMean, Difference, Effect, Interaction, Outcome, Verdict
from convnext_viz.train.block_design import Array, BlockDesign
from convnext_viz.train.experiment import Arm
from convnext_viz.train.factors import crossed
from convnext_viz.train.multiple_comparisons import RISK, bonferroni, dunnett, holm, tukey, tukey_p

Accuracies = Mapping[str, Mapping[int, float]]  # final ones, 0 … 1, by arm and seed
Values = Sequence[str]  # of a factor, one an arm


def verdict(
    arms: Sequence[Arm], accuracies: Accuracies, *, resolution: float = 0.0
) -> Verdict | None:
    """What ``accuracies`` show; None before two arms have finished the same seed.

    ``resolution`` is the smallest step of an accuracy, 1 / test pictures: two equal differences on
    a hundred pictures are no proof.
    """
    labels, design = arrange(accuracies, resolution)
    if len(labels) < 2:
        return None
    specs = {arm.label: arm.spec for arm in arms}
    factors = crossed([specs[label] for label in labels]) or {"": labels}
    raw: dict[tuple[str, ...], float] = {(name,): _p(design, of) for name, of in factors.items()}
    for pair in combinations(factors, 2):
        raw[pair] = _p_of_interaction(design, *(factors[name] for name in pair))
    p = holm(raw)
    effects = [_effect(design, name, of, p[name,]) for name, of in factors.items()]
    effects.sort(key=lambda one: (one.p, -abs(one.differences[0].mean)))
    best_first = [labels[i] for i in np.argsort(-design.means)]
    all_pairs = math.inf
    if design.df:
        count = math.comb(len(labels), 2)
        complete = design.complete
        all_pairs = tukey(len(labels), design.df) if complete else bonferroni(count, design.df)
    pairs = [
        _difference(design, labels, of, than, all_pairs) for of, than in combinations(best_first, 2)
    ]
    smallest, more = _sensitivity(design, factors[effects[0].factor], len(p))
    return Verdict(
        seeds=design.values.shape[1],
        complete=design.complete,
        df=design.df,
        deviation=math.sqrt(design.variance) if design.df else math.nan,
        arms=tuple(_arm(design, labels, label) for label in best_first),
        level=tuple(
            one.than for one in pairs if one.of == best_first[0] and one.outcome != "shown"
        ),
        effects=tuple(effects),
        interactions=tuple(
            _interaction(design, factors, pair, raw[pair], p[pair])
            for pair in combinations(factors, 2)
        ),
        pairs=tuple(pairs),
        smallest=smallest,
        seeds_for_half=more,
    )


def compared(
    accuracies: Accuracies, baseline: str, *, resolution: float = 0.0
) -> tuple[Difference, ...]:
    """Every other arm against ``baseline``; empty before both have finished the same seed."""
    labels, design = arrange(accuracies, resolution)
    if baseline not in labels:
        return ()
    others = [label for label in labels if label != baseline]
    critical = math.inf
    if design.df:
        family = dunnett if design.complete else bonferroni
        critical = family(len(others), design.df)
    return tuple(_difference(design, labels, label, baseline, critical) for label in others)


def stepwise(
    accuracies: Accuracies, pairs: Sequence[tuple[str, str]], *, resolution: float = 0.0
) -> tuple[tuple[ArmMean, ...], tuple[Difference, ...]]:
    """Every arm's mean, and the differences of ``pairs`` (of, than) as one family (Bonferroni);
    without the arms that cannot be compared."""
    labels, design = arrange(accuracies, resolution)
    asked = [(of, than) for of, than in pairs if of in labels and than in labels]
    critical = bonferroni(len(asked), design.df) if asked and design.df else math.inf
    found = tuple(_difference(design, labels, of, than, critical) for of, than in asked)
    return tuple(_arm(design, labels, label) for label in labels), found


def arrange(accuracies: Accuracies, resolution: float) -> tuple[tuple[str, ...], BlockDesign]:
    """The arms that can be compared and their design: only seeds count that two arms finished."""
    labels = [label for label, by_seed in accuracies.items() if by_seed]
    while True:
        every = [seed for label in labels for seed in accuracies[label]]
        seeds = sorted({seed for seed in every if every.count(seed) > 1})
        values = np.array(
            [[accuracies[label].get(seed, math.nan) for seed in seeds] for label in labels]
        ).reshape(len(labels), len(seeds))
        design = BlockDesign(values, resolution)
        if len(labels) < 2 or (seeds and design.connected):
            return tuple(labels), design
        labels.remove(min(labels, key=lambda label: len(accuracies[label])))


def _arm(design: BlockDesign, labels: Values, label: str) -> ArmMean:
    i = labels.index(label)
    mean, error = design.contrast(np.eye(len(labels))[i])
    half = bonferroni(1, design.df) * error if design.df else math.inf
    seeds = int(np.isfinite(design.values[i]).sum())
    return ArmMean(label=label, mean=mean, low=mean - half, high=mean + half, seeds=seeds)


def _effect(design: BlockDesign, factor: str, values: Values, p: float) -> Effect:
    levels = list(dict.fromkeys(values))
    critical = tukey(len(levels), design.df) if design.df else math.inf
    found = [
        _difference(design, values, of, than, critical, p) for than, of in combinations(levels, 2)
    ]
    found.sort(key=lambda one: -abs(one.mean))
    means = {level: float(_at(values, level) @ design.means) for level in levels}
    return Effect(
        factor=factor,
        levels=tuple(sorted(means.items(), key=lambda one: -one[1])),
        differences=tuple(found),
        p=p,
        outcome=found[0].outcome,
    )


def _interaction(
    design: BlockDesign,
    factors: Mapping[str, Values],
    pair: tuple[str, str],
    raw: float,
    p: float,
) -> Interaction:
    first, second = (factors[name] for name in pair)
    levels, places = list(dict.fromkeys(first)), list(dict.fromkeys(second))
    effects: list[Difference] = []
    difference = None
    if len(levels) == len(places) == 2:
        than, of = levels
        both = list(zip(first, second, strict=True))
        weights = [_at(both, (of, place)) - _at(both, (than, place)) for place in places]
        critical = bonferroni(1, design.df) if design.df else math.inf
        effects = [_contrast(design, one, of, than, critical) for one in weights]
        difference = _contrast(design, weights[1] - weights[0], places[1], places[0], critical, p)
    return Interaction(
        factors=pair,
        places=tuple(places),
        p=p,
        outcome=_outcome(design, raw <= RISK, p),
        effects=tuple(effects),
        difference=difference,
    )


def _p(design: BlockDesign, values: Values) -> float:
    """Of a factor's largest difference, as one of all its levels' pairs."""
    if not design.df:
        return math.nan
    levels = list(dict.fromkeys(values))
    found = (design.contrast(_at(values, a) - _at(values, b)) for a, b in combinations(levels, 2))
    return tukey_p(max(abs(mean) / error for mean, error in found), len(levels), design.df)


def _p_of_interaction(design: BlockDesign, first: Values, second: Values) -> float:
    """Of the F test of all effects of the interaction together."""
    if not design.df:
        return math.nan
    both = list(zip(first, second, strict=True))
    (a, *others), (b, *places) = dict.fromkeys(first), dict.fromkeys(second)
    contrasts = np.array(
        [
            _at(both, (of, place)) - _at(both, (a, place)) - _at(both, (of, b)) + _at(both, (a, b))
            for of in others
            for place in places
        ]
    )
    return float(stats.f.sf(design.statistic(contrasts), len(contrasts), design.df))


def _sensitivity(design: BlockDesign, values: Values, questions: int) -> tuple[float, int | None]:
    """The smallest difference of a factor's levels that would have been shown as the clearest of so
    many questions, and how many seeds would show half of it."""
    if not design.df:
        return math.inf, None
    levels = list(dict.fromkeys(values))
    seeds, arms = design.values.shape[1], len(values)
    _, error = design.contrast(_at(values, levels[0]) - _at(values, levels[1]))

    def smallest(count: int) -> float:
        df = design.df if count == seeds else (count - 1) * (arms - 1)
        critical = tukey(len(levels), df, RISK / questions)
        return critical * error * math.sqrt(seeds / count)

    half = smallest(seeds) / 2
    more = next(count for count in range(seeds + 1, 5 * seeds + 2) if smallest(count) <= half)
    return 2 * half, more


def _difference(
    design: BlockDesign, values: Values, of: str, than: str, critical: float, p: float = 0.0
) -> Difference:
    return _contrast(design, _at(values, of) - _at(values, than), of, than, critical, p)


def _contrast(
    design: BlockDesign, weights: Array, of: str, than: str, critical: float, p: float = 0.0
) -> Difference:
    mean, error = design.contrast(weights)
    half = critical * error if design.df else math.inf
    inside = design.values[weights != 0]  # (arms that take part, seeds)
    each = weights[weights != 0] @ inside
    return Difference(
        of=of,
        than=than,
        mean=mean,
        low=mean - half,
        high=mean + half,
        each=tuple(each[np.isfinite(each)].tolist()),
        outcome=_outcome(design, abs(mean) > half, p),
    )


def _outcome(design: BlockDesign, alone: bool, p: float) -> Outcome:
    """``alone``: it would be more than chance if it were the only question."""
    if not design.df:
        return "one_seed"
    if not alone:
        return "too_small"
    return "shown" if p <= RISK else "hint"


def _at(values: Sequence[object], wanted: object) -> Array:
    """Weights that average the arms of that value."""
    there = np.array([value == wanted for value in values], float)
    return np.asarray(there / there.sum())
