"""The view of feature maps: what a stage makes of the picture, channel by channel; its kernels."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from convnext_viz.plots import features as multiples
from convnext_viz.plots import names
from convnext_viz.results import FeatureMaps, Order
from convnext_viz.text import sentences, t
from convnext_viz.ui.charts import chart
from convnext_viz.ui.explain import cached, panels, pickers
from convnext_viz.ui.explain.records import Question, Subject
from convnext_viz.ui.explain.state import Link, key, seed
from convnext_viz.ui.explain.subject import pages
from convnext_viz.ui.explain.views import channel as channels
from convnext_viz.ui.explain.views import kernels

PARTS = ("maps", "kernels")
ORDERS: tuple[Order, ...] = ("mean", "max", "number")
SCALES = ("channel", "stage", "network")
PAGE = 16  # channels
ROW = 4  # of them in a chart


def show(question: Question, rest: DeltaGenerator) -> Link:
    """Channels or kernels of a stage; returns what of it a link holds."""
    subject = question.subject
    with st.container(horizontal=True, gap="small", key="explain_controls"):
        first = subject.places[min(1, len(subject.places) - 1)]  # a stem has no block yet
        stage = pickers.choose_stage(subject.places, first, of="features_")
        part = _segments("part", PARTS)
    link: dict[str, object] = {"stage": stage, "part": part if part != PARTS[0] else None}
    if part == "kernels":
        return {**link, **kernels.show(subject, stage)}
    return {**link, **_maps(subject, stage, rest)}


def _maps(subject: Subject, stage: str, rest: DeltaGenerator) -> Link:
    every = cached.features(subject)
    found = every[stage]
    count, height, width = found.values.shape
    st.markdown(f"#### {t('explain.features.title', stage=names.stage(stage))}")
    with st.container(horizontal=True, gap="small"):
        order = _order()
        scale = _segments("scale", SCALES)
        pinned = channels.choose(stage, found)
    span = _span(scale, found, every)
    ordered = found.ordered(order)
    number = -(-count // PAGE)
    page, above = pages.choose(f"page_of_{number}", number)
    first = (page - 1) * PAGE
    shown = ordered[first : first + PAGE]
    note = t(
        "explain_features.maps.note",
        first=first + 1,
        last=first + len(shown),
        count=count,
        order=t(f"explain_features.order_note.{order}"),
        height=height,
        width=width,
    )
    above.caption(sentences(note, _scale_note(scale, span, found)))
    picture, maps = above.columns([1, 4], gap="small")
    with picture:
        panels.input_panel(subject.shown)
    with maps:
        _grid(found, shown, span, stage, pinned)
    if pinned is not None:
        with rest:
            channels.show(subject, found, pinned, span)
    return {
        "order": order if order != ORDERS[0] else None,
        "scale": scale if scale != SCALES[0] else None,
        "page": page if first else None,
        "channel": pinned,
        **(channels.link() if pinned is not None else {}),
    }


def _grid(
    found: FeatureMaps,
    shown: tuple[int, ...],
    span: tuple[float, float] | None,
    stage: str,
    pinned: int | None,
) -> None:
    """Row by row; a row is two charts, one below the other on a phone."""
    for first in range(0, len(shown), 2 * ROW):
        for half, column in enumerate(st.columns(2, gap="small")):
            some = shown[first + half * ROW : first + (half + 1) * ROW]
            if some:
                with column:
                    chart(
                        multiples.grid(found, some, columns=ROW, span=span, pinned=pinned),
                        # New each time: nothing is selected.
                        key=key(f"features{first // ROW + half}_{pinned}"),
                        alt=multiples.describe(found, some),
                        on_click=lambda channel: channels.click(int(channel), stage, found),
                    )


def _order() -> Order:
    where = seed("order", ORDERS, ORDERS[0], param="order")
    order: Order = st.selectbox(
        t("explain_features.order.label"),
        ORDERS,
        format_func=lambda name: t(f"explain_features.order.{name}"),
        key=where,
        width=200,
    )
    return order


def _segments(name: str, options: tuple[str, ...]) -> str:
    where = seed(name, options, options[0], param=name)
    st.segmented_control(
        t(f"explain_features.{name}.label"),
        options,
        format_func=lambda option: t(f"explain_features.{name}.{option}"),
        required=True,
        key=where,
    )
    return str(st.session_state[where])


def _span(
    scale: str, found: FeatureMaps, every: dict[str, FeatureMaps]
) -> tuple[float, float] | None:
    """The colours' reach that all maps share; None where each has its own."""
    if scale == "channel":
        return None
    spans = [maps.span() for maps in every.values()] if scale == "network" else [found.span()]
    limit = max(high for _, high in spans)
    return (-limit if any(low < 0 for low, _ in spans) else 0.0, limit)


def _scale_note(scale: str, span: tuple[float, float] | None, found: FeatureMaps) -> str:
    signed = (found.span() if span is None else span)[0] < 0
    colours = t("explain_features.colours.signed" if signed else "explain_features.colours.plain")
    if span is None:
        return t("explain_features.scale_note.channel", colours=colours)
    reach = f"{span[0]:.3g} … {span[1]:.3g}"
    return t(f"explain_features.scale_note.{scale}", colours=colours, reach=reach)
