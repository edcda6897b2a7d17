"""Section "merging": slices and a matrix give what a convolution of stride 2 gives."""

import streamlit as st

from convnext_viz.numbers import scientific
from convnext_viz.plots import merging as drawn
from convnext_viz.results import Place
from convnext_viz.text import prose, t
from convnext_viz.ui import picture
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice, number, put
from convnext_viz.ui.questions import questions
from convnext_viz.ui.swin import subjects

WAYS = ("sliced", "convolved", "reordered")


def show() -> None:
    """The order of the channels, then one output channel by three ways."""
    columns = st.columns([4, 3, 4])
    with columns[0]:
        network = subjects.choose_network()
    with columns[1]:
        shown = picture.choose()
    with st.spinner(t("common.loading"), show_time=True):
        found = subjects.merged(network, shown.key, shown)
    count, rows, across = found.sliced.shape
    with columns[2]:
        channel = st.slider(
            t("swin.merging.channel"),
            0,
            count - 1,
            key=number("swin_channel", 0, count - 1, 0, link="channel"),
        )
    middle = rows // 2 * across + across // 2
    at = st.session_state[choice("swin_at", range(rows * across), middle, link="at")]
    place: Place = (at // across, at % across)
    st.markdown(
        t(
            "swin.merging.answer",
            difference=scientific(found.difference),
            largest=f"{found.largest:.2f}",
            mistaken=f"{found.mistaken:.2f}",
        )
    )
    limit = max(float(abs(getattr(found, way)[channel]).max()) for way in WAYS) or 1.0
    for way, column in zip(WAYS, st.columns(3), strict=True):
        values = getattr(found, way)[channel]
        with column:
            st.markdown(f"**{t(f'swin.merging.{way}')}**")
            chart(
                drawn.channel_map(values, limit, place),
                key=f"swin_merging_{way}",
                alt=t(
                    "swin.merging.map_alt",
                    way=t(f"swin.merging.{way}"),
                    channel=channel,
                    value=f"{values[place]:.6f}",
                ),
                on_click=lambda chosen: put("swin_at", chosen),
            )
            st.caption(
                t(
                    "swin.merging.value",
                    token=str(place),
                    value=f"{values[place]:.6f}".replace("-", "−"),
                )
            )
    given = min(channel, len(found.given) - 1)
    order = ", ".join(map(str, found.order))
    chart(
        drawn.order(found, place, given),
        key="swin_merging_order",
        alt=t("swin.merging.order_alt", order=order, channels=len(found.given)),
    )
    st.caption(t("swin.merging.order", channel=given))
    subjects.untrained_note(network)
    st.markdown(prose("swin", "merging"))
    questions("swin", "order", "norm", "unshuffle")
