"""Accuracy against the number of images: the same training again with fewer of them."""

from dataclasses import replace

import streamlit as st

from convnext_viz.data.sources import facts
from convnext_viz.lab import Run
from convnext_viz.plots import image_amounts
from convnext_viz.plots.image_amounts import Amount
from convnext_viz.specs.variant_labels import shown
from convnext_viz.text import prose, t
from convnext_viz.train import Experiment
from convnext_viz.train.schedule import steps_per_epoch
from convnext_viz.ui import own_runs
from convnext_viz.ui.boundary import attempt
from convnext_viz.ui.charts import chart
from convnext_viz.ui.lab import lab

PARTS = (8, 4, 2)  # an eighth, a quarter, a half of the images
_FEWEST = 2  # images of each class


def show(run: Run) -> None:
    """The runs that differ from this one in the number of images alone, and a button for more."""
    family = _family(run)
    amounts = []
    for one in family:
        ends = lab().ends(one.id)[0] if one.seeds_done else {}
        for label in one.experiment.labels:
            found = tuple(float(value) for value in ends.get(label, {}).values())
            if found:
                amounts.append(Amount(shown(label), facts(one.experiment.data).train, found))
    if len({one.images for one in amounts}) > 1:
        chart(
            image_amounts.curves(amounts),
            key="yours_amounts",
            alt=image_amounts.describe(amounts),
        )
    else:
        st.info(t("yours.amounts.one"))
    waiting = sum(one.live for one in family)
    if waiting:
        st.caption(t("yours.amounts.waiting", count=waiting))
    left = _fewer(run, family)
    counts = t("yours.between").join(str(facts(one.data).train) for one in left)
    if (
        left
        and st.button(
            t("yours.amounts.go", counts=counts),
            icon=":material/stacked_line_chart:",
            key="yours_fewer",
        )
        and attempt(lambda: _submit(left))
    ):
        st.rerun()
    st.markdown(prose("yours", "amounts"))


def _family(run: Run) -> list[Run]:
    same = _but_amount(run)
    return [one for one in own_runs.runs() if _but_amount(one) == same]


def _but_amount(run: Run) -> object:
    given = run.experiment
    data = replace(given.data, train=None)
    recipe = replace(given.recipe, epochs=1, evaluate_every=1, warmup_epochs=0)
    return data, given.arms, given.seeds, recipe


def _fewer(run: Run, family: list[Run]) -> list[Experiment]:
    """The experiments on fewer images that there are not yet; each of as many steps."""
    given = run.experiment
    everything = facts(replace(given.data, train=None))
    known = {facts(one.experiment.data).train for one in family}
    found = []
    for part in PARTS:
        count = max(everything.train // part, _FEWEST * everything.classes)
        if count in known or count >= everything.train:
            continue
        known.add(count)
        per_epoch = steps_per_epoch(count, given.recipe)
        epochs = given.recipe.epochs * (run.per_epoch or per_epoch) / per_epoch
        recipe = replace(given.recipe, epochs=epochs, evaluate_every=max(1.0, epochs / 4))
        found.append(replace(given, data=replace(given.data, train=count), recipe=recipe))
    return found


def _submit(experiments: list[Experiment]) -> bool:
    for one in experiments:
        own_runs.submit(one)
    return True
