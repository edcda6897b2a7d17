"""What the page shows of one picture, one network, one class and one stage."""

from io import BytesIO, StringIO
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from PIL import Image

from convnext_viz.numbers import duration, percent
from convnext_viz.plots import attribution as maps
from convnext_viz.plots import names
from convnext_viz.results import Attribution, Prediction
from convnext_viz.text import t
from convnext_viz.ui import explain_shelf as shelf
from convnext_viz.ui.boundary import boundary
from convnext_viz.ui.explain_doors import Choice

if TYPE_CHECKING:
    from convnext_viz.nets import Pretrained

_STILL = {"displayModeBar": False}


def open_network(choice: Choice) -> "Pretrained | None":
    """The chosen network, with a word while it loads; None where a sentence says why not."""
    pretrained = None
    with boundary(), st.spinner(t("explain.status.network")):
        pretrained = shelf.network(choice)
    return pretrained  # noqa: RET504  # the boundary may have ended its block


def scope(choice: Choice, shown: Image.Image) -> None:
    """For a bundled network: what it was made for, how good it is, how little it sees."""
    if choice.kind == "bundled":
        words = t("explain.panel.small", width=shown.width, height=shown.height)
        share = percent(shelf.accuracy(choice))
        st.caption(words + " " + t("explain.panel.accuracy", share=share))


def three_panels(found: Attribution, shown: Image.Image, *, opacity: float) -> None:
    """Input, raw map and overlay, beside each other or one below the other."""
    height, width = found.image_size
    rows, columns = found.values.shape
    panels = (
        (
            "input",
            maps.picture(shown),
            t("explain.panel.input_note", width=width, height=height),
            t("explain.panel.input_alt", width=width, height=height),
        ),
        (
            "raw",
            maps.raw_map(found),
            t("explain.panel.raw_note", rows=rows, columns=columns),
            maps.describe(found),
        ),
        (
            "overlay",
            maps.overlay(found, shown, opacity=opacity),
            t("explain.panel.overlay_note"),
            t("explain.panel.overlay_alt", label=found.label, opacity=percent(opacity)),
        ),
    )
    for column, (panel, figure, note, alt) in zip(st.columns(3), panels, strict=True):
        with column:
            st.markdown(f"**{t(f'explain.panel.{panel}')}** :small[:gray[{note}]]")
            st.plotly_chart(figure, key=f"explain_{panel}", config=_STILL, alt=alt)


def told(prediction: Prediction, found: Attribution) -> None:
    """Class, its logit, and the seconds it took; a word where the map is empty."""
    st.caption(
        t(
            "explain.panel.told",
            label=found.label,
            logit=f"{found.score:.3g}",
            share=percent(float(prediction.probabilities[found.target])),
            forward=duration(prediction.seconds),
            cam=duration(found.seconds),
        )
    )
    if not found.values.any():
        st.info(t("explain.panel.empty", label=found.label, stage=names.stage(found.stage)))


def downloads(found: Attribution, shown: Image.Image, *, opacity: float, name: str) -> None:
    """The overlay as PNG, the raw map as CSV."""
    stem = f"{name}-{found.stage}-{found.target}"
    st.download_button(
        t("explain.save.overlay"),
        _png(maps.overlay_image(found, shown, opacity=opacity)),
        file_name=f"{stem}.png",
        mime="image/png",
        on_click="ignore",
    )
    st.download_button(
        t("explain.save.map"),
        _csv(found),
        file_name=f"{stem}.csv",
        mime="text/csv",
        on_click="ignore",
    )


def _png(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _csv(found: Attribution) -> str:
    text = StringIO()
    np.savetxt(text, found.values, fmt="%.6g", delimiter=",")
    return text.getvalue()
