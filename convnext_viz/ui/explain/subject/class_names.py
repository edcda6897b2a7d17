"""Names for the classes of a visitor's network whose file has none: assumed, or given."""

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from convnext_viz.text import t
from convnext_viz.ui.boundary import attempt
from convnext_viz.ui.explain.records import NetworkChoice
from convnext_viz.ui.explain.state import key

if TYPE_CHECKING:
    from convnext_viz.nets import Pretrained

_GIVEN = "explain_class_names"  # no widget's: names that the visitor gave, by the file's checksum
_IMAGENET = 1000  # classes, of which ImageNet-1k's order is the usual one


def named(choice: NetworkChoice, pretrained: "Pretrained") -> "Pretrained":
    """The network with class names, and a box to give others; any other network as it is."""
    if choice.kind != "checkpoint" or not pretrained.spec.num_classes:
        return pretrained
    given: dict[str, tuple[str, ...]] = st.session_state.setdefault(_GIVEN, {})
    classes = pretrained.spec.num_classes
    assumed = not pretrained.labels and classes == _IMAGENET
    with st.expander(t("explain_subjects.names.title"), expanded=not pretrained.labels):
        _ask(choice.digest, classes, given)
        if choice.digest in given:
            st.button(
                t("explain_subjects.names.forget"),
                key=key("names_forget"),
                on_click=_forget,
                args=(choice.digest, given),
            )
    if choice.digest in given:
        st.caption(t("explain_subjects.names.given", count=classes))
        return replace(pretrained, labels=given[choice.digest])
    if assumed:
        from convnext_viz.nets.checkpoints.pretrained import imagenet_labels

        st.caption(t("explain_subjects.names.assumed"))
        return replace(pretrained, labels=imagenet_labels(_IMAGENET))
    return pretrained


def _ask(digest: str, classes: int, given: dict[str, tuple[str, ...]]) -> None:
    from convnext_viz.nets.checkpoints.class_names import read_class_names

    file = st.file_uploader(
        t("explain_subjects.names.file"), key=_key("file", digest), max_upload_size=2
    )
    text = st.text_area(
        t("explain_subjects.names.text", count=classes), key=_key("text", digest), height=80
    )
    said: bytes | str = file.getvalue() if file is not None else text
    if said:
        names = attempt(lambda: read_class_names(said, classes))
        if names is not None:
            given[digest] = names


def _forget(digest: str, given: dict[str, tuple[str, ...]]) -> None:
    given.pop(digest, None)
    st.session_state["explain_names_round"] = st.session_state.get("explain_names_round", 0) + 1


def _key(what: str, digest: str) -> str:
    """Of a box: each file of weights has its own, and an empty one after its names were removed."""
    number = st.session_state.get("explain_names_round", 0)
    return key(f"names_{what}_{number}_{digest[:16]}")
