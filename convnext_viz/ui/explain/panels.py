"""What the page shows of one picture, one network, one class and one stage."""

from typing import TYPE_CHECKING

import plotly.graph_objects as go
import streamlit as st
from PIL import Image

from convnext_viz.numbers import duration, percent
from convnext_viz.plots import attribution as maps
from convnext_viz.results import Attribution, Prediction
from convnext_viz.text import sentences, t
from convnext_viz.ui.boundary import attempt
from convnext_viz.ui.charts import chart
from convnext_viz.ui.explain import cached
from convnext_viz.ui.explain.records import NetworkChoice, Picture, Subject
from convnext_viz.ui.explain.subject import loaded_networks

if TYPE_CHECKING:
    from convnext_viz.nets import Pretrained


def open_network(choice: NetworkChoice) -> "Pretrained | None":
    """The chosen network, with a word while it loads; None where a sentence says why not."""
    with st.spinner(t("explain.status.network")):
        return attempt(lambda: loaded_networks.network(choice))


def open_subject(picture: Picture, choice: NetworkChoice) -> Subject | None:
    """The picture as the network gets it; None where a sentence says why not."""
    pretrained = open_network(choice)
    if pretrained is None:
        return None
    found = attempt(lambda: cached.net_input(picture, choice, pretrained))
    return found and Subject(picture, choice, pretrained, *found)


def scope(subject: Subject) -> None:
    """For a bundled network: what it was made for, how good it is, how little it sees."""
    choice, shown = subject.choice, subject.shown
    if choice.kind == "bundled":
        words = t("explain.panel.small", width=shown.width, height=shown.height)
        share = percent(loaded_networks.accuracy(choice))
        st.caption(sentences(words, t("explain.panel.accuracy", share=share)))


def three_panels(found: Attribution, subject: Subject, *, opacity: float) -> None:
    """Input, raw map and overlay, beside each other or one below the other."""
    rows, columns = found.values.shape
    shown, labels = subject.shown, subject.labels
    left, middle, right = st.columns(3)
    with left:
        input_panel(shown)
    with middle:
        _panel(
            "raw",
            maps.raw_map(found),
            t("explain.panel.raw_note", rows=rows, columns=columns),
            maps.describe(found, labels),
        )
    with right:
        _panel(
            "overlay",
            maps.overlay(found, shown, opacity=opacity),
            t("explain.panel.overlay_note"),
            maps.why_nothing(found, labels)
            or t("explain.panel.overlay_alt", label=found.label(labels), opacity=percent(opacity)),
        )


def input_panel(shown: Image.Image) -> None:
    """The picture as the network gets it."""
    width, height = shown.size
    _panel(
        "input",
        maps.picture(shown),
        t("explain.panel.input_note", width=width, height=height),
        t("explain.panel.input_alt", width=width, height=height),
    )


def _panel(panel: str, figure: go.Figure, note: str, alt: str) -> None:
    st.markdown(f"**{t(f'explain.panel.{panel}')}** :small[:gray[{note}]]")
    chart(figure, key=f"explain_{panel}", alt=alt)


def told(prediction: Prediction, found: Attribution, subject: Subject) -> None:
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
