"""Class names and configurations that a visitor gives with a network: files, or names as text."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from convnext_viz.text import t
from convnext_viz.ui.boundary import attempt
from convnext_viz.ui.explain.records import NetworkChoice
from convnext_viz.ui.explain.state import key

if TYPE_CHECKING:
    from convnext_viz.nets import Pretrained
    from convnext_viz.nets.checkpoints.stated import Stated

_GIVEN = "explain_class_names"  # no widget's: what the visitor gave, by the file's checksum
_IMAGENET = 1000  # classes, of which ImageNet-1k's order is the usual one


def choose(
    choice: NetworkChoice, pretrained: "Pretrained", beside: Sequence[tuple[str, bytes]]
) -> "Stated":
    """What was given of a network: class names, settings of its images; ImageNet's names where
    there are none and 1,000 classes."""
    from convnext_viz.nets.checkpoints.stated import Stated, read_beside

    classes = pretrained.spec.num_classes
    given: dict[str, Stated] = st.session_state.setdefault(_GIVEN, {})
    files = st.file_uploader(
        t("explain_network.names.files"),
        accept_multiple_files=True,
        key=_key("file", choice.digest),
        max_upload_size=2,
        help=t("explain_network.names.files_help"),
    )
    said = [*beside, *((file.name, file.getvalue()) for file in files)]
    if classes:
        text = st.text_area(
            t("explain_network.names.text", count=2 if classes == 1 else classes),
            key=_key("text", choice.digest),
            height=80,
            help=t("explain_network.names.one_output") if classes == 1 else None,
        )
        said += [("", text.encode())] if text.strip() else []
    for name, data in said:
        one = attempt(partial(read_beside, name, data, classes))
        if one is not None:
            given[choice.digest] = given.get(choice.digest, Stated()) | one
    if choice.digest in given:
        st.button(
            t("explain_network.names.forget"),
            key=key("names_forget"),
            on_click=_forget,
            args=(choice.digest, given),
            type="tertiary",
        )
        st.caption(_told(given[choice.digest]))
    found = given.get(choice.digest, Stated())
    if classes == _IMAGENET and not pretrained.labels and not found.labels:
        from convnext_viz.nets.checkpoints.pretrained import imagenet_labels

        st.caption(t("explain_network.names.assumed"))
        return Stated(imagenet_labels(_IMAGENET)) | found
    return found


def given_names(choice: NetworkChoice) -> tuple[str, ...]:
    """The class names that the visitor gave; empty where names are assumed or in the weights."""
    known: dict[str, Stated] = st.session_state.get(_GIVEN, {})
    return known[choice.digest].labels if choice.digest in known else ()


def _told(given: "Stated") -> str:
    fields = [t(f"explain_network.stated.{name}") for name in given.preprocess]
    if given.labels:
        fields.insert(0, t("explain_network.names.given", count=len(given.labels)))
    return t("explain_network.names.told", fields=t("explain_network.joint").join(fields) or "–")


def _forget(digest: str, given: "dict[str, Stated]") -> None:
    given.pop(digest, None)
    st.session_state["explain_names_round"] = st.session_state.get("explain_names_round", 0) + 1


def _key(what: str, digest: str) -> str:
    """Of a box: each file of weights has its own, and an empty one after its names were removed."""
    number = st.session_state.get("explain_names_round", 0)
    return key(f"names_{what}_{number}_{digest[:16]}")
