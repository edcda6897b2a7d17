"""What a run is called: by its network and what differs between its arms."""

from collections.abc import Sequence

from convnext_viz.lab import Run
from convnext_viz.plots import names
from convnext_viz.specs import ConvNeXtSpec
from convnext_viz.text import t
from convnext_viz.train import Experiment
from convnext_viz.train.experiment import MAX_NAME
from convnext_viz.ui.train import setup

Arms = Sequence[tuple[str, ConvNeXtSpec]]


def given(arms: Arms) -> str:
    """The name that a run of the page is stored under, the same in every language."""
    varied = " · ".join(_varied(arms)) or ", ".join(label for label, _ in arms)
    return f"{arms[0][1].name}: {varied}"[:MAX_NAME]


def title(run: Run) -> str:
    """The same in the visitor's language; a name that somebody gave a run stays as it is."""
    asked: Experiment = run.experiment
    base, varied = asked.arms[0][1], _varied(asked.arms)
    if run.name != given(asked.arms) or base.name not in setup.BASES or not varied:
        return run.name
    factors = " × ".join(t(f"train_page.factor.{factor}") for factor in varied)
    return t("train_page.title.run", network=network(base), factors=factors)


def network(base: ConvNeXtSpec) -> str:
    """A base network of the page, in short."""
    own = base.name in setup.OWN
    return t(f"train_page.base_short.{base.name}") if own else names.network(base)


def _varied(arms: Arms) -> list[str]:
    return [f for f in setup.FACTORS if len({getattr(spec, f) for _, spec in arms}) > 1]
