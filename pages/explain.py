"""Explain: what a network says of a picture, and where in it the answer comes from."""

import streamlit as st

from convnext_viz.text import prose, t
from convnext_viz.ui.boundary import boundary
from convnext_viz.ui.explain import cached, methods, panels, pickers, state
from convnext_viz.ui.explain import reading as words
from convnext_viz.ui.explain.subject import images, networks
from convnext_viz.ui.explain.views import compare, features, field, grid, look
from convnext_viz.ui.shell import framed

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
if picture is None or choice is None:
    main.info(t("explain.status.waiting"))
elif pretrained is not None:  # no st.stop(): it would leave the state of what is below half done
    subject = cached.subject(picture, choice, pretrained)

    link: dict[str, object] = {}
    target, chosen, contrast = 0, False, None
    if subject.classifies:
        with side, boundary():
            prediction = cached.prediction(*subject.keys, subject.x, subject.pretrained)
            target, chosen = pickers.choose_class(prediction, choice.key)
            if view in ("look", "grid"):
                contrast = methods.choose_against(prediction, target, choice.key)
    with main, boundary():
        match view:
            case "features":
                link |= features.show(subject)
            case "field":
                link |= field.show(subject)
            case _ if not subject.classifies:
                st.info(t("explain.panel.no_classes"))
                link |= features.show(subject)
            case "grid":
                link |= grid.show(subject, target, contrast)
            case "compare":
                link |= compare.show(subject, target)
            case _:
                link |= look.show(subject, target, contrast)
        panels.scope(choice, subject.shown)

    link["class"] = target if chosen else None
    state.write_link(
        view=view if view != state.VIEWS[0] else None,
        picture=picture.link,
        net=choice.link,
        **link,
    )
