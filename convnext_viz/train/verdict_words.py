"""Verdict in words: the sentences that a person reads, in the current language."""

import math

from convnext_viz.numbers import percent
from convnext_viz.results import ArmMean, Difference, Effect, Interaction, Verdict
from convnext_viz.specs.variant_labels import field_shown, shown, value_shown
from convnext_viz.text import sentences, t


def said(given: Verdict) -> tuple[str, ...]:
    """The verdict in a few sentences each: the factors, the clearest first; the best arm; whether
    factors interact; how small a difference could have been shown, where none was."""
    lines = [*(effect_said(one, given) for one in given.effects), best_said(given)]
    lines += [interaction_said(one) for one in given.interactions]
    if given.df and all(one.outcome != "shown" for one in given.effects):
        lines.append(sensitivity_said(given))
    return tuple(lines)


def effect_said(effect: Effect, given: Verdict) -> str:
    """A factor's effect: its largest difference, with interval and how sure it is."""
    first = effect.differences[0]
    others = [one.factor for one in given.effects if one.factor != effect.factor]
    over = ""
    if given.seeds > 1:
        factors = t("lab.verdict.and").join(map(factor_name, others))
        key = "lab.verdict.over_factors" if others else "lab.verdict.over_seeds"
        over = t(key, factors=factors, n=given.seeds)
    of, than = (level_shown(effect.factor, one) for one in (first.of, first.than))
    found = measured(first)
    if effect.factor:
        factor = field_shown(effect.factor)
        line = t("lab.verdict.effect", factor=factor, of=of, than=than, found=found, over=over)
    else:
        line = t("lab.verdict.difference", of=of, than=than, found=found, over=over)
    return sentences(line, t(f"lab.verdict.{effect.outcome}", risk=f"{100 * effect.p:.0f}%"))


def best_said(given: Verdict) -> str:
    """The arm with the highest mean, and which others may be as good."""
    best = given.arms[0]
    line = t("lab.verdict.best", label=shown(best.label), mean=percent(best.mean))
    if not given.df:
        return line
    if not given.level:
        return sentences(line, t("lab.verdict.alone"))
    labels = t("lab.verdict.list").join(map(shown, given.level))
    return sentences(line, t("lab.verdict.level", labels=labels))


def interaction_said(given: Interaction) -> str:
    """Whether the effect of one factor depends on another."""
    first, second = map(factor_name, given.factors)
    depends = t(f"lab.verdict.depends_{given.outcome}", first=first, second=second)
    if given.difference is None:
        return depends
    field, other = given.factors
    of, than = (level_shown(field, one) for one in (given.effects[0].of, given.effects[0].than))
    parts = [
        t("lab.verdict.effect_at", mean=points(one.mean), place=level_shown(other, place))
        for one, place in zip(given.effects, given.places, strict=True)
    ]
    return sentences(
        depends,
        t("lab.verdict.effects", of=of, than=than, parts=t("lab.verdict.list").join(parts)),
        t("lab.verdict.effects_differ", found=measured(given.difference)),
    )


def sensitivity_said(given: Verdict) -> str:
    """The smallest difference that this run could have shown, and how many seeds would show half
    of it."""
    return t(
        "lab.verdict.smallest",
        n=given.seeds,
        smallest=f"{100 * given.smallest:.1f}",
        half=f"{50 * given.smallest:.1f}",
        more=given.seeds_for_half,
    )


def difference_said(one: Difference) -> str:
    """A difference of two arms in one sentence."""
    of, than = shown(one.of), shown(one.than)
    line = t("lab.verdict.difference", of=of, than=than, found=measured(one), over="")
    return sentences(line, t(f"lab.verdict.{one.outcome}", risk=""))


def measured(one: Difference) -> str:
    """A difference with its interval where it has one: "−7.4 percentage points (95% …)"."""
    if math.isinf(one.low):
        return t("lab.verdict.points", mean=points(one.mean))
    return t(
        "lab.verdict.interval", mean=points(one.mean), low=points(one.low), high=points(one.high)
    )


def arm_said(one: ArmMean) -> str:
    """An arm's mean with half its interval: "71.2 ± 1.0%"."""
    if math.isinf(one.low):
        return percent(one.mean)
    return f"{100 * one.mean:.1f} ± {50 * (one.high - one.low):.1f}%"


def factor_name(field: str) -> str:
    """A field of a spec as a sentence names it."""
    return t("lab.verdict.factor", name=field_shown(field))


def level_shown(factor: str, level: str) -> str:
    """A value of a factor; where there is none, an arm's label."""
    return value_shown(factor, level) if factor else shown(level)


def points(difference: float) -> str:
    """Percentage points with their sign; none where they are rounded to nothing."""
    shown = f"{100 * difference:+.1f}"
    return shown.replace("-", "−") if shown not in ("+0.0", "-0.0") else "0.0"
