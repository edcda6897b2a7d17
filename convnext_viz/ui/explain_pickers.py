"""What the visitor chooses: a picture, a network, a class, a stage."""

from pathlib import PurePath
from typing import TYPE_CHECKING

import streamlit as st

from convnext_viz.explain.samples import SAMPLES
from convnext_viz.numbers import compact, percent
from convnext_viz.plots import names
from convnext_viz.plots import prediction as bars
from convnext_viz.results import Prediction
from convnext_viz.text import t
from convnext_viz.ui import explain_doors as doors
from convnext_viz.ui.boundary import boundary
from convnext_viz.ui.explain_doors import Choice, Picture
from convnext_viz.ui.explain_state import (
    BUNDLED,
    NET_KINDS,
    PICTURE_KINDS,
    PREDICTED,
    VIEWS,
    key,
    seed,
)

if TYPE_CHECKING:
    from convnext_viz.nets import Tag

OPACITY = 55  # percent
LARGEST_WEIGHTS = 400  # MB: a ConvNeXt-B in float32, which no picture's limit would let in


def choose_view() -> str:
    """What is shown of the picture and the network."""
    st.segmented_control(
        t("explain.pick.view"),
        VIEWS,
        format_func=lambda view: t(f"explain.view.{view}"),
        required=True,
        key=key("view"),
        label_visibility="collapsed",
    )
    return str(st.session_state[key("view")])


def choose_picture() -> Picture | None:
    """A photograph of the app or the visitor's own; None until there is one that can be read."""
    kind = st.segmented_control(
        t("explain.pick.picture"),
        PICTURE_KINDS,
        format_func=lambda kind: t(f"explain.pick.{kind}"),
        required=True,
        key=key("picture_kind"),
    )
    picture = None
    with boundary():
        picture = _sample() if kind == "sample" else _upload()
    return picture  # noqa: RET504  # the boundary may have ended its block


def _sample() -> Picture:
    name = st.selectbox(
        t("explain.pick.sample_which"),
        list(SAMPLES),
        format_func=lambda name: t(SAMPLES[name].label),
        key=key("sample"),
        label_visibility="collapsed",
    )
    image = doors.sample(name)
    shows = t(SAMPLES[name].shows)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.image(image, width=112, alt=shows)
        st.caption(t(SAMPLES[name].credit), width="stretch")
    return Picture(name, image, stem=name, link=name)


def _upload() -> Picture | None:
    # No list of endings: a file may be named as it likes, and what it is not is said in words.
    file = st.file_uploader(
        t("explain.pick.upload_which"), key=key("file"), label_visibility="collapsed"
    )
    if file is None:
        st.caption(t("explain.pick.upload_hint"))
        return None
    data = file.getvalue()
    digest = doors.digest(data)
    image = doors.upload(digest, data, file.name)
    st.image(image, width=112, alt=t("explain.pick.uploaded", name=file.name))
    return Picture(digest, image, stem=PurePath(file.name).stem)


def choose_network() -> Choice | None:
    """A network of the app, published weights or the visitor's file; None until one is chosen."""
    kind = st.segmented_control(
        t("explain.pick.network"),
        NET_KINDS,
        format_func=lambda kind: t(f"explain.pick.{kind}"),
        required=True,
        key=key("net_kind"),
    )
    choose = {"bundled": _bundled, "pretrained": _pretrained}.get(kind or "", _checkpoint)
    choice = None
    with boundary():
        choice = choose()
    return choice  # noqa: RET504  # the boundary may have ended its block


def _bundled() -> Choice:
    name = st.selectbox(
        t("explain.pick.network_which"),
        BUNDLED,
        format_func=lambda name: t(f"explain.bundled.{name}"),
        key=key("bundled"),
        label_visibility="collapsed",
    )
    return Choice("bundled", name)


def _pretrained() -> Choice | None:
    with st.spinner(t("explain.status.tags")):
        from convnext_viz.nets import pretrained_tags

        tags = pretrained_tags()
    where = seed("tag", [None, *tags], None, param="net")
    name = st.selectbox(
        t("explain.pick.network_which"),
        list(tags),
        index=None,
        placeholder=t("explain.pick.tag_which", count=len(tags)),
        key=where,
        label_visibility="collapsed",
    )
    if name is None:
        st.caption(t("explain.pick.tag_hint"))
        return None
    st.caption(_told(tags[name]))
    return Choice("pretrained", name, classifies=tags[name].classes > 0)


def _told(tag: "Tag") -> str:
    return t(
        "explain.pick.tag_told",
        params=compact(tag.params),
        size=tag.size / 1e6,
        pixels=tag.preprocess.image_size[0],
        licence=tag.licence or "–",
        source=tag.source,
    )


def _checkpoint() -> Choice | None:
    file = st.file_uploader(
        t("explain.pick.checkpoint_which"),
        key=key("weights"),
        max_upload_size=LARGEST_WEIGHTS,
        label_visibility="collapsed",
    )
    if file is None:
        st.caption(t("explain.pick.checkpoint_hint"))
        return None
    return Choice("checkpoint", file.name, digest=file.file_id, data=file.getvalue())


def choose_class(prediction: Prediction) -> tuple[int, bool]:
    """The class to explain, and whether it was chosen: else it is the predicted one."""
    classes = len(prediction.logits)
    rest = [i for i in range(classes) if i not in prediction.top]
    rest.sort(key=prediction.label)
    options = [PREDICTED, *prediction.top, *rest]
    where = seed(f"class_of_{classes}", options, PREDICTED, param="class")
    st.plotly_chart(
        bars.top_classes(prediction, selected=_target(prediction, st.session_state[where])),
        key=key(f"bars{classes}"),
        on_select=lambda: _click(key(f"bars{classes}"), where),
        selection_mode="points",
        config={"displayModeBar": False},
        alt=bars.describe(prediction),
    )
    st.selectbox(
        t("explain.pick.class"),
        options,
        format_func=lambda option: _named(prediction, option),
        key=where,
        help=t("explain.pick.class_help", count=classes),
    )
    chosen = st.session_state[where]
    return _target(prediction, chosen), chosen != PREDICTED


def _target(prediction: Prediction, option: int) -> int:
    return prediction.top[0] if option == PREDICTED else option


def _named(prediction: Prediction, option: int) -> str:
    if option == PREDICTED:
        return t("explain.pick.predicted", label=prediction.label(prediction.top[0]))
    return f"{prediction.label(option)} · {percent(float(prediction.probabilities[option]))}"


def _click(chart: str, where: str) -> None:
    points = st.session_state[chart]["selection"]["points"]
    if points and points[0].get("customdata"):
        st.session_state[where] = int(points[0]["customdata"][0])


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
        t("explain.pick.opacity"), 0, 100, step=5, format="%d%%", key=where, width=260
    )
    return percent / 100
