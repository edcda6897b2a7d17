"""The start of a run: what each arm costs and takes, a guess, and the button."""

import streamlit as st

from convnext_viz.data import DataSpec
from convnext_viz.data.sources import facts
from convnext_viz.lab import too_long, within
from convnext_viz.lab.estimate import ArmEstimate
from convnext_viz.numbers import compact, lasting
from convnext_viz.specs.variant_labels import shown
from convnext_viz.text import t
from convnext_viz.train import Experiment
from convnext_viz.train import experiment as experiments
from convnext_viz.ui import lab, own_runs, run_titles
from convnext_viz.ui.choices import put
from convnext_viz.ui.train import recipe as recipes
from convnext_viz.ui.train import setup, views


def experiment(data: DataSpec, seeds: tuple[int, ...]) -> Experiment:
    """The chosen experiment; raises ValueError, in words, where it cannot be."""
    arms = setup.arms()
    chosen = Experiment(
        name=run_titles.stored_name(arms),
        arms=arms,
        data=data,
        recipe=recipes.recipe(),
        seeds=seeds,
    )
    return experiments.for_data(chosen, facts(data).classes)


def costs(chosen: Experiment) -> bool:
    """Every arm's parameters, MACs and time as a table; False while times are being measured."""
    chosen = fitted(chosen) or chosen
    estimate = lab.lab().estimate(chosen)
    st.dataframe(
        [
            {
                t("train_page.table.arm"): shown(arm.cost.label),
                t("train_page.table.time"): time_said(arm),  # first: a phone cuts the last ones off
                t("train_page.table.params"): compact(arm.cost.params),
                t("train_page.table.macs"): compact(arm.cost.macs),
            }
            for arm in estimate.arms
        ],
        hide_index=True,
        width="stretch",
        height=38 + 35 * len(estimate.arms),
    )
    minutes = recipes.minutes()
    if estimate.seconds is None:
        st.caption(t("train_page.start.measuring"), help=t("train_page.start.measuring_help"))
    else:
        st.markdown(
            t(
                "train_page.start.in_all",
                time=lasting(estimate.seconds),
                arms=len(estimate.arms),
                seeds=estimate.seeds,
                steps=f"{estimate.steps:,}",
            )
        )
        if recipes.follows_time():
            st.markdown(
                t(
                    "train_page.budget.fits",
                    epochs=f"{chosen.recipe.epochs:g}",
                    warmup=f"{chosen.recipe.warmup_epochs:.2g}",
                    minutes=f"{minutes:g}",
                )
            )
    problem = too_long(estimate, minutes)
    if problem:
        st.warning(problem, icon=":material/schedule:")
        fitting = within(chosen, estimate, minutes).recipe
        shorter = fitting.epochs < chosen.recipe.epochs and not recipes.follows_time()
        if shorter and st.button(
            t("train_page.start.fit", epochs=f"{fitting.epochs:g}"), icon=":material/compress:"
        ):
            # The widgets are drawn already: they take it up in the next run.
            st.session_state["train_fit"] = (fitting.epochs, fitting.warmup_epochs)
            st.rerun()
    return estimate.seconds is not None and estimate.measured


def time_said(arm: ArmEstimate) -> str:
    """How long an arm takes: measured, estimated, or not known yet."""
    if arm.seconds is None:
        return "…"
    return ("" if arm.measured else "≈ ") + lasting(arm.seconds)


def fitted(chosen: Experiment) -> Experiment | None:
    """The experiment, with as many epochs as fit into the time where they are to follow it; None
    while nobody knows how many that are."""
    if not recipes.follows_time():
        return chosen
    estimate = lab.lab().estimate(chosen)
    return within(chosen, estimate, recipes.minutes()) if estimate.seconds else None


def take_what_fits() -> None:
    """Before the recipe's widgets: the epochs that fit, where they were requested."""
    fit = st.session_state.pop("train_fit", None)
    if fit:
        put("train_epochs", fit[0])
        put("train_warmup_epochs", fit[1])


def guess_and_go(chosen: Experiment) -> None:
    """First a guess, then the button."""
    labels = chosen.labels
    guess: str | None = views.NOBODY
    if len(labels) > 1:
        options = [*labels, views.NOBODY]
        guess = st.pills(
            t("train_page.start.guess"),
            options,
            format_func=views.guess_shown,
            key="train_guess",
            help=t("train_page.start.guess_kept"),
        )
    ready = guess is not None
    pressed = st.button(
        t("train_page.start.go"),
        key="train_start",
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        disabled=not ready,
        help=None if ready else t("train_page.start.first_guess"),
    )
    if not ready:
        st.caption(t("train_page.start.first_guess"))
    if not pressed:
        return
    fitting = fitted(chosen)
    if fitting is None:
        st.warning(t("train_page.budget.unknown"), icon=":material/schedule:")
    else:
        run = own_runs.submit(fitting, guess=(guess or "") if len(labels) > 1 else "")
        views.open_run(run)
        st.rerun()
