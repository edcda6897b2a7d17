"""The Explain page: what a network says of an image, and where in it the answer comes from."""

from functools import partial

import streamlit as st

from convnext_viz.text import prose, t
from convnext_viz.ui.boundary import attempt, boundary
from convnext_viz.ui.explain import cached, panels, pickers, state
from convnext_viz.ui.explain import reading as words
from convnext_viz.ui.explain.records import Question, Subject
from convnext_viz.ui.explain.subject import (
    images,
    loaded_networks,
    networks,
    own_network,
    scores,
    starters,
)
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
# On a wide screen the choices stand on the left of both others, on a phone between them.
with st.container(key="explain_layout"):
    main, side, rest = st.columns(3)
with main:
    notices = st.container()
    view = pickers.choose_view()
    loading, answer = st.empty(), st.container(key="explain_answer")
with st.container(key="explain_reading"):
    words.show(view)  # a cold server needs seconds until torch is there

with side:
    place = st.container(key="explain_picture")
    with place:
        kind = images.choose_kind()
        chosen = st.container()
    starters.arrived()
    choice = networks.choose_network()
    starters.offer(choice)
    of_network = st.container()

pretrained = None
if choice is not None:
    if not loaded_networks.is_open(choice):
        with loading.container():
            panels.waiting(images.still(kind))
    with main:
        choice, pretrained = attempt(partial(own_network.loaded, choice)) or (choice, None)
    loading.empty()
if choice is not None and pretrained is not None:
    with of_network:
        found = attempt(partial(own_network.adapted, choice, pretrained))
        choice, pretrained = found or (choice, pretrained)
with chosen:
    picture = attempt(partial(images.CHOOSE[kind], choice, pretrained))
with rest:
    scores.show()
state.compare_with_link(picture, choice)

subject = None
if picture is not None and choice is not None and pretrained is not None:
    with main, boundary():
        x, shown = cached.net_input(picture, choice, pretrained)
        subject = Subject(picture, choice, pretrained, x, shown)
elif picture is None:
    main.info(t(f"explain.missing.picture_{kind}"))
elif choice is None:
    main.info(t("explain.missing.network"))

if subject is not None:  # no st.stop(): it would leave the state of what is below half done
    question, link = Question(subject), {}
    if subject.classifies:
        with side:
            question = attempt(lambda: pickers.ask(subject, view)) or question
    with answer, boundary():
        if not subject.classifies and view not in state.OF_FEATURES:
            st.info(t("explain.panel.no_classes"))
            view = "features"
        link = VIEWS[view](question, rest)
        with rest:
            panels.scope(subject)
    state.write_link(question, link)
for sentence in state.notices():
    notices.info(sentence, icon=":material/link_off:")
