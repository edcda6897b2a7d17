"""Section "image sizes": maps that windows do not fill, and how implementations differ there."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from convnext_viz.numbers import percent
from convnext_viz.plots import padding as drawn
from convnext_viz.text import prose, t
from convnext_viz.ui import picture
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice
from convnext_viz.ui.questions import questions
from convnext_viz.ui.swin import subjects

if TYPE_CHECKING:
    from convnext_viz.results import PaddingOrders

_SIDES = {subjects.SMALL: (32, 34, 38, 42, 46, 50), subjects.PAPERS: (160, 224, 256, 288, 320, 448)}
_FIRST = {subjects.SMALL: 34, subjects.PAPERS: 256}


def show() -> None:
    """Both orders of padding and rolling on the image, and what they do to the attention."""
    columns = st.columns([4, 3, 5], vertical_alignment="bottom")
    with columns[0]:
        network = subjects.choose_network()
    with columns[1]:
        shown = picture.choose()
    sides = _SIDES[network]
    with columns[2]:
        side: Any = st.segmented_control(
            t("swin.padding.side"),
            sides,
            format_func=lambda side: f"{side} px",
            key=choice(f"swin_side_{network}", sides, _FIRST[network], link="side"),
            required=True,
        )
    with st.spinner(t("common.loading"), show_time=True):
        found = subjects.padded(network, shown.key, side, shown)
        pixels = subjects.pixels(network, shown.key, shown)
    window = subjects.window_of(network)
    _answer(found, window, side)
    left, middle, right = st.columns(3, gap="small")
    for order, column in zip(drawn.ORDERS, (left, middle), strict=True):
        with column:
            st.markdown(f"**{t(f'swin.padding.{order}')}**")
            chart(
                drawn.rolled(pixels, found, window, order=order),
                key=f"swin_padding_{order}",
                alt=t("swin.padding.alt", order=t(f"swin.padding.{order}"), rows=found.size[0]),
            )
    with right:
        st.markdown(f"**{t('swin.padding.difference')}**")
        chart(
            drawn.differences(found),
            key="swin_padding_difference",
            alt=t("swin.padding.difference_alt", share=percent(found.difference)),
        )
    subjects.untrained_note(network)
    st.markdown(prose("swin", "padding"))
    questions("swin", "smaller", "stateful", "flexible")


def _answer(found: "PaddingOrders", window: int, side: int) -> None:
    rows = {"side": side, "rows": found.unpadded[0], "window": window}
    if found.unpadded == found.size:
        st.markdown(t("swin.padding.fills", **rows))
        return
    st.markdown(
        t(
            "swin.padding.answer",
            **rows,
            padded=found.size[0],
            difference=percent(found.difference),
            mixed=int(found.mixed.sum()),
            tokens=found.mixed.size,
        )
    )
