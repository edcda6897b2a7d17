"""What the visitor chooses of what is shown: a view, a class, a stage."""

from collections import Counter

import streamlit as st

from convnext_viz.plots import names
from convnext_viz.plots import prediction as bars
from convnext_viz.results import Prediction
from convnext_viz.text import t
from convnext_viz.ui import choices
from convnext_viz.ui.charts import chart
from convnext_viz.ui.explain import cached
from convnext_viz.ui.explain.records import Question, Subject
from convnext_viz.ui.explain.state import PREDICTED, VIEWS, key, seed

OPACITY = 55  # percent
_NET = "explain_class_net"  # no widgets': the network that the chosen class is one of,
_NAME = "explain_class_name"  # and what the class is called
NOBODY = -1  # in place of a class that the other one is compared with
_CONTRAST_NET = "explain_against_net"  # to which the number of the second class belongs,
_CONTRAST_NAME = "explain_against_name"  # and what it is called


def choose_view() -> str:
    """What is shown of the picture and the network."""
    where = seed("view", VIEWS, VIEWS[0], param="view")
    st.segmented_control(
        t("explain.pick.view"),
        VIEWS,
        format_func=lambda view: t(f"explain.view.{view}"),
        required=True,
        key=where,
        label_visibility="collapsed",
    )
    return str(st.session_state[where])


def ask(subject: Subject, view: str) -> Question:
    """The class to explain, and for views of maps the one that it is compared with."""
    prediction = cached.prediction(subject)
    target, chosen = choose_class(prediction, subject.choice.key)
    contrast = None
    if view in ("look", "grid"):
        contrast = choose_contrast(prediction, target, subject.choice.key)
    return Question(subject, target, chosen, contrast)


def choose_class(prediction: Prediction, net: str) -> tuple[int, bool]:
    """The class of ``net`` to explain, and whether it was chosen: else it is the predicted one.

    A choice is stored by the class's name: its number means another class to another network.
    """
    classes = len(prediction.logits)
    rest = [i for i in range(classes) if i not in prediction.top]
    rest.sort(key=prediction.label)
    options = [PREDICTED, *prediction.top, *rest]
    linked = choices.link_decides(key("class_name"))
    where = seed(f"class_of_{classes}", options, PREDICTED, param="class")
    if linked:
        _remember(prediction, where)
    elif st.session_state.get(_NET) != net:
        choices.put(where, _called(prediction, st.session_state.get(_NAME)))
    st.session_state[_NET] = net
    chosen = st.session_state[where]
    chart(
        bars.top_classes(prediction, selected=_target(prediction, chosen)),
        key=key(f"bars{classes}_{chosen + 1}"),  # a new one each time: nothing is selected
        alt=bars.describe(prediction),
        on_click=lambda data: _click(prediction, int(data[0]), where),
    )
    st.selectbox(
        t("explain.pick.class"),
        options,
        # A browser knows an option by its words: they may not change from picture to picture.
        format_func=words(prediction).__getitem__,
        key=where,
        on_change=lambda: _remember(prediction, where),
        help=t("explain.pick.class_help", count=classes),
    )
    return _target(prediction, chosen), chosen != PREDICTED


def choose_contrast(prediction: Prediction, target: int, net: str) -> int | None:
    """A second class: the maps then show why the one and not the other; None to begin with.

    Stored by its name, as its number means another class to another network.
    """
    classes = range(len(prediction.logits))
    rest = sorted((i for i in classes if i not in prediction.top), key=prediction.label)
    options = [NOBODY, *(i for i in [*prediction.top, *rest] if i != target)]
    linked = choices.link_decides(key("contrast_name"))
    where = seed(f"against_of_{len(classes)}", options, NOBODY, param="against")
    if not linked and st.session_state.get(_CONTRAST_NET) != net:
        name = st.session_state.get(_CONTRAST_NAME)
        called = (i for i in options if i != NOBODY and prediction.label(i) == name)
        choices.put(where, next(called, NOBODY))
    st.session_state[_CONTRAST_NET] = net
    called_options = {**words(prediction), NOBODY: t("explain_maps.pick.nobody")}
    st.selectbox(
        t("explain_maps.pick.against"),
        options,
        format_func=called_options.__getitem__,
        key=where,
        help=t("explain_maps.pick.against_help"),
    )
    chosen = int(st.session_state[where])
    st.session_state[_CONTRAST_NAME] = None if chosen == NOBODY else prediction.label(chosen)
    return None if chosen == NOBODY else chosen


def _remember(prediction: Prediction, where: str) -> None:
    option = st.session_state[where]
    known = option in range(len(prediction.logits))
    st.session_state[_NAME] = prediction.label(option) if known else None


def _called(prediction: Prediction, name: str | None) -> int:
    """The class of that name; the predicted one where there is none."""
    if name is None:
        return PREDICTED
    return next(
        (i for i in range(len(prediction.logits)) if prediction.label(i) == name), PREDICTED
    )


def _target(prediction: Prediction, option: int) -> int:
    return prediction.top[0] if option == PREDICTED else option


def words(prediction: Prediction) -> dict[int, str]:
    """What each option is called, no two of them alike."""
    labels = [prediction.label(i) for i in range(len(prediction.logits))]
    often = Counter(labels)
    called = {i: label if often[label] == 1 else f"{label} #{i}" for i, label in enumerate(labels)}
    return {PREDICTED: t("explain.pick.predicted"), **called}


def _click(prediction: Prediction, target: int, where: str) -> None:
    choices.put(where, target)
    _remember(prediction, where)


def choose_stage(stages: tuple[str, ...]) -> str:
    """The stage whose output is explained; the last one to begin with."""
    where = seed(f"stage_of_{len(stages)}", stages, stages[-1], param="stage")
    st.segmented_control(
        t("explain.pick.stage"), stages, format_func=names.stage, required=True, key=where
    )
    return str(st.session_state[where])


def choose_opacity() -> float:
    """How much of the map lies over the picture, from 0 to 1."""
    where = seed("opacity", range(0, 101, 5), OPACITY, param="opacity")
    percent = st.slider(
        t("explain.pick.opacity"), 0, 100, step=5, format="%d%%", key=where, width=200
    )
    return percent / 100
