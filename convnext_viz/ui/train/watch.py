"""The view of a run: where it stands, the commands it takes, its curves."""

import time
from collections.abc import Callable
from typing import Any

import streamlit as st

from convnext_viz.lab import Run
from convnext_viz.numbers import lasting
from convnext_viz.plots import training
from convnext_viz.plots.training import Axis, Quantity, Range
from convnext_viz.results import Curve
from convnext_viz.specs.variant_labels import shown
from convnext_viz.text import t
from convnext_viz.ui import lab, own_runs
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice, number
from convnext_viz.ui.literal import literal
from convnext_viz.ui.run_titles import title
from convnext_viz.ui.train import annotations, fields

Frame = Callable[[Run, Quantity, Axis], tuple[Range | None, Range | None]]

EAGER = 15.0  # seconds after the start
_COLOURS = {
    "queued": "gray",
    "running": "blue",
    "paused": "orange",
    "finished": "green",
    "stopped": "gray",
    "failed": "red",
    "interrupted": "orange",
}
_PAIRS: dict[str, tuple[Quantity, Quantity]] = {
    "loss": ("loss", "test_accuracy"),
    "test": ("test_loss", "test_accuracy"),
    "train": ("loss", "accuracy"),
    "grad_norm": ("grad_norm", "lr"),
}


def pace(run: Run) -> float | None:
    """Seconds between two looks at a run: more often while somebody waits for the first number or
    for a command to be read, never where nothing can change."""
    if not run.live:
        return None
    fresh = not run.step and not run.seeds_done and time.time() - run.created < EAGER
    return 0.3 if run.wanted or fresh else 1.0


def find(run: str) -> Run | None:
    """The run of the link; None, in words, where there is none of it."""
    if not run:
        st.info(t("train_page.watch.none"))
        return None
    try:
        return own_runs.status(run)
    except ValueError as error:
        st.error(str(error), icon=":material/error:")
        return None


def curves(run: Run) -> tuple[Curve, ...]:
    """What is recorded, as of where the run stands."""
    return lab.curves(run.id, run.state, run.seed, run.step)


