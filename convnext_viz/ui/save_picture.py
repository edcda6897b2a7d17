"""Buttons that save what the browser has drawn: a server has no browser to draw it with."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent
_buttons = st.components.v2.component(
    "convnext_viz_save_picture",
    html='<div class="formats"></div>',
    css=(_HERE / "save_picture.css").read_text(encoding="utf-8"),
    js=(_HERE / "save_picture.js").read_text(encoding="utf-8"),
)


def save_picture(place: str, name: str, *, titles: Sequence[str] = (), help: str) -> None:
    """PNG and SVG of all charts in the container of the key ``place``, one under the other.

    ``name`` is the file's, without its ending; ``titles`` stand over the drawings.
    """
    data = {"from": place, "name": name, "titles": list(titles), "help": help}
    _buttons(key=f"{place}_save", data=data, width="content")
