"""A visitor's network: what its file holds and does not say, and the controls for both."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from convnext_viz.numbers import compact
from convnext_viz.text import has_label, sentences, t
from convnext_viz.ui import choices
from convnext_viz.ui.explain.records import NetworkChoice, label_count
from convnext_viz.ui.explain.state import key
from convnext_viz.ui.explain.subject import (
    class_names,
    files,
    loaded_networks,
    models,
    own_images,
)
from convnext_viz.ui.literal import literal

if TYPE_CHECKING:
    from convnext_viz.nets import Pretrained
    from convnext_viz.nets.weights import Assumption

_ASSUMED = "explain_own_assumed"  # no widget's: by file and weights, what the file does not say
_KEYS = "explain_own_keys"  # no widget's: where the controls of these stand in the session
_ASKED = "explain_own_asked"  # no widget's: which weights and fields this run has loaded


def as_asked(choice: NetworkChoice) -> NetworkChoice:
    """Before it is loaded: the network as the controls stand, which are drawn once it is there."""
    which = choices.value(_key("which", choice), "")
    asked = replace(choice, which=which)
    asked = replace(asked, given=_given(asked))
    st.session_state[_ASKED] = asked.which, asked.given
    return asked


def loaded(choice: NetworkChoice) -> "tuple[NetworkChoice, Pretrained]":
    """The network; where its file has none with the visitor's settings, the one without these, with
    a sentence. Raises WeightsError in words."""
    try:
        return choice, loaded_networks.network(choice)
    except ValueError as error:
        if not (choice.given or choice.which):
            raise
        st.error(str(error), icon=":material/error:")
        plain = replace(choice, given=(), which="")
        return plain, loaded_networks.network(plain)


def adapted(choice: NetworkChoice, pretrained: "Pretrained") -> "tuple[NetworkChoice, Pretrained]":
    """A visitor's network as the controls below it say; any other one as it is."""
    if choice.kind != "checkpoint":
        return choice, pretrained
    summary = st.container()
    with st.expander(t("explain_network.title")):
        _weights(choice, pretrained)
        given = class_names.choose(choice, pretrained, files.beside("weights"))
        assumed = _assumptions(choice, pretrained, given.activation)
        how = own_images.choose(choice, pretrained, given)
    before, now = st.session_state.get(_ASKED), as_asked(choice)
    if before != (now.which, now.given):
        st.rerun()  # a link has chosen, or a file beside the weights
    labels = given.labels or pretrained.labels
    choice = replace(choice, preprocess=how, labels=labels)
    summary.caption(_summary(choice, pretrained, assumed, class_names.given_names(choice)))
    models.remember(choice)
    return choice, loaded_networks.as_chosen(choice, pretrained)


def _summary(
    choice: NetworkChoice,
    pretrained: "Pretrained",
    assumed: "Sequence[Assumption]",
    named: tuple[str, ...],
) -> str:
    """What the network is, and what of it is assumed, in a few words."""
    how = choice.preprocess
    assert how is not None
    count = label_count(pretrained)
    classes = t("explain_network.classes", count=count) if count else t("explain_network.features")
    said = [
        t(
            "explain_network.summary",
            params=compact(sum(p.numel() for p in pretrained.net.parameters())),
            classes=classes,
            height=how.image_size[0],
            width=how.image_size[1],
        )
    ]
    if how.channels != 3:
        said.append(own_images.channels_in_words(how.channels))
    if len(pretrained.found) > 1:
        said.append(t("explain_network.taken", taken=literal(pretrained.taken)))
    words = [
        f"{_field(one.field)} {_value(one.field, one.value)}"
        for one in assumed
        if one.value is not None  # nothing is assumed that would have to be said
    ]
    fields = [
        name for name in ("image_size", "mean", "crop_fraction") if name not in pretrained.stated
    ]
    words += [t(f"explain_network.of_images.{name}") for name in fields]
    if not named and "labels" not in pretrained.stated and choice.labels:
        words.append(t("explain_network.of_images.labels"))
    if words:
        said.append(t("explain_network.assumed", fields=t("explain_network.joint").join(words)))
    return sentences(*said)


def _weights(choice: NetworkChoice, pretrained: "Pretrained") -> None:
    """Which of the networks in the file it is, and what was left out of it."""
    if len(pretrained.found) > 1:
        where = choices.choice(
            _key("which", choice), ("", *pretrained.found), "", link="weights_in"
        )
        st.selectbox(
            t("explain_network.which"),
            ["", *(one for one in pretrained.found)],
            format_func=lambda one: one or t("explain_network.usual", taken=pretrained.taken),
            key=where,
            help=t("explain_network.which_help"),
        )
    for note in pretrained.notes:
        st.caption(literal(note))


def _assumptions(
    choice: NetworkChoice, pretrained: "Pretrained", activation: str
) -> "Sequence[Assumption]":
    """A control for each thing that the file does not say; returns these."""
    known: dict[str, Sequence[Assumption]] = st.session_state.setdefault(_ASSUMED, {})
    if not choice.given:
        open_ = [one for one in pretrained.assumed if one.field not in pretrained.stated]
        known[_file(choice)] = open_
    assumed = known.get(_file(choice), pretrained.assumed)
    if not assumed:
        return assumed
    st.caption(t("explain_network.says_not"))
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        for one in assumed:
            options = list(dict.fromkeys((one.value, *one.options)))
            usual = activation if one.field == "act" and activation in options else one.value
            where = choices.choice(
                _key(f"spec_{one.field}_{usual}", choice), options, usual, link=f"net_{one.field}"
            )
            st.session_state.setdefault(_KEYS, {})[_key(f"spec_{one.field}", choice)] = where
            st.selectbox(
                _field(one.field),
                options,
                format_func=partial(_value, one.field),
                key=where,
                width=150,
                help=f"`{one.field}`",
            )
    return [replace(one, value=dict(choice.given).get(one.field, one.value)) for one in assumed]


def _given(choice: NetworkChoice) -> tuple[tuple[str, Any], ...]:
    """The fields that the controls set otherwise than they were assumed."""
    keys: dict[str, str] = st.session_state.get(_KEYS, {})
    assumed: Sequence[Assumption] = st.session_state.get(_ASSUMED, {}).get(_file(choice), ())
    values = [
        (
            one.field,
            choices.value(keys.get(_key(f"spec_{one.field}", choice), ""), one.value),
            one.value,
        )
        for one in assumed
    ]
    return tuple((field, now) for field, now, before in values if now != before)


def _field(field: str) -> str:
    """A field of a network's description as people call it."""
    label = f"architecture.field.{field}"
    return t(label) if has_label(label) else field


def _value(field: str, value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return t(f"explain_network.{'on' if value else 'off'}")
    if isinstance(value, float):
        return f"{value:g}"
    option = f"architecture.option.{field}.{value}"
    return t(option) if has_label(option) else str(value)


def _file(choice: NetworkChoice) -> str:
    return f"{choice.digest}:{choice.which}"


def _key(what: str, choice: NetworkChoice) -> str:
    """Of a control: each file of weights has its own."""
    return key(f"own_{what}_{choice.digest[:16]}")
