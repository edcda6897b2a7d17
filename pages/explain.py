"""Explain: what a network says of a picture, and where in it the answer comes from."""

import streamlit as st

from convnext_viz.text import prose, t
from convnext_viz.ui import explain_doors as doors
from convnext_viz.ui import explain_panels as panels
from convnext_viz.ui import explain_pickers as pickers
from convnext_viz.ui import explain_state as state
from convnext_viz.ui.boundary import boundary
from convnext_viz.ui.shell import framed

framed()
state.restore()

st.markdown(prose("explain", "intro"))
side, main = st.columns([1, 2.6], gap="medium")
below, reading = st.container(), st.container()

# The words come first: a cold server needs seconds until torch is there.
with reading:
    method, stages, limits = st.columns(3, gap="medium")
    method.markdown(prose("explain", "method"))
    stages.markdown(prose("explain", "stages"))
    limits.markdown(prose("explain", "limits"))

with side:
    picture = pickers.choose_picture()
    choice = pickers.choose_network()
if picture is None or choice is None:
    main.info(t("explain.status.waiting"))
    st.stop()

with main:
    pretrained = panels.open_network(choice)
if pretrained is None:
    st.stop()

both = (picture.key, choice.key)
x, shown = doors.net_input(*both, picture.image, pretrained)

with main:
    controls = st.container(horizontal=True, vertical_alignment="center", gap="medium")
with controls:
    stage = pickers.choose_stage(doors.stage_names(pretrained))
    opacity = pickers.choose_opacity()

target, chosen = None, False
with main, boundary():
    if choice.classifies and pretrained.spec.num_classes:
        prediction = doors.prediction(*both, x, pretrained)
        with side:
            target, chosen = pickers.choose_class(prediction)
        found = doors.attribution(*both, target, stage, x, pretrained)
        panels.three_panels(found, shown, opacity=opacity)
        panels.told(prediction, found)
        with st.container(horizontal=True):
            panels.downloads(found, shown, opacity=opacity, name=picture.stem)
    else:
        st.info(t("explain.panel.no_classes"))
    panels.scope(choice, shown)

with below, boundary():
    panels.strongest_channels(doors.features(*both, x, pretrained)[stage])

state.write_link(
    picture=picture.key if picture.is_sample else None,
    net=choice.link,
    stage=stage,
    opacity=round(100 * opacity),
    **{"class": target if chosen else None},
)
