r"""Verdict on two arms: whether their difference is more than the variation between seeds.

All arms of one seed see the same batches, so what is compared is the difference within a seed:
:math:`d_i = a_i - b_i`. Over :math:`n` seeds its interval is Student's,
:math:`\bar d \pm t_{n-1} \, s / \sqrt{n}`. It speaks about other seeds on these test pictures, not
about other pictures. Where several arms are compared with one baseline, the risk of a false alarm
is shared among them (Bonferroni): four arms that are the same network must not find a winner three
times as often.
"""

import math
from collections.abc import Mapping, Sequence
from statistics import mean, variance

from scipy.special import stdtrit

from convnext_viz.results import Outcome, Verdict
from convnext_viz.text import t

CONFIDENCE = 0.95


def verdict(
    arm: Sequence[float],
    baseline: Sequence[float],
    *,
    label: str = "",
    contrast: str = "",
    confidence: float = CONFIDENCE,
    comparisons: int = 1,
    resolution: float = 0.0,
) -> Verdict:
    """The difference ``arm`` − ``baseline`` of two accuracies (0 … 1), one of each a seed.

    ``comparisons`` share the risk 1 − ``confidence``. ``resolution`` is the smallest step of an
    accuracy, 1 / test pictures: its rounding is noise too, and two equal differences on a hundred
    pictures are no proof. Raises ValueError where the two are not of the same seeds.
    """
    differences = tuple(a - b for a, b in zip(arm, baseline, strict=True))
    n = len(differences)
    middle = mean(differences) if n else math.nan
    half = math.inf
    if n >= 2:
        # Each rounding error is even within ± resolution / 2: variance resolution² / 12, twice.
        spread = variance(differences) + resolution**2 / 6
        risk = (1 - confidence) / comparisons
        quantile = float(stdtrit(n - 1, 1 - risk / 2))  # of Student's t
        half = quantile * math.sqrt(spread / n)
    return Verdict(
        label=label,
        baseline=contrast,
        differences=differences,
        mean=middle,
        low=middle - half,
        high=middle + half,
        confidence=confidence,
        comparisons=comparisons,
        outcome=_outcome(n, middle, half),
    )


def verdicts(
    accuracies: Mapping[str, Mapping[int, float]], baseline: str, *, resolution: float = 0.0
) -> tuple[Verdict, ...]:
    """Every other arm against ``baseline``, from final accuracies by label and seed; only seeds
    that both have finished count."""
    others = [label for label in accuracies if label != baseline]
    found = []
    for label in others:
        seeds = sorted(accuracies[label].keys() & accuracies[baseline].keys())
        found.append(
            verdict(
                [accuracies[label][seed] for seed in seeds],
                [accuracies[baseline][seed] for seed in seeds],
                label=label,
                contrast=baseline,
                comparisons=len(others),
                resolution=resolution,
            )
        )
    return tuple(found)


def said(given: Verdict) -> str:
    """The verdict as a sentence in the current language."""
    return t(
        f"lab.verdict.{given.outcome}",
        label=given.label,
        baseline=given.baseline,
        n=len(given.differences),
        mean=_points(given.mean),
        low=_points(given.low),
        high=_points(given.high),
        confidence=f"{100 * given.confidence:.3g}%",
    )


def _outcome(n: int, middle: float, half: float) -> Outcome:
    if n < 2:
        return "one_seed" if n else "no_seed"
    if abs(middle) <= half:
        return "too_small"
    return "better" if middle > 0 else "worse"


def _points(difference: float) -> str:
    """Percentage points with their sign; none where they are rounded to nothing."""
    shown = f"{100 * difference:+.1f}"
    return shown.replace("-", "−") if shown not in ("+0.0", "-0.0") else "0.0"
