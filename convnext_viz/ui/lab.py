"""The lab that all pages use: one for all visitors of a server, and what is cached of it."""

import streamlit as st

from convnext_viz.data import DataSpec, load
from convnext_viz.data.home_folder import home
from convnext_viz.lab import Lab
from convnext_viz.results import Curve


@st.cache_resource
def _lab(folder: str) -> Lab:
    del folder
    return Lab()


def lab() -> Lab:
    """The lab in the user's data folder."""
    return _lab(str(home()))


@st.cache_data(ttl=5, show_spinner=False)
def is_there(data: DataSpec) -> str:
    """Empty where the pictures can be used, else the sentence that says why not."""
    if data.kind == "shapes":
        return ""
    try:
        load(data)
    except ValueError as error:
        return str(error)
    return ""


@st.cache_data(ttl=0.9, max_entries=32, show_spinner=False)
def curves(run: str, state: str, seed: int, step: int) -> tuple[Curve, ...]:
    """What is recorded of a run that stands there: read once for all who watch it."""
    del state, seed, step
    return lab().metrics(run, points=500)
