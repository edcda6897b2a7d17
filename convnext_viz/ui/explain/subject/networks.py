"""Which network looks: one of the app, of the lab, published weights, or the visitor's file."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from convnext_viz.nets.checkpoints import BUNDLED
from convnext_viz.nets.checkpoints.starters import first_downloaded, is_downloaded
from convnext_viz.numbers import compact, size
from convnext_viz.text import t
from convnext_viz.ui import choices
from convnext_viz.ui.boundary import attempt
from convnext_viz.ui.explain.records import NetworkChoice
from convnext_viz.ui.explain.state import NET_KINDS, choose_tag, key, seed
from convnext_viz.ui.explain.subject import files, lab_arms, models, own_network, published

if TYPE_CHECKING:
    from convnext_viz.nets import Tag

LARGEST_WEIGHTS = 500  # MB: all that training keeps of a ConvNeXt-T: weights, average, two moments
SESSION_BYTES = 600_000_000  # of weights that outlast their widget, which Streamlit forgets


def choose_network() -> NetworkChoice | None:
    """A network of the app, published weights or the visitor's file; None until one is chosen.

    To begin with the smallest pretrained one that is at hand, else the first of the app.
    """
    been_here = st.session_state.get(key("been_here")) or key("net_kind") in st.session_state
    if not been_here and (tag := first_downloaded()):
        choose_tag(tag)
    st.session_state[key("been_here")] = True
    kind = st.segmented_control(
        t("explain.pick.network"),
        NET_KINDS,
        format_func=lambda kind: t(f"explain.pick.{kind}"),
        required=True,
        key=seed("net_kind", NET_KINDS, NET_KINDS[0]),
    )
    ways = {"bundled": _bundled, "lab": lab_arms.choose, "pretrained": _pretrained}
    choice = attempt(ways.get(kind or "", _checkpoint))
    if choice is not None:
        models.remember(choice)
    return choice


def _bundled() -> NetworkChoice:
    name = st.selectbox(
        t("explain.pick.network_which"),
        BUNDLED,
        format_func=lambda name: t(f"explain.bundled.{name}"),
        key=seed("bundled", BUNDLED, BUNDLED[0], param="net"),
        label_visibility="collapsed",
    )
    return NetworkChoice("bundled", name)


def _pretrained() -> NetworkChoice | None:
    """Family, network and weights: three short lists in place of one with 120 names."""
    with st.spinner(t("explain.status.tags")):
        from convnext_viz.nets import pretrained_tags

        families = published.by_size(pretrained_tags())
    family = _one_of("family", list(families), lambda name: t(f"explain.family.{name}"))
    networks = families[family]
    network = _one_of(
        f"network_of_{family}",
        list(networks),
        lambda name: t(
            "explain.pick.network_size",
            name=t(f"plots.network.{name}"),
            size=size(min(tag.size for tag in networks[name].values())),
        ),
    )
    tags = networks[network]
    where = seed(f"tag_of_{network}", [None, *tags], None)
    name = st.selectbox(
        t("explain.pick.tag"),
        list(tags),
        index=None,
        format_func=lambda tag: t(
            "explain.pick.tag_size", name=published.short(tag), size=size(tags[tag].size)
        ),
        placeholder=t("explain.pick.tag_which", count=len(tags)),
        key=where,
        label_visibility="collapsed",
    )
    if name is None:
        st.caption(t("explain.pick.tag_hint"))
        return None
    st.caption(_tag_caption(tags[name]))
    return NetworkChoice("pretrained", name, classifies=tags[name].classes > 0)


def _one_of(name: str, options: list[str], words: Callable[[str], str]) -> str:
    where = seed(name, options, options[0])
    st.selectbox(
        t("explain.pick.network_which"),
        options,
        format_func=words,
        key=where,
        label_visibility="collapsed",
    )
    return str(st.session_state[where])


def _tag_caption(tag: "Tag") -> str:
    return t(
        "explain.pick.tag_here" if is_downloaded(tag.name) else "explain.pick.tag_told",
        name=tag.name,
        params=compact(tag.params),
        size=size(tag.size),
        pixels=tag.preprocess.image_size[0],
        licence=tag.licence or "–",
        source=tag.source,
    )


def _checkpoint() -> NetworkChoice | None:
    given = files.choose(
        "weights", t("explain.pick.checkpoint_which"), most=SESSION_BYTES, largest=LARGEST_WEIGHTS
    )
    there = files.at_path("weights_path", t("explain_network.path"), t("explain_network.path_help"))
    weights = [*(one for one in given if not files.is_beside(one)), *there]
    if not weights:
        st.caption(t("explain.pick.checkpoint_hint"))
        return None
    by_key = {file.key: file for file in weights}
    newest = weights[-1].key
    if st.session_state.get(key("weights_newest")) != newest:  # what was just given is meant
        st.session_state[key("weights_newest")] = newest
        choices.forget(key("weights_of"))
    where = seed("weights_of", tuple(by_key), newest, param="weights_of")
    if len(weights) > 1:
        st.selectbox(
            t("explain.pick.network_which"),
            list(by_key),
            format_func=files.names(by_key).__getitem__,
            key=where,
            label_visibility="collapsed",
        )
    file = by_key[st.session_state[where]]
    choice = NetworkChoice(
        "checkpoint", file.name, digest=file.digest, data=file.data, path=file.path
    )
    return own_network.as_asked(choice)
