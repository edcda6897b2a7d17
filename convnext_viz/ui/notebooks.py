"""Notebooks: the lessons that come with the repository, to be downloaded in the page's language."""

import json
from functools import cache
from pathlib import Path

import streamlit as st

from convnext_viz.text import language, prose

_FOLDER = Path(__file__).parents[2] / "notebooks"


def notebooks() -> None:
    """All of them, each under its title; nothing where only the package is installed."""
    files = sorted((_FOLDER / language().replace("en", "")).glob("*.ipynb"))
    if not files:
        return
    st.markdown(prose("home", "notebooks"))
    with st.container(horizontal=True, key="notebooks"):
        for file in files:
            st.download_button(
                _title(file),
                file.read_bytes,
                file_name=file.name,
                mime="application/x-ipynb+json",
                on_click="ignore",
                icon=":material/download:",
                key=f"notebook_{file.stem}",
            )


@cache
def _title(file: Path) -> str:
    """The heading that the notebook begins with."""
    first = json.loads(file.read_text(encoding="utf-8"))["cells"][0]["source"]
    return str(first[0]).removeprefix("# ").strip()
