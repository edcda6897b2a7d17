"""Details under the map: stage, then block, then operation, by click or by picker."""

from typing import Any

import streamlit as st

from convnext_viz.numbers import exact
from convnext_viz.plans import Layer, Plan, Stage, Step, walk
from convnext_viz.plans.fold import Fold, fold
from convnext_viz.plots import names
from convnext_viz.plots.block_map import block_map, describe
from convnext_viz.text import t
from convnext_viz.ui.architecture.formulas import field_sum, formulas
from convnext_viz.ui.architecture.subject import link_place
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice, put, value


def choose_stage(shown: Plan) -> Stage:
    """The stage that is open, picked here or clicked in the map."""
    stages = [stage.name for stage in shown.stages]
    chosen: Any = st.segmented_control(
        t("architecture.open.stage"),
        stages,
        format_func=names.stage,
        required=True,
        key=choice("arch_stage", stages, "stage1"),
    )
    return shown.stage(chosen)


def open_stage(name: str) -> None:
    """Opens a stage: what a click on the map calls."""
    put("arch_stage", name)


def unfold(stage: Stage) -> None:
    """The open stage's block or layers, drawn; below them one operation's arithmetic."""
    steps, default = _choose_part(stage)
    layer = _choose_layer(steps)
    # The link says the shortest that leads here: the stage, where the rest is as it opens.
    opens = default and layer == next(visit.layer for visit in walk(steps) if visit.layer)
    link_place(stage.name if opens else layer.name)
    with st.container(key="arch_block"):
        chart(
            block_map(steps, stage=stage.name, selected=layer.name),
            key="arch_chain",
            alt=describe(steps),
            on_click=lambda name: put("arch_layer", name),
        )
    st.caption(t("architecture.open.reading"))
    arithmetic(layer)


def arithmetic(layer: Layer) -> None:
    """One operation: what it does, its shapes, and every count as a formula with its numbers."""
    with st.container(border=True, key="arch_arithmetic"):
        st.markdown(
            t(
                "architecture.layer.title",
                operation=names.operation(layer),
                name=layer.name,
                shape_in=names.shape(layer.in_shape),
                shape_out=names.shape(layer.out_shape),
            )
        )
        st.markdown(t(f"architecture.does.{layer.kind}"))
        lines = formulas(layer)
        st.markdown(
            t(
                "architecture.layer.lines",
                output=lines.output,
                params=lines.params,
                params_sum=layer.params_arithmetic,
                macs=lines.macs,
                macs_sum=layer.macs_arithmetic,
                field=field_sum(layer),
            )
        )


def _choose_part(stage: Stage) -> tuple[tuple[Step, ...], bool]:
    """The steps that are open, and whether a stage opens with them by default."""
    folds = {str(one.index): one for one in fold(stage)}
    parts = (["own"] if stage.own else []) + list(folds)
    default = max(folds, key=lambda part: folds[part].count) if folds else "own"
    key = choice("arch_part", parts, default)
    if len(parts) > 1:
        st.segmented_control(
            t("architecture.open.part"),
            parts,
            format_func=lambda part: _part(folds.get(part)),
            required=True,
            key=key,
        )
    part = st.session_state[key]
    if part in folds:
        return folds[part].first.steps, part == default
    return (stage.own,), part == default


def _part(one: Fold | None) -> str:
    if one is None:
        return t("architecture.open.own")
    if one.count == 1:
        return t("architecture.open.block", n=one.index + 1)
    return t(
        "architecture.open.blocks",
        first=one.index + 1,
        last=one.index + one.count,
        count=one.count,
    )


def _choose_layer(steps: tuple[Step, ...]) -> Layer:
    layers = {visit.layer.name: visit.layer for visit in walk(steps) if visit.layer}
    order = list(layers)
    before = value("arch_layer", "")
    # The same operation of another stage, if it has one: pwconv1 stays pwconv1.
    alike = [name for name in order if name.rpartition(".")[2] == before.rpartition(".")[2]]
    chosen = st.selectbox(
        t("architecture.open.layer"),
        order,
        format_func=lambda name: t(
            "architecture.open.entry",
            n=order.index(name) + 1,
            operation=names.operation(layers[name]),
            name=name,
        ),
        key=choice("arch_layer", order, (alike or order)[0]),
    )
    return layers[chosen]


def caption(stage: Stage) -> str:
    """The open stage in one line: what goes in, what comes out, what it costs."""
    return t(
        "architecture.open.caption",
        name=names.stage(stage.name),
        shape_in=names.shape(stage.in_shape),
        shape_out=names.shape(stage.out_shape),
        params=exact(stage.params),
        macs=exact(stage.macs),
    )
