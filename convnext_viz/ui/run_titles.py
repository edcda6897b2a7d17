"""What a run is called: by its network and what differs between its arms."""

from collections.abc import Sequence

from convnext_viz.lab import Run
from convnext_viz.plots import names
from convnext_viz.text import t
from convnext_viz.train import Arm, Experiment
from convnext_viz.train.experiment import MAX_NAME
from convnext_viz.ui.factors import BASES, FACTORS, OWN


def given(arms: Sequence[Arm]) -> str:
    """The name that a run of the page is stored under, the same in every language."""
    varied = " · ".join(_varied(arms)) or ", ".join(arm.label for arm in arms)
    return f"{arms[0].spec.name}: {varied}"[:MAX_NAME]


def title(run: Run) -> str:
    """The same in the visitor's language; a name that somebody gave a run stays as it is."""
    asked: Experiment = run.experiment
    base, varied = asked.arms[0].spec, _varied(asked.arms)
    if run.name != given(asked.arms) or base.name not in BASES or not varied:
        return run.name
    own = base.name in OWN
    network = t(f"train_page.base_short.{base.name}") if own else names.network(base)
    factors = " × ".join(t(f"train_page.factor.{factor}") for factor in varied)
    return t("train_page.title.run", network=network, factors=factors)


def _varied(arms: Sequence[Arm]) -> list[str]:
    return [f for f in FACTORS if len({getattr(arm.spec, f) for arm in arms}) > 1]
