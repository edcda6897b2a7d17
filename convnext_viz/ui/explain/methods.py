"""Methods to choose from, each with its formula and source."""

import re

import streamlit as st

from convnext_viz.explain.maps.methods import METHODS
from convnext_viz.plots import methods_grid, names
from convnext_viz.text import t
from convnext_viz.ui import choices
from convnext_viz.ui.explain import pickers
from convnext_viz.ui.explain.records import Subject
from convnext_viz.ui.explain.state import key, seed

STEPS = (25, 50, 100, 200)
FIRST = next(iter(METHODS))


def choose_method() -> str:
    """One of all methods, those of stages first."""
    where = seed("method", list(METHODS), FIRST, param="method")
    st.selectbox(
        t("explain_maps.pick.method"),
        list(METHODS),
        format_func=_grouped,
        key=where,
        help=t("explain_maps.pick.method_help"),
        width=216,
    )
    return str(st.session_state[where])


def choose_place(method: str, subject: Subject) -> str:
    """The stage of a class-activation map; other methods have one place."""
    stages, first = subject.places, pickers.telling_stage(subject)
    place = METHODS[method].place
    if not place:
        return pickers.choose_stage(stages, first)
    where = seed(f"stage_of_{len(stages)}", stages, first, param="stage")  # stored meanwhile
    st.segmented_control(
        t("explain.pick.stage"),
        [place],
        format_func=names.stage,
        default=place,
        required=True,
        key=f"{where}_{place}",
        help=t(f"explain_maps.pick.at_{place}"),
    )
    return place


def choose_parameters(method: str) -> tuple[tuple[str, float], ...]:
    """How finely integrated gradients go their way; other methods take the default."""
    if "steps" not in METHODS[method].offered:
        return ()
    where = seed("steps", STEPS, int(METHODS[method].parameters["steps"] or 0), param="steps")
    st.segmented_control(t("explain_maps.pick.steps"), STEPS, required=True, key=where)
    return (("steps", int(st.session_state[where])),)


def default(method: str) -> tuple[tuple[str, float], ...]:
    """A method's parameters where nobody chooses, of those that can be chosen."""
    row = METHODS[method]
    return tuple((name, row.parameters[name] or 0) for name in row.offered)


def card(method: str) -> None:
    """What a method computes and who published it."""
    known = METHODS[method]
    with st.container(border=True):
        st.markdown(f"**{methods_grid.name(method)}** – {methods_grid.meaning(method)}")
        for part in known.formula.split(r",\quad "):  # a line each: the card is narrow
            st.latex(part)
        st.caption(" · ".join(t(f"explain_maps.symbol.{s}") for s in _symbols(method)))
        st.caption(
            t("explain_maps.card.source", authors=known.authors, year=known.year, paper=known.paper)
        )


def _symbols(method: str) -> list[str]:
    """What of a formula is to be explained."""
    values = "attention" if METHODS[method].kind == "attention" else "activation"
    written = {"score": "y", values: "A", "scaled": "s(A", "input": "x", "baseline": "x'"}
    bare = re.sub(r"\\[a-zA-Z]+", "", METHODS[method].formula)  # \max is no x
    return [symbol for symbol, letters in written.items() if letters in bare]


def open_map(method: str, stage: str, stages: int) -> None:
    """In a callback: shows that map in the view of one map."""
    choices.put(key("view"), "look")
    choices.put(key("method"), method)
    if not METHODS[method].place:
        choices.put(key(f"stage_of_{stages}"), stage)


def _grouped(method: str) -> str:
    kind = METHODS[method].kind
    return t(f"explain_maps.group.{kind}", name=methods_grid.name(method))
