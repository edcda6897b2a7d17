"""Titles of runs: the network and what differs between its arms."""

from collections.abc import Sequence

from convnext_viz.lab import Run
from convnext_viz.plots import names
from convnext_viz.specs import Spec, varied
from convnext_viz.text import t
from convnext_viz.train import Arm, Experiment
from convnext_viz.train.experiment import MAX_NAME
from convnext_viz.ui.factors import BASES, FACTORS, OWN


def stored_name(arms: Sequence[Arm]) -> str:
    """The name that a run of the page is stored under, the same in every language."""
    factors = " · ".join(_varied(arms)) or ", ".join(arm.label for arm in arms)
    return f"{arms[0].spec.name}: {factors}"[:MAX_NAME]


def title(run: Run) -> str:
    """The same in the visitor's language; a name that somebody gave a run stays as it is."""
    experiment: Experiment = run.experiment
    base, differing = experiment.arms[0].spec, _varied(experiment.arms)
    if run.name != stored_name(experiment.arms) or base.name not in BASES or not differing:
        return run.name
    factors = " × ".join(t(f"train_page.factor.{factor}") for factor in differing)
    return t("train_page.title.run", network=network(base), factors=factors)


def network(base: Spec) -> str:
    """A base network of the page, in short."""
    own = base.name in OWN
    return t(f"train_page.base_short.{base.name}") if own else names.network(base)


def _varied(arms: Sequence[Arm]) -> list[str]:
    differing = varied([arm.spec for arm in arms])
    return [factor for factor in FACTORS if factor in differing]
