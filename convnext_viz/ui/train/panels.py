"""Panels below a run's curves: which one is open; images, internals, confusions, its facts."""

from typing import Any

import streamlit as st

from convnext_viz.lab import Run
from convnext_viz.plots import names, training, training_confusion, training_probes
from convnext_viz.results import Curve, InternalsCurve
from convnext_viz.specs.variant_labels import shown
from convnext_viz.text import prose, t
from convnext_viz.train import recipe as recipes
from convnext_viz.ui import lab
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice
from convnext_viz.ui.literal import literal
from convnext_viz.ui.train import fields, verdict

SECTIONS = ("verdict", "pictures", "inside", "confusion", "facts")


def choose() -> str:
    """Which of the panels is open; only that one is read and drawn."""
    section = st.segmented_control(
        t("train_page.panel.label"),
        SECTIONS,
        format_func=lambda name: t(f"train_page.panel.{name}"),
        key=choice("train_section", SECTIONS, "verdict", link="panel"),
        required=True,
        label_visibility="collapsed",
    )
    return str(section)


def show(section: str, run: Run, curves: tuple[Curve, ...]) -> None:
    """The open panel."""
    match section:
        case "verdict":
            verdict.show(run)
        case "pictures":
            _pictures(run)
        case "inside":
            _inside(run)
        case "confusion":
            _confusion(run, curves)
        case _:
            _facts(run)


def _seed(run: Run) -> int:
    begun = run.experiment.seeds[: run.seeds_done + 1]
    if len(begun) == 1:
        return begun[0]
    default = run.seed if run.seed in begun else begun[-1]
    chosen: Any = st.segmented_control(
        t("train_page.table.seed"), begun, key=choice("train_seed", begun, default), required=True
    )
    return int(chosen)


def _pictures(run: Run) -> None:
    found = lab.lab().probe_images(run.id, _seed(run))
    if found is None or not found.predicted:
        st.info(t("train_page.watch.no_points"))
        return
    arms = training_probes.describe_arms(found)
    st.caption(t("train_page.panel.pictures_note"))
    st.markdown("\n".join(f"{n}. {literal(arm)}" for n, arm in enumerate(arms, 1)))
    with st.container(key="train_pictures"):
        chart(
            training_probes.probe_images(found),
            key="train_watched",
            alt=t("train_page.plot.joint").join(arms),
        )


def _inside(run: Run) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        seed = _seed(run)
        found = lab.lab().internals(run.id, seed, moment=run.moment)
        stages = list(dict.fromkeys(curve.stage for curve in found))
        if not stages:
            st.info(t("train_page.watch.no_points"))
            return
        stage: Any = st.segmented_control(
            t("train_page.panel.stage"),
            stages,
            format_func=names.stage,
            key=choice("train_stage", stages, stages[-2]),
            required=True,
        )
    style = training.styles(run.experiment.arms)
    complete = _whole(run.id, seed) if run.recorded else ()
    columns = st.columns(3)
    for number, quantity in enumerate(training.INTERNALS):
        x_range, y_range = training.extent_inside(complete, stage, quantity)
        if not complete and run.total:
            x_range = 0.0, 1.02 * run.total
        with columns[number % 3]:
            chart(
                training.internals(
                    found, style, stage=stage, quantity=quantity, x_range=x_range, y_range=y_range
                ),
                key=f"train_inside_{quantity}",
                alt=t(f"train_page.inside.{quantity}"),
            )
            st.caption(t(f"train_page.inside.{quantity}"))


@st.cache_data(ttl=60, max_entries=8, show_spinner=False)
def _whole(run: str, seed: int) -> tuple[InternalsCurve, ...]:
    """All of a recorded run's seed: its axes stand still while it is played."""
    return lab.lab().internals(run, seed)


def _confusion(run: Run, curves: tuple[Curve, ...]) -> None:
    labels = run.experiment.labels
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = st.selectbox(
            t("train_page.table.arm"),
            labels,
            format_func=shown,
            key=choice("train_arm", labels, labels[0]),
            width=260,
        )
        seed = _seed(run)
    pictures = lab.lab().confusion(run.id, label, seed, moment=run.moment)
    found = lab.lab().probe_images(run.id, seed)
    if pictures is None or found is None:
        st.info(t("train_page.panel.no_evaluation"))
        return
    last = [int(c.test_step[-1]) for c in curves if c.label == label and len(c.test_step)]
    chart(
        training_confusion.confusion(pictures, found.classes),
        key="train_confusion",
        alt=training_confusion.describe_confusion(pictures, found.classes),
    )
    st.caption(
        t(
            "train_page.panel.confusion_note",
            step=last[-1] if last else 0,
            standing=literal(training_confusion.describe_confusion(pictures, found.classes)),
        )
    )


def _facts(run: Run) -> None:
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(f"**{t('train_page.panel.events')}**")
        for event in lab.lab().events(run.id)[-12:]:
            st.markdown(f"- {literal(fields.without_path(run, event.said))}")
        st.markdown(f"**{t('train_page.panel.notebook')}**")
        code = f'from convnext_viz.lab import Lab\ncurves = Lab().metrics("{run.id}")'  # not shown
        st.code(code, language="python")
    with right:
        st.markdown(f"**{t('train_page.panel.environment')}**")
        newest = lab.lab().environments(run.id)[-1:]
        recipe = recipes.to_dict(run.experiment.recipe)
        _settings({f"recipe.{name}": one for name, one in recipe.items()})
        for environment in newest:
            _settings({f"environment.{name}": one for name, one in environment.items()})
    st.markdown(prose("train", "notebook"))


def _settings(values: dict[str, Any]) -> None:
    """A table of names and values, all rows of it."""
    rows = [
        {
            t("train_page.table.field"): fields.name(field),
            t("train_page.table.value"): fields.value(field, given),
        }
        for field, given in values.items()
    ]
    st.dataframe(rows, hide_index=True, width="stretch", height=38 + 35 * len(rows))
