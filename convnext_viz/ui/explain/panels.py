"""What the page shows of one picture, one network, one class and one stage."""

import streamlit as st
from PIL import Image, ImageOps

from convnext_viz.numbers import duration, percent
from convnext_viz.plots import attribution as maps
from convnext_viz.results import Attribution, Prediction
from convnext_viz.text import sentences, t
from convnext_viz.ui.charts import chart
from convnext_viz.ui.explain.records import Subject
from convnext_viz.ui.explain.subject import loaded_networks


def scope(subject: Subject) -> None:
    """For a bundled network: what it was made for, how good it is, how little it sees."""
    choice, shown = subject.choice, subject.shown
    if choice.kind == "bundled":
        words = t(
            "explain.panel.small",
            classes=t("explain.panel.joint").join(subject.labels),
            width=shown.width,
            height=shown.height,
        )
        share = percent(loaded_networks.accuracy(choice))
        st.caption(sentences(words, t("explain.panel.accuracy", share=share)))


def three_panels(found: Attribution, subject: Subject, *, opacity: float) -> None:
    """Input, raw map and overlay, side by side or one below the other."""
    rows, columns = found.values.shape
    shown, labels = subject.shown, subject.labels
    with st.container(key="explain_panels"):
        left, middle, right = st.columns(3)
    with right:  # first, as on a phone it stands above the others
        _heading("overlay", t("explain.panel.overlay_note"))
        alt = t("explain.panel.overlay_alt", label=found.label(labels), opacity=percent(opacity))
        chart(
            maps.overlay(found, shown, opacity=opacity),
            key="explain_overlay",
            alt=maps.why_nothing(found, labels) or alt,
        )
    with middle:
        _heading("raw", t("explain.panel.raw_note", rows=rows, columns=columns))
        chart(maps.raw_map(found), key="explain_raw", alt=maps.describe(found, labels))
    with left:
        input_panel(shown)


def input_panel(shown: Image.Image) -> None:
    """The picture as the network gets it."""
    size = {"width": shown.width, "height": shown.height}
    _heading("input", t("explain.panel.input_note", **size))
    chart(maps.picture(shown), key="explain_input", alt=t("explain.panel.input_alt", **size))


def _heading(panel: str, note: str) -> None:
    st.markdown(f"**{t(f'explain.panel.{panel}')}** :small[:gray[{note}]]")


def waiting(picture: Image.Image | None) -> None:
    """The places of the three panels while a network is loaded: the picture, and two to come."""
    with st.container(key="explain_panels_waiting"):
        for column, panel in zip(st.columns(3), ("input", "raw", "overlay"), strict=True):
            with column:
                st.markdown(f"**{t(f'explain.panel.{panel}')}**")
                if picture is not None:
                    square = ImageOps.fit(picture.convert("RGB"), (maps.SIDE, maps.SIDE))
                    still = square if panel == "input" else square.convert("L")
                    st.image(still, width=maps.SIDE, alt=t("explain.panel.loading"))


def caption(prediction: Prediction, found: Attribution, subject: Subject) -> None:
    """Class, its logit, and the seconds it took; a word where the map shows nothing."""
    st.caption(
        t(
            "explain.panel.told" if found.contrast is None else "explain_maps.told_against",
            label=found.label(subject.labels),
            logit=f"{found.score:.3g}",
            share=percent(float(prediction.probabilities[found.target])),
            forward=duration(prediction.seconds),
            method=t(f"methods.name.{found.method}"),
            seconds=duration(found.seconds),
        )
    )
    if found.nothing:
        words = maps.why_nothing(found, subject.labels)
        if found.nothing == "cancelled" and found.method == "hires_cam":
            title = t("explain_maps.lessons.title")
            words = sentences(words, t("explain_maps.nothing.hires_cam", title=title))
        st.info(words)
