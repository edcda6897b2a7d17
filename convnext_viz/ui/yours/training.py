"""The training of a set: from which weights, how, how long it takes, and the button."""

from typing import Any

import streamlit as st

from convnext_viz.data import DataSpec
from convnext_viz.data.own_sets import PictureSet
from convnext_viz.data.sources import facts
from convnext_viz.lab import starts as lab_starts
from convnext_viz.numbers import compact, exact, lasting
from convnext_viz.specs.variant_labels import shown
from convnext_viz.text import prose, t
from convnext_viz.train import Experiment, fine_tuning
from convnext_viz.train.experiment import MAX_NAME
from convnext_viz.train.fine_tuning import WAYS, Way
from convnext_viz.ui import own_runs
from convnext_viz.ui.boundary import attempt, in_fragment
from convnext_viz.ui.choices import choice, several
from convnext_viz.ui.lab import lab
from convnext_viz.ui.train.start import time_said
from convnext_viz.ui.yours import settings, starts, state

SIZES = (32, 48, 64, 96, 128, 160, 192, 224, 256, 288, 320, 384)
SEEDS = (1, 2, 3, 5)
_MOST_SIZE = 384  # pixels


def show(found: PictureSet) -> None:
    """The set-up and the start."""
    left, right = st.columns([1.5, 1], gap="large")
    with left:
        st.markdown(prose("yours", "train"))
        start = starts.choose()
        ways = _ways()
        experiment = attempt(lambda: _experiment(found, start, ways)) if start else None
    with right:
        if experiment is None:
            return
        _counts(experiment)

        @st.fragment(run_every=3)
        def costs() -> None:
            with in_fragment():
                _costs(experiment)

        costs()
        _go(experiment)


def _ways() -> tuple[Way, ...]:
    chosen = st.pills(
        t("yours.ways.label"),
        WAYS,
        selection_mode="multi",
        format_func=lambda name: t(f"yours.ways.{name}"),
        key=several("yours_ways", WAYS, WAYS, link="ways"),
        help=t("yours.ways.help"),
    )
    ways = tuple(way for way in WAYS if way in (chosen or WAYS))
    st.markdown("\n".join(f"- {t(f'yours.ways.{way}_says')}" for way in ways))
    return ways


def _experiment(found: PictureSet, start: str, ways: tuple[Way, ...]) -> Experiment:
    """The chosen experiment; raises ValueError, in words, where it cannot be."""
    own = min(lab_starts.image_size(start), _MOST_SIZE)
    sizes = sorted({*SIZES, own})
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        side: Any = st.selectbox(
            t("yours.size.label"),
            sizes,
            key=choice(f"yours_size_{own}", sizes, own, link="size"),
            format_func=lambda one: t(f"yours.size.{'own' if one == own else 'px'}", side=one),
            help=t("yours.size.help"),
            width=280,
        )
        seeds: Any = st.segmented_control(
            t("yours.seeds.label"),
            SEEDS,
            key=choice("yours_seeds", SEEDS, 3, link="seeds"),
            required=True,
            help=t("yours.seeds.help"),
        )
    spec = lab_starts.spec_of(start, len(found.classes), int(side))
    with st.expander(t("yours.more.title")):
        chosen = settings.choose(spec)
    data = DataSpec(kind="own", path=found.id, image_size=int(side))
    pictures = facts(data).train
    experiment = fine_tuning.compare(
        data,
        start,
        spec,
        pictures=pictures,
        name=t("yours.go.name", name=found.name, start=starts.said(start))[:MAX_NAME],
        ways=ways,
        steps=chosen.steps,
        seeds=tuple(range(int(seeds))),
    )
    return chosen.applied(experiment, pictures)


def _counts(experiment: Experiment) -> None:
    known = facts(experiment.data)
    numbers = {"train": exact(known.train), "test": exact(known.test), "classes": known.classes}
    st.markdown(t("yours.go.images", **numbers))


def _costs(experiment: Experiment) -> None:
    """Parameters and time of every variant."""
    estimate = lab().estimate(experiment)
    st.dataframe(
        [
            {
                t("train_page.table.arm"): shown(arm.cost.label),
                t("train_page.table.params"): compact(arm.cost.params),
                t("train_page.table.time"): time_said(arm),
            }
            for arm in estimate.arms
        ],
        hide_index=True,
        width="stretch",
        height=38 + 35 * len(estimate.arms),
    )
    if estimate.seconds is None:
        st.caption(t("yours.go.measuring"))
        return
    st.markdown(
        t(
            "yours.go.time",
            time=lasting(estimate.seconds),
            ways=len(estimate.arms),
            seeds=estimate.seeds,
            steps=exact(estimate.steps),
        )
    )


def _go(experiment: Experiment) -> None:
    pressed = st.button(
        t("yours.go.button"),
        icon=":material/play_arrow:",
        type="primary",
        key="yours_train",
        width="stretch",
    )
    if not pressed:
        return
    with st.spinner(t("yours.go.starting")):
        run = attempt(lambda: own_runs.submit(experiment))
    if run:
        state.open_run(run)
        state.open_step("results")
        st.rerun()
