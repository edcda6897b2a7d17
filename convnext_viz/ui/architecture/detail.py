"""Details under the map: a stage's sums, its block, an operation; by click or by picker."""

from typing import Any

import streamlit as st

from convnext_viz.numbers import percent
from convnext_viz.plans import Layer, Plan, Stage, Step, walk
from convnext_viz.plans.fold import Fold, fold
from convnext_viz.plans.sums import Term, equation, terms
from convnext_viz.plots import names
from convnext_viz.plots.block_costs import block_costs
from convnext_viz.plots.block_costs import describe as describe_costs
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


def sums(whole: Plan, stage: Stage) -> None:
    """Why a stage has so many parameters and multiply-adds: both as the sum over its blocks."""
    st.markdown(
        t(
            "architecture.sum.lines",
            network=names.network(whole.spec),
            stage=names.stage(stage.name),
            shape_in=names.shape(stage.in_shape),
            shape_out=names.shape(stage.out_shape),
            params_share=_share(stage.params, whole.params),
            params=equation(stage, "params"),
            macs_share=_share(stage.macs, whole.macs),
            macs=equation(stage, "macs"),
            terms=" + ".join(_term(term, len(stage.blocks)) for term in terms(stage)),
        )
    )


def _share(part: int, total: int) -> str:
    return percent(part / total if total else 0)


def _term(term: Term, blocks: int) -> str:
    """What a number of the sum belongs to."""
    if isinstance(term.of, Layer):
        return names.operation(term.of)
    if not isinstance(term.of, Fold):
        return t("architecture.open.own")
    if 1 < term.count == blocks:
        return t("architecture.sum.blocks", count=blocks)
    return _part(term.of)


def costs(stage: Stage) -> tuple[Step, ...]:
    """What every operation of the open part of a stage costs; returns its steps."""
    _, steps, default = _choose_part(stage)
    _, layer = _layer(steps)
    _link(stage, steps, layer, default=default)
    _costs(steps, stage, "arch_costs", selected=layer.name)
    return steps


def unfold(stage: Stage, steps: tuple[Step, ...]) -> None:
    """The open part drawn as a chain of operations; below it one operation's arithmetic."""
    layer = _choose_layer(steps)
    with st.container(key="arch_block"):
        chart(
            block_map(steps, stage=stage.name, selected=layer.name),
            key="arch_chain",
            alt=describe(steps),
            on_click=_open_layer,
        )
    st.caption(t("architecture.open.reading"))
    arithmetic(layer)


def side_by_side(shown: Plan, other: Plan, stage: Stage) -> None:
    """The same stage of two networks: their sums, and their blocks to one scale."""
    part, steps, default = _choose_part(stage)
    _link(stage, steps, _layer(steps)[1], default=default)
    one, two = st.columns(2, gap="large")
    theirs = next((each for each in other.stages if each.name == stage.name), None)
    if theirs is None:
        name = names.network(other.spec)
        two.info(t("architecture.compare.no_stage", network=name, stage=names.stage(stage.name)))
        with one:
            _summed(shown, stage, part, "arch_costs", ())
        return
    parts = _parts(theirs)
    beside = part if part == "own" and "own" in parts else _default_part(theirs)
    with one:
        _summed(shown, stage, part, "arch_costs", parts[beside])
    with two:
        _summed(other, theirs, beside, "arch_costs_other", steps)


def _summed(whole: Plan, stage: Stage, part: str, key: str, other: tuple[Step, ...]) -> None:
    sums(whole, stage)
    st.caption(_part_of(stage, part))
    _costs(_parts(stage)[part], stage, key, other=other)


def _costs(
    steps: tuple[Step, ...],
    stage: Stage,
    key: str,
    *,
    other: tuple[Step, ...] = (),
    selected: str | None = None,
) -> None:
    chart(
        block_costs(steps, stage=stage.name, other=other, selected=selected),
        key=key,
        alt=describe_costs(steps),
        on_click=_open_layer if selected else None,
    )


def _open_layer(name: str) -> None:
    put("arch_layer", name)


def _link(stage: Stage, steps: tuple[Step, ...], layer: Layer, *, default: bool) -> None:
    """The link says the shortest that leads here: the stage, where the rest is as it opens."""
    opens = default and layer == next(visit.layer for visit in walk(steps) if visit.layer)
    link_place(stage.name if opens else layer.name)


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


def _parts(stage: Stage) -> dict[str, tuple[Step, ...]]:
    """What of a stage can be open: its own layers, and the first of each run of equal blocks."""
    own: dict[str, tuple[Step, ...]] = {"own": (stage.own,)} if stage.own else {}
    return own | {str(one.index): one.first.steps for one in fold(stage)}


def _default_part(stage: Stage) -> str:
    folds = fold(stage)
    return str(max(folds, key=lambda one: one.count).index) if folds else "own"


def _choose_part(stage: Stage) -> tuple[str, tuple[Step, ...], bool]:
    """The part that is open, its steps, and whether a stage opens with it by default."""
    parts, default = _parts(stage), _default_part(stage)
    key = choice("arch_part", parts, default)
    if len(parts) > 1:
        st.segmented_control(
            t("architecture.open.part"),
            parts,
            format_func=lambda part: _part_of(stage, part),
            required=True,
            key=key,
        )
    part = st.session_state[key]
    return part, parts[part], part == default


def _part_of(stage: Stage, part: str) -> str:
    folds = {str(one.index): one for one in fold(stage)}
    if part in folds:
        return _part(folds[part])
    return t("architecture.open.own") if stage.blocks else names.stage(stage.name)


def _part(one: Fold) -> str:
    if one.count == 1:
        return t("architecture.open.block", n=one.index + 1)
    return t(
        f"architecture.open.{'blocks' if one.every == 1 else 'second'}",
        first=one.index + 1,
        last=one.places[-1] + 1,
        count=one.count,
    )


def _layer(steps: tuple[Step, ...]) -> tuple[dict[str, Layer], Layer]:
    """The layers of the open part, and the open one of them."""
    layers = {visit.layer.name: visit.layer for visit in walk(steps) if visit.layer}
    before = value("arch_layer", "")
    # The same operation of another stage, if it has one: pwconv1 stays pwconv1.
    alike = [name for name in layers if name.rpartition(".")[2] == before.rpartition(".")[2]]
    return layers, layers[st.session_state[choice("arch_layer", layers, (alike or [*layers])[0])]]


def _choose_layer(steps: tuple[Step, ...]) -> Layer:
    layers, _ = _layer(steps)
    order = list(layers)
    chosen = st.selectbox(
        t("architecture.open.layer"),
        order,
        format_func=lambda name: t(
            "architecture.open.entry",
            n=order.index(name) + 1,
            operation=names.operation(layers[name]),
            name=name,
        ),
        key="arch_layer",
    )
    return layers[chosen]
