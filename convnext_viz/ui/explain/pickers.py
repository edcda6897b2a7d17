"""What the visitor chooses of what is shown: a view, a class, a stage."""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from convnext_viz.plans import Plan
from convnext_viz.plots import names
from convnext_viz.plots import prediction as bars
from convnext_viz.results import Prediction
from convnext_viz.text import t
from convnext_viz.ui import choices
from convnext_viz.ui.charts import chart
from convnext_viz.ui.explain import cached
from convnext_viz.ui.explain.records import Question, Subject, label_count
from convnext_viz.ui.explain.state import OF_FEATURES, PREDICTED, VIEWS, key, seed

OPACITY = 55  # percent
_SIDE_BY_SIDE = 6  # stages or blocks; more are a list
CELLS = 5  # along a side of a map that says where
_NET = "explain_class_net"  # no widgets': the network that the chosen class is one of,
_NAME = "explain_class_name"  # and what the class is called
OPACITY_WIDTH = 180  # pixels
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
    if view in OF_FEATURES:  # which show the same for every class
        top = prediction.top[0]
        chart(bars.top_classes(prediction, selected=top), key("bars"), bars.describe(prediction))
        return Question(subject, top)
    target, chosen = choose_class(subject, prediction)
    # Of one output, the lead over the other class is twice its logit: the same map.
    compared = view in ("look", "grid") and subject.pretrained.spec.num_classes > 1
    contrast = choose_contrast(subject, prediction, target) if compared else None
    return Question(subject, target, chosen, contrast)


def choose_class(subject: Subject, prediction: Prediction) -> tuple[int, bool]:
    """The class to explain, and whether it was chosen: else it is the predicted one.

    A choice is stored by the class's name: its number means another class to another network.
    """
    net, classes = _net(subject), len(prediction.logits)
    rest = [i for i in range(classes) if i not in prediction.top]
    rest.sort(key=prediction.label)
    options = [PREDICTED, *prediction.top, *rest]
    linked = choices.link_decides(key("class_name"))
    where = seed(f"class_of_{classes}", options, PREDICTED, param="class")
    if linked:
        _remember(subject, where)
    elif st.session_state.get(_NET) != net:
        choices.put(where, _called(subject, st.session_state.get(_NAME), PREDICTED))
    st.session_state[_NET] = net
    chosen = st.session_state[where]
    chart(
        bars.top_classes(prediction, selected=_target(prediction, chosen)),
        key=key(f"bars{classes}_{chosen + 1}"),  # a new one each time: nothing is selected
        alt=bars.describe(prediction),
        on_click=lambda data: _click(subject, int(data[0]), where),
    )
    st.selectbox(
        t("explain.pick.class"),
        options,
        # A browser knows an option by its words: they may not change from picture to picture.
        format_func=words(prediction).__getitem__,
        key=where,
        on_change=lambda: _remember(subject, where),
        help=t("explain.pick.class_help", count=classes),
    )
    return _target(prediction, chosen), chosen != PREDICTED


def choose_contrast(subject: Subject, prediction: Prediction, target: int) -> int | None:
    """A second class: the maps then show why the one and not the other; None to begin with.

    Stored by its name, as its number means another class to another network.
    """
    net, classes = _net(subject), range(len(prediction.logits))
    rest = sorted((i for i in classes if i not in prediction.top), key=prediction.label)
    options = [NOBODY, *(i for i in [*prediction.top, *rest] if i != target)]
    linked = choices.link_decides(key("contrast_name"))
    where = seed(f"against_of_{len(classes)}", options, NOBODY, param="against")
    if not linked and st.session_state.get(_CONTRAST_NET) != net:
        found = _called(subject, st.session_state.get(_CONTRAST_NAME), NOBODY)
        choices.put(where, found if found in options else NOBODY)
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
    st.session_state[_CONTRAST_NAME] = None if chosen == NOBODY else _name(subject, chosen)
    return None if chosen == NOBODY else chosen


def _net(subject: Subject) -> str:
    """The network, and what its classes are called: names may be given later."""
    return f"{subject.choice.key}|{hash(subject.pretrained.labels)}"


def _name(subject: Subject, target: int) -> str:
    """A class's name as its network has it, whatever the reader's language."""
    labels = subject.pretrained.labels
    return labels[target] if target < len(labels) else f"#{target}"


def _remember(subject: Subject, where: str) -> None:
    option = st.session_state[where]
    st.session_state[_NAME] = None if option == PREDICTED else _name(subject, option)


def _called(subject: Subject, name: str | None, default: int) -> int:
    """The class of that name; ``default`` where there is none."""
    classes = range(label_count(subject.pretrained)) if name is not None else ()
    return next((i for i in classes if _name(subject, i) == name), default)


def _target(prediction: Prediction, option: int) -> int:
    return prediction.top[0] if option == PREDICTED else option


def words(prediction: Prediction) -> dict[int, str]:
    """What each option is called, no two of them alike."""
    labels = [prediction.label(i) for i in range(len(prediction.logits))]
    often = Counter(labels)
    called = {i: label if often[label] == 1 else f"{label} #{i}" for i, label in enumerate(labels)}
    return {PREDICTED: t("explain.pick.predicted"), **called}


def _click(subject: Subject, target: int, where: str) -> None:
    choices.put(where, target)
    _remember(subject, where)


def choose_stage(stages: tuple[str, ...], default: str, *, of: str = "") -> str:
    """The stage or block that is looked at; ``of``: a view that remembers its own."""
    count = len(stages)
    linked = of and choices.link_decides(key(f"{of}stage_linked"))
    where = seed(f"{of}stage_of_{count}", stages, default, param="stage")
    if linked:  # the other views begin where the link does
        choices.put(key(f"stage_of_{count}"), st.session_state[where])
    stage_widget(stages, where)
    return str(st.session_state[where])


def stage_widget(stages: Sequence[str], where: str) -> None:
    """Stages side by side, many blocks in a list; its value is put under the key ``where``."""
    label = t(f"explain.pick.{'block' if '.' in stages[-1] else 'stage'}")
    if len(stages) > _SIDE_BY_SIDE:
        st.selectbox(label, stages, format_func=names.stage, key=where, width=140)
    else:
        st.segmented_control(label, stages, format_func=names.stage, required=True, key=where)


def telling_stage(subject: Subject) -> str:
    """The stage to begin with, of the network and the image size that are looked at."""
    return telling_place(subject.places, subject.plan)


def telling_place(places: Sequence[str], described: Plan) -> str:
    """The last place, or the one before it where that has few cells.

    Only at the last two does Grad-CAM beat random maps (``benchmarks/faithfulness.py``).
    """
    last = places[-1]
    few = min(described.stage(last).map_shape[1:]) < CELLS
    # Blocks of one stage have as many cells.
    return places[-2] if few and len(places) > 2 and "." not in last else last


def choose_opacity() -> float:
    """How much of the map lies over the picture, from 0 to 1."""
    where = seed("opacity", range(0, 101, 5), OPACITY, param="opacity")
    percent = st.slider(
        t("explain.pick.opacity"), 0, 100, step=5, format="%d%%", key=where, width=OPACITY_WIDTH
    )
    return percent / 100
