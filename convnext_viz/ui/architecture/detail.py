"""From the map into the network: stage, then block, then operation, by click or by picker."""

import plotly.graph_objects as go
import streamlit as st

from convnext_viz.numbers import exact
from convnext_viz.plans import Layer, Plan, Stage
from convnext_viz.plans.fold import Fold, fold
from convnext_viz.plots import names
from convnext_viz.plots.block_map import Chain, block_map, describe
from convnext_viz.text import t
from convnext_viz.ui.architecture.formulas import field_sum, formulas
from convnext_viz.ui.architecture.state import key

DRAWING = {"displayModeBar": False}


def choose_stage(whole: Plan) -> Stage:
    """The stage that is open, picked here or clicked in the map."""
    stages = [stage.name for stage in whole.stages]
    if st.session_state.get(key("stage")) not in stages:
        st.session_state[key("stage")] = "stage1"
    st.segmented_control(
        t("architecture.open.stage"),
        stages,
        format_func=names.stage,
        required=True,
        key=key("stage"),
    )
    return whole.stage(st.session_state[key("stage")])


def open_stage(name: str) -> None:
    """Opens a stage: what a click on the map calls."""
    st.session_state[key("stage")] = name


def stage_chart(figure: go.Figure, name: str, *, alt: str) -> None:
    """A chart in which a click on a stage opens it."""
    st.plotly_chart(
        figure,
        key=key(name),
        on_select=lambda: _clicked_stage(key(name)),
        selection_mode="points",
        config=DRAWING,
        alt=alt,
    )


def unfold(stage: Stage) -> None:
    """The open stage's block or layers, drawn; below them one operation's arithmetic."""
    chain = _choose_part(stage)
    layer = _choose_layer(chain)
    with st.container(key="arch_block"):
        st.plotly_chart(
            block_map(chain, selected=layer.name),
            key=key("chain"),
            on_select=_clicked_layer,
            selection_mode="points",
            config=DRAWING,
            alt=describe(chain),
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
        told = formulas(layer)
        st.markdown(
            t(
                "architecture.layer.lines",
                output=told.output,
                params=told.params,
                params_sum=layer.params_arithmetic,
                macs=told.macs,
                macs_sum=layer.macs_arithmetic,
                field=field_sum(layer),
            )
        )


def _choose_part(stage: Stage) -> Chain:
    folds = {str(one.index): one for one in fold(stage)}
    parts = (["own"] if stage.own else []) + list(folds)
    usual = max(folds, key=lambda part: folds[part].count) if folds else "own"
    if st.session_state.get(key("part")) not in parts:
        st.session_state[key("part")] = usual
    part = parts[0]
    if len(parts) > 1:
        st.segmented_control(
            t("architecture.open.part"),
            parts,
            format_func=lambda one: _part(folds.get(one)),
            required=True,
            key=key("part"),
        )
        part = st.session_state[key("part")]
    st.session_state[key("place")] = stage.name if part == usual else ""
    if part in folds:
        block = folds[part].first
        return Chain(stage.name, block.body, block.shortcut, block.after)
    return Chain(stage.name, stage.own)


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


def _choose_layer(chain: Chain) -> Layer:
    layers = {layer.name: layer for layer in chain.layers}
    order = list(layers)
    before = st.session_state.get(key("layer"), "")
    if before not in layers:
        # The same operation of another stage, if it has one: pwconv1 stays pwconv1.
        alike = [name for name in order if name.rpartition(".")[2] == before.rpartition(".")[2]]
        st.session_state[key("layer")] = (alike or order)[0]
    chosen = st.selectbox(
        t("architecture.open.layer"),
        order,
        format_func=lambda name: t(
            "architecture.open.entry",
            n=order.index(name) + 1,
            operation=names.operation(layers[name]),
            name=name,
        ),
        key=key("layer"),
    )
    # The link says the shortest that leads here: the stage, where the rest is as it opens.
    if chosen != order[0] or not st.session_state[key("place")]:
        st.session_state[key("place")] = chosen
    return layers[chosen]


def _clicked_stage(chart: str) -> None:
    name = _clicked(chart)
    if name is not None:
        open_stage(name)


def _clicked_layer() -> None:
    name = _clicked(key("chain"))
    if name is not None:
        st.session_state[key("layer")] = name


def _clicked(chart: str) -> str | None:
    points = st.session_state[chart].selection.points
    name = points[0].get("customdata") if points else None
    # Plotly hands a single value or a list of one, as its version likes.
    first = name[0] if isinstance(name, list) and name else name
    return first if isinstance(first, str) and first else None


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
