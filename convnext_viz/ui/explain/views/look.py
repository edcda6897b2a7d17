"""The first view: one map, of one method, class and stage; and whether it means anything."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from convnext_viz.explain.maps.methods import METHODS
from convnext_viz.plots import methods_grid, names
from convnext_viz.results import IntegratedGradients
from convnext_viz.text import prose, t
from convnext_viz.ui.explain import cached, maps, methods, panels, pickers
from convnext_viz.ui.explain.records import MapRequest, Question
from convnext_viz.ui.explain.state import Link
from convnext_viz.ui.explain.views import evidence, saves
from convnext_viz.ui.shell import open_page

COMPLETE = 0.05  # of the scores' difference: integrated gradients that lack more need more steps


def show(question: Question, rest: DeltaGenerator) -> Link:
    """The map that was chosen, and in ``rest`` its evidence; returns what of it a link holds."""
    subject, contrast = question.subject, question.contrast
    with st.container(horizontal=True, gap="small", key="explain_look_controls"):
        method = methods.choose_method()
        stage = methods.choose_place(method, subject)
        parameters = methods.choose_parameters(method)
        opacity = pickers.choose_opacity()
    request = MapRequest(subject, method, stage, question.target, contrast, parameters)
    fits = METHODS[method].fits(subject.plan)
    found = maps.found(request) if fits else None
    if not fits:
        st.info(t("explain.error.no_global_attention"), icon=":material/block:")
        with rest:
            methods.card(method)
        shuffle = False
    elif found is not None:
        one = found.attribution
        panels.three_panels(one, subject, opacity=opacity)
        panels.caption(cached.prediction(subject), one, subject)
        _notes(request)
        if isinstance(found, IntegratedGradients):
            _complete(found)
        with rest:
            saves.downloads(request, one, opacity=opacity)
            left, right = st.columns([1, 1.25], gap="medium")
            with left:
                methods.card(method)
                st.markdown(prose("explain_maps", "what_it_does_not_show"))
            with right:
                evidence.curves(request, one)
            shuffle = evidence.shuffled(request, one, opacity=opacity)
    else:
        _wait(request)
        with rest:
            methods.card(method)
        shuffle = False
    with rest:
        evidence.lessons(request)
    return {
        "method": method if method != methods.FIRST else None,
        "stage": None if METHODS[method].place else stage,
        "against": contrast,
        "steps": dict(parameters).get("steps"),
        "opacity": round(100 * opacity),
        "shuffle": "on" if shuffle else None,
    }


def _notes(request: MapRequest) -> None:
    """What is to be known of a map: that the class plays no part, or where exactly it is made."""
    subject, method = request.subject, methods_grid.name(request.method)
    if METHODS[request.method].class_blind:
        if request.contrast is not None:
            st.info(t("explain_maps.class_blind", method=method))
        else:
            st.caption(t("explain_maps.every_class", method=method))
    if not METHODS[request.method].place and subject.behind_is_zero(request.stage):
        st.caption(t("explain_maps.before_attention", stage=names.stage(request.stage)))
        open_page("vit", label=t("explain_maps.why_before"), link={"section": "gradient"})


def _wait(request: MapRequest) -> None:
    """For a slow map that is not there yet: the input, and how far the map is."""
    with st.container(key="explain_pending"):
        left, right = st.columns([1, 2])
    with left:
        panels.input_panel(request.subject.shown)
    with right:
        st.markdown(f"**{methods_grid.name(request.method)}**")
        if maps.awaited_map(
            "map",
            request,
            title=t("explain_maps.make", method=methods_grid.name(request.method)),
            at_once=request.macs <= maps.AT_ONCE,
        ):
            st.rerun()


def _complete(found: IntegratedGradients) -> None:
    """Whether the shares add up to what they are shares of."""
    share = abs(found.gap) / abs(found.difference) if found.difference else float("inf")
    kind = "complete" if share < COMPLETE else "incomplete"
    st.caption(
        t(
            f"explain_maps.integrated.{kind}",
            steps=found.steps,
            total=f"{found.total:.4g}",
            difference=f"{found.difference:.4g}",
            gap=f"{found.gap:.2g}".replace("-", "−"),
            share=f"{share:.1%}",
        )
    )
