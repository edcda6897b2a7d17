"""The first view: one class, one stage; input, raw map and overlay."""

import streamlit as st

from convnext_viz.ui import explain_doors as doors
from convnext_viz.ui import explain_panels as panels
from convnext_viz.ui import explain_pickers as pickers
from convnext_viz.ui.explain_doors import Subject
from convnext_viz.ui.explain_state import Link


def show(subject: Subject, target: int) -> Link:
    """Grad-CAM for ``target``; returns what of it a link holds."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        stage = pickers.choose_stage(doors.stage_names(subject.pretrained))
        opacity = pickers.choose_opacity()
    prediction = doors.prediction(*subject.keys, subject.x, subject.pretrained)
    found = doors.attribution(*subject.keys, target, stage, subject.x, subject.pretrained)
    panels.three_panels(found, subject.shown, opacity=opacity)
    panels.told(prediction, found)
    with st.container(horizontal=True):
        panels.downloads(found, subject.shown, opacity=opacity, name=subject.picture.stem)
    return {"stage": stage, "opacity": round(100 * opacity)}
