"""The Explain page: what a network says of an image, and where in it the answer comes from."""

import streamlit as st

from convnext_viz.text import prose, t
from convnext_viz.ui.boundary import attempt, boundary
from convnext_viz.ui.explain import panels, pickers, state
from convnext_viz.ui.explain import reading as words
from convnext_viz.ui.explain.records import Question
from convnext_viz.ui.explain.subject import images, networks
from convnext_viz.ui.explain.views import compare, features, field, grid, look
from convnext_viz.ui.shell import framed

VIEWS = {
    "look": look.show,
    "grid": grid.show,
    "features": features.show,
    "field": field.show,
    "compare": compare.show,
}

framed()
state.restore()

st.markdown(prose("explain", "intro"))
side, main = st.columns([1, 2.6], gap="medium")
reading = st.container()

with main:
    view = pickers.choose_view()

# The words come first: a cold server needs seconds until torch is there.
with reading:
    words.show(view)

with side:
    place = st.container()
    with place:
        kind = images.choose_kind()
        picture = images.choose_at_once(kind)
    choice = networks.choose_network()
pretrained = None
if choice is not None:
    with main:
        pretrained = panels.open_network(choice)
with place:
    picture = picture or images.choose_beside(kind, choice, pretrained)
subject = None
if picture is None or choice is None:
    main.info(t("explain.status.waiting"))
elif pretrained is not None:
    with main:
        subject = panels.open_subject(picture, choice)
if subject is not None:  # no st.stop(): it would leave the state of what is below half done
    question, link = Question(subject), {}
    if subject.classifies:
        with side:
            question = attempt(lambda: pickers.ask(subject, view)) or question
    with main, boundary():
        if not subject.classifies and view not in state.OF_FEATURES:
            st.info(t("explain.panel.no_classes"))
            view = "features"
        link = VIEWS[view](question)
        panels.scope(subject)
    state.write_link(question, link)
