"""The Train page's way to the lab: one for all visitors of a server."""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

from convnext_viz.data import DataSpec, load
from convnext_viz.data.home_folder import home
from convnext_viz.lab import Lab
from convnext_viz.results import Curve
from convnext_viz.text import use_language
from convnext_viz.train import experiment as experiments
from convnext_viz.ui.boundary import boundary


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


def table_csv(rows: list[dict[str, Any]]) -> str:
    """Rows as a CSV file with a heading."""
    out = io.StringIO()
    if rows:
        writer = csv.DictWriter(out, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return out.getvalue()


def run_json(run: str) -> str:
    """A run's experiment, environments and every recorded step as one JSON text."""
    ours = lab()
    record = {
        "run": run,
        "experiment": experiments.to_dict(ours.status(run).experiment),
        "environments": ours.environments(run),
        "steps": ours.table(run),
    }
    return json.dumps(record, ensure_ascii=False, indent=1)


@contextmanager
def speaking() -> Iterator[None]:
    """Around a fragment's body: it runs alone, without the frame that sets the language and
    catches what goes wrong."""
    use_language(st.session_state.get("lang", "en"))
    with boundary():
        yield


def show_trouble() -> None:
    """What keeps the lab from working, if anything does."""
    trouble = lab().trouble()
    if trouble:
        st.warning(trouble, icon=":material/warning:")
