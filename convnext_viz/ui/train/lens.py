"""From the Train page to the Explain page: what do the networks of this run look at?"""

import streamlit as st

from convnext_viz.lab import Run
from convnext_viz.text import t
from convnext_viz.ui.shell import open_page


def door(run: Run) -> None:
    """A way to each arm with its newest weights, on the pictures that it is tested on."""
    if not run.size or run.recorded:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(t("explain_subjects.lab.door"), width="content")
        for label in run.experiment.labels:
            link = {"net": f"run:{run.id}::{label}", "picture": f"run:{run.id}:0"}
            open_page("explain", label=label, link=link)
