"""Titles of runs: the network, what differs between its arms, the data and how long it trains."""

from collections import Counter
from collections.abc import Sequence

from convnext_viz.data import DataSpec
from convnext_viz.data.own_sets.manifest import is_id
from convnext_viz.lab import Run
from convnext_viz.plots import names
from convnext_viz.specs import Spec, varied
from convnext_viz.specs.variant_labels import shown
from convnext_viz.text import t
from convnext_viz.train import Arm, Experiment
from convnext_viz.train.experiment import MAX_NAME
from convnext_viz.ui.factors import BASES, FACTORS, OWN

_OF_THEIR_OWN = {  # names that a run of another page is stored under, as a recording or a clone
    "branches: cifar_repvgg": "branches",  # not shown
    "small_recipe: norm · act · kernel_size · depthwise "  # not shown
    "· stem · depths · dims": "walk",  # not shown
}


def stored_name(arms: Sequence[Arm]) -> str:
    """The name that a run of the page is stored under, the same in every language."""
    if _families(arms) > 1:
        return ", ".join(arm.label for arm in arms)[:MAX_NAME]
    factors = " · ".join(_varied(arms)) or ", ".join(arm.label for arm in arms)
    return f"{arms[0].spec.name}: {factors}"[:MAX_NAME]


def title(run: Run) -> str:
    """The same in the visitor's language, with what tells it from others; a name that somebody gave
    a run stays as it is."""
    experiment: Experiment = run.experiment
    question = _question(run)
    if question is None:
        return shown(run.name)
    epochs, seeds = experiment.recipe.epochs, len(experiment.seeds)
    return t(
        "train_page.title.automatic",
        question=question,
        data=data(experiment.data),
        epochs=t(f"train_page.title.{'epoch' if epochs == 1 else 'epochs'}", n=f"{epochs:g}"),
        seeds=t(f"train_page.title.{'seed' if seeds == 1 else 'seeds'}", n=seeds),
    )


def short_title(run: Run) -> str:
    """The network and what differs, for where a whole title has no room."""
    return _question(run) or shown(run.name)


def titles(runs: Sequence[Run]) -> dict[str, str]:
    """The titles of several runs by id; equal ones with their number."""
    found = {run.id: title(run) for run in runs}
    known = Counter(found.values())
    numbered = {run.id: run.number for run in runs if not run.recorded}
    return {
        run: t("train_page.title.equal", title=own, number=numbered[run])
        if known[own] > 1 and run in numbered
        else own
        for run, own in found.items()
    }


def data(given: DataSpec) -> str:
    """A data set in short; of a folder its last name, as its path is nobody else's business."""
    if given.kind in ("folder", "batches"):
        return t("train_page.data_short.folder", name=folder(given.path))
    return t(f"train_page.data_short.{given.kind}")


def folder(path: str) -> str:
    """The last name of a folder's path; empty for a set of images, whose id opens it."""
    if is_id(path):
        return ""
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2]


def network(base: Spec) -> str:
    """A base network of the page, in short."""
    own = base.name in OWN
    return t(f"train_page.base_short.{base.name}") if own else names.network(base)


def _question(run: Run) -> str | None:
    """The network and what differs between the arms; None for a name that somebody gave."""
    arms = run.experiment.arms
    base, several = arms[0].spec, _families(arms) > 1
    if run.name in _OF_THEIR_OWN:
        return t(f"train_page.title.{_OF_THEIR_OWN[run.name]}")
    if run.name != stored_name(arms) or base.name not in BASES:
        return None
    differing = [] if several else _varied(arms)
    factors = " × ".join(t(f"train_page.factor.{factor}") for factor in differing)
    return t(
        "train_page.title.run",
        network=t("train_page.title.families") if several else network(base),
        factors=factors or ", ".join(map(shown, run.experiment.labels)),
    )


def _families(arms: Sequence[Arm]) -> int:
    return len({type(arm.spec) for arm in arms})


def _varied(arms: Sequence[Arm]) -> list[str]:
    differing = varied([arm.spec for arm in arms])
    return [factor for factor in FACTORS if factor in differing]