def status(run: Run) -> None:
    """State, progress, throughput and time left."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(t(f"train_page.state.{run.state}"), color=_COLOURS[run.state])  # type: ignore[arg-type]
        st.markdown(f"**{literal(title(run))}**")
        st.caption(t("train_page.watch.number", number=run.number), width="content")
    annotations.show(run)
    if run.state == "queued":
        st.progress(0.0, t("train_page.watch.queued", place=run.place or 1))
    else:
        st.progress(run.share, _said(run))
    if run.message:
        said = literal(fields.without_path(run, run.message))
        st.error(said, icon=":material/error:")
    for label, seeds in run.diverged.items():
        for seed, step in seeds.items():
            said = t("train_page.watch.diverged", arm=shown(label), seed=seed, step=step)
            st.warning(said)


def controls(run: Run) -> None:
    """Pause, step, resume, stop: what makes sense now, and is the visitor's to do; read within a
    second."""
    if not own_runs.may_change(run):
        if run.shared:
            st.caption(t("train_page.rights.shared_note"))
        return
    here, changed = lab.lab(), False
    waiting = run.wanted != ""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if run.state == "running" and _button("pause", ":material/pause:", waiting):
            here.pause(run.id)
            changed = True
        if (run.state == "paused" or run.resumable) and _button(
            "resume", ":material/play_arrow:", waiting
        ):
            own_runs.check_again(run)
            here.resume(run.id)
            changed = True
        if run.state in ("running", "paused"):
            if _button("batch", ":material/skip_next:", waiting):
                own_runs.check_again(run)
                here.step(run.id, "batch")
                changed = True
            if _button("epoch", ":material/fast_forward:", waiting):
                own_runs.check_again(run)
                here.step(run.id, "epoch")
                changed = True
        if run.live and _button("stop", ":material/stop:", waiting):
            here.stop(run.id)
            changed = True
        if waiting:
            st.caption(t("train_page.watch.told"))
    if changed:
        st.rerun()


def choose_view() -> tuple[tuple[Quantity, Quantity], Axis, float]:
    """Which curves, over what, and how much they are smoothed."""
    with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
        pair: Any = st.segmented_control(
            t("train_page.watch.curves"),
            list(_PAIRS),
            format_func=lambda name: t(f"train_page.pair.{name}"),
            key=choice("train_pair", _PAIRS, "loss", link="curves"),
            required=True,
        )
        axis: Any = st.segmented_control(
            t("train_page.watch.axis"),
            training.AXES,
            format_func=lambda name: t(f"train_page.axis_short.{name}"),
            key=choice("train_axis", training.AXES, "epoch", link="axis"),
            required=True,
        )
        smoothing = st.slider(
            t("train_page.watch.smoothing"),
            0.0,
            0.95,
            step=0.05,
            key=number("train_smoothing", 0.0, 0.95, 0.0, link="smoothing"),
            help=t("train_page.watch.smoothing_help"),
            width=200,
        )
    return _PAIRS[pair], axis, smoothing


def frame(run: Run, quantity: Quantity, axis: Axis) -> tuple[Range | None, Range | None]:
    """Ranges of the axes that are known before the run has ended."""
    del quantity
    if not run.total or not run.per_epoch or axis not in ("step", "epoch"):
        return None, None
    return (0.0, 1.02 * run.total / (run.per_epoch if axis == "epoch" else 1)), None


def draw(
    run: Run,
    curves: tuple[Curve, ...],
    view: tuple[tuple[Quantity, Quantity], Axis, float],
    frame: Frame,
) -> None:
    """Two figures next to each other, all arms in each; ``frame`` says what their axes show."""
    pair, axis, smoothing = view
    ranges = [frame(run, quantity, axis) for quantity in pair]
    if not any(len(curve.step) for curve in curves) and not any(y for _, y in ranges):
        st.info(t("train_page.watch.no_points"))
        return
    style = training.styles(run.experiment.arms)
    columns = st.columns(2)
    for column, quantity, (x_range, y_range) in zip(columns, pair, ranges, strict=True):
        with column:
            chart(
                training.curves(
                    curves,
                    style,
                    quantity=quantity,
                    axis=axis,
                    smoothing=smoothing,
                    x_range=x_range,
                    y_range=y_range,
                ),
                key=f"train_curve_{quantity}",
                alt=training.describe_curves(curves, quantity),
            )


def standing(run: Run) -> list[str]:
    """Where a run stands, in words: step, epoch and, where there are several, seed."""
    parts = [
        t("train_page.watch.step", step=f"{run.step:,}", total=f"{run.total or 0:,}"),
        t("train_page.watch.epoch", epoch=f"{run.epoch:.2f}"),
    ]
    if len(run.experiment.seeds) > 1:
        now = min(run.seeds_done + 1, len(run.experiment.seeds))
        parts.append(t("train_page.watch.seed", now=now, seeds=len(run.experiment.seeds)))
    return parts


def _said(run: Run) -> str:
    parts = standing(run)
    steps = run.seeds_done * (run.total or 0) + (run.step if run.state != "finished" else 0)
    if run.elapsed and steps:
        pictures = steps * run.experiment.recipe.batch_size / run.elapsed
        parts.append(t("train_page.watch.pace", pictures=f"{pictures:,.0f}"))
    if run.seconds_left is not None and run.state == "running":
        parts.append(t("train_page.watch.left", time=lasting(run.seconds_left)))
    elif run.state == "finished":
        parts.append(t("train_page.watch.took", time=lasting(run.elapsed)))
    return " · ".join(parts)


def _button(name: str, icon: str, disabled: bool) -> bool:
    return st.button(
        t(f"train_page.control.{name}"),
        icon=icon,
        key=f"train_do_{name}",
        disabled=disabled,
        help=t(f"train_page.control_help.{name}"),
    )
