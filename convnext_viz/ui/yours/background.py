"""Does it look at the background? A box drawn around the object, and what lies inside of it."""

from typing import Any

import streamlit as st

from convnext_viz import explain
from convnext_viz.numbers import percent
from convnext_viz.plots import attribution, drawn_box
from convnext_viz.results import Box
from convnext_viz.text import prose, t
from convnext_viz.ui.choices import put
from convnext_viz.ui.literal import literal
from convnext_viz.ui.yours import answers
from convnext_viz.ui.yours.answers import Answers

_PLOT = {"displayModeBar": False, "scrollZoom": False}
_OPACITY = 0.5


def show(found: Answers) -> None:
    """An image, the box, and both measures in words."""
    order = [*found.mistakes, *found.right]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        place = int(
            st.selectbox(
                t("yours.background.image"),
                order,
                format_func=lambda one: t(
                    "yours.background.one",
                    number=one + 1,
                    truth=found.classes[int(found.labels[one])],
                    said=found.classes[int(found.predicted[one])],
                ),
                key=f"yours_background_{found.key}",
                width=380,
            )
        )
    image = found.image(place)
    target = int(found.predicted[place])
    mapped = answers.heat_map(found, place, target)
    left, right = st.columns([1.2, 1], gap="large")
    with right:
        box = _sliders(found, place, image.width, image.height)
    with left:
        over = attribution.overlay_image(mapped, image, opacity=_OPACITY)
        where = f"yours_box_{found.key}_{place}"
        st.plotly_chart(
            drawn_box.drawn(over, box, size=image.size),
            key=where,
            on_select=lambda: _take(where, found, place, image.width, image.height),
            selection_mode="box",
            config=_PLOT,
            alt=t("yours.background.alt", label=literal(found.classes[target])),
        )
        st.caption(t("yours.background.draw"))
    with right:
        _say(found, place, target, box)
    st.markdown(prose("yours", "background"))


def _keys(found: Answers, place: int) -> tuple[str, str]:
    return f"yours_columns_{found.key}_{place}", f"yours_rows_{found.key}_{place}"


def _sliders(found: Answers, place: int, width: int, height: int) -> Box:
    """The box by its edges: for who cannot draw, and to say it exactly."""
    spans: list[tuple[int, int]] = []
    for name, side, key in zip(
        ("columns", "rows"), (width, height), _keys(found, place), strict=True
    ):
        st.session_state.setdefault(key, (side // 4, side - side // 4))
        st.slider(t(f"yours.background.{name}"), 0, side, key=key)
        spans.append(st.session_state[key])
    (first, last), (top, bottom) = spans
    return Box(top=top, left=first, bottom=bottom, right=last)


def _take(where: str, found: Answers, place: int, width: int, height: int) -> None:
    """What was drawn becomes the sliders' values."""
    boxes: list[Any] = st.session_state[where].get("selection", {}).get("box", [])
    if not boxes:
        return
    for key, name, side in zip(_keys(found, place), ("x", "y"), (width, height), strict=True):
        low, high = sorted(float(one) for one in boxes[0][name])
        first = min(max(round(low), 0), side - 1)
        put(key, (first, min(max(round(high), first + 1), side)))


def _say(found: Answers, place: int, target: int, box: Box) -> None:
    x, _ = answers.net_input(found, place)
    mapped = answers.heat_map(found, place, target)
    test = explain.box_test(found.pretrained.net, x, mapped, box)
    label = literal(found.classes[target])
    if mapped.nothing:
        st.info(t("yours.mistakes.no_map", label=label))
    else:
        st.markdown(
            t(
                "yours.background.share",
                label=label,
                share=percent(test.share),
                area=percent(test.area),
            )
        )
    st.markdown(
        t(
            "yours.background.covered",
            label=label,
            probability=percent(test.probability),
            without=percent(test.without),
            alone=percent(test.alone),
        )
    )
