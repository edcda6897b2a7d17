"""The Explain page: what a network says of an image, and where in it the answer comes from."""

from functools import partial

import streamlit as st

from convnext_viz.text import prose, t
from convnext_viz.ui.boundary import attempt, boundary
from convnext_viz.ui.explain import cached, panels, pickers, state
from convnext_viz.ui.explain import reading as words
from convnext_viz.ui.explain.records import Question, Subject
from convnext_viz.ui.explain.subject import images, loaded_networks, networks
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
        choose = images.CHOOSE.get(kind)
        picture = attempt(choose) if choose is not None else None
    choice = networks.choose_network()
pretrained = None
if choice is not None:
    with main:
        pretrained = attempt(partial(loaded_networks.network, choice))
if kind in images.CHOOSE_WITH_NETWORK:
    with place:
        picture = attempt(partial(images.CHOOSE_WITH_NETWORK[kind], choice, pretrained))
subject = None
if picture is None or choice is None:
    main.info(t("explain.status.waiting"))
elif pretrained is not None:
    with main, boundary():
        x, shown = cached.net_input(picture, choice, pretrained)
        subject = Subject(picture, choice, pretrained, x, shown)
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
