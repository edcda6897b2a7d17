"""The network of the Architecture page: a named one, changed field by field, at an image size.

What is chosen may be no network for a while, as its fields are changed one after the other: then
the last possible one is shown, and the link says that one.
"""

from dataclasses import replace
from typing import Any

import streamlit as st

from convnext_viz.plans import Plan, plan
from convnext_viz.plans.fold import fold
from convnext_viz.specs import VARIANTS, Spec, default_size, diff, from_query, to_query
from convnext_viz.specs.fields import described
from convnext_viz.text import t
from convnext_viz.ui.choices import (
    choice,
    forget,
    in_link,
    link_decides,
    number,
    put,
    reject,
    rejected,
    requested,
)

LARGEST = 4096  # pixels; the exact number can ask for more than the slider

_NETWORK, _STAGE = "convnext_tiny", "stage1"
_CHANGES = "arch_changes"  # field: value, where it was changed; lists as they were written
_KNOBS = "arch_drawn"  # keys of the knobs that were drawn
_POSSIBLE = "arch_possible"  # spec and size of the plan last shown


def restore() -> None:
    """Before the first widget: network, size and what is open, from the link where it decides."""
    network = st.session_state[choice("arch_net", VARIANTS, _NETWORK, link="net")]
    number("arch_size", 1, LARGEST, default_size(VARIANTS[network]), link="px")
    if link_decides("arch_spec"):
        _read_link(network)


def _read_link(network: str) -> None:
    spec = VARIANTS[network]
    link = {field: text for field in described(spec) if (text := requested(field)) is not None}
    try:
        spec = from_query(link, spec)
    except ValueError as error:
        reject("spec", str(error))
    _forget_changes()
    for field in diff(VARIANTS[network], spec):
        change(field, getattr(spec, field))
    try:
        shown = plan(spec, st.session_state["arch_size"])
    except ValueError as error:
        reject("size", str(error))
        put("arch_size", _possible_size(spec))
        shown = plan(spec, st.session_state["arch_size"])
    forget("arch_stage", "arch_part", "arch_layer")
    place = requested("at") or _STAGE
    if not _open(place, shown):
        reject("at", place)


def _possible_size(spec: Spec) -> int:
    try:
        return plan(spec, default_size(spec)).image_size[0]
    except ValueError:
        return LARGEST


def reset() -> None:
    """In a callback: every field as the named network has it; also the size, if it was default."""
    network, (before, _) = VARIANTS[st.session_state["arch_net"]], st.session_state[_POSSIBLE]
    if st.session_state["arch_size"] == default_size(before):
        put("arch_size", default_size(network))
    _forget_changes()
    forget("arch_part")  # another network folds its blocks otherwise


def reset_field(field: str) -> None:
    """In a callback: one field as the named network has it."""
    changes = st.session_state.get(_CHANGES, {})
    st.session_state[_CHANGES] = {one: value for one, value in changes.items() if one != field}
    forget(f"arch_{field}", "arch_part")


def _forget_changes() -> None:
    st.session_state[_CHANGES] = {}
    forget(*st.session_state.get(_KNOBS, ()))  # they start from the network again


def change(field: str, value: Any) -> None:
    """Changes one field; numbers for each stage may be a text."""
    st.session_state[_CHANGES] = st.session_state.get(_CHANGES, {}) | {field: value}


def knob(field: str) -> str:
    """Before its widget: the key of a field's knob, which shows what is chosen."""
    key = f"arch_{field}"
    if key not in st.session_state:
        named = VARIANTS[st.session_state["arch_net"]]
        value = st.session_state.get(_CHANGES, {}).get(field, getattr(named, field))
        if described(named)[field].kind == "numbers" and not isinstance(value, str):
            value = ", ".join(map(str, value if isinstance(value, tuple) else (value,)))
        st.session_state[key] = value
        st.session_state.setdefault(_KNOBS, set()).add(key)
    return key


def _chosen_spec() -> Spec:
    """The network of the knobs; raises ``ValueError`` with the sentence why there is none."""
    named = VARIANTS[st.session_state["arch_net"]]
    changes = {
        field: _integers(field, value, one_for_all=described(named)[field].one_for_all)
        if described(named)[field].kind == "numbers" and isinstance(value, str)
        else value
        for field, value in st.session_state.get(_CHANGES, {}).items()
    }
    return replace(named, **changes)


def shown_plan() -> tuple[Plan, list[str]]:
    """The plan to show, and why it may not be the chosen one: the last possible one stays."""
    problems: list[str] = []
    try:
        shown = plan(_chosen_spec(), st.session_state["arch_size"])
    except ValueError as error:
        shown = plan(*st.session_state[_POSSIBLE])
        problems = [str(error)]
    st.session_state[_POSSIBLE] = shown.spec, shown.image_size
    _write_link(shown)
    return shown, problems


def _write_link(shown: Plan) -> None:
    base = VARIANTS[shown.spec.name]
    for field, text in to_query(shown.spec, base).items():
        in_link(field, text)
    size = shown.image_size[0]
    in_link("px", None if size == default_size(base) else str(size))
    in_link("net", None if base.name == _NETWORK else base.name)


def link_place(place: str) -> None:
    """Puts the open stage or layer into the link."""
    in_link("at", None if place == _STAGE else place)


def notes() -> list[str]:
    """After all choices: what could not be had of the link that was opened."""
    return [_note(parameter, text[:60], text) for parameter, text in rejected().items()]


def _note(parameter: str, short: str, text: str) -> str:
    match parameter:
        case "spec":
            return t("architecture.link.spec", error=text)
        case "size":
            return text
        case "px":
            return t("architecture.link.size", value=short, most=LARGEST)
        case "at":
            return t("architecture.link.place", value=short)
        case _:
            return t("architecture.link.word", name=parameter, value=short)


def _open(place: str, shown: Plan) -> bool:
    """Opens a stage, or a layer by its name; False if the network has no such place."""
    for stage in shown.stages:
        if place == stage.name:
            put("arch_stage", stage.name)
            return True
        parts = {"own": stage.own} | {str(one.index): one.first.layers for one in fold(stage)}
        for part, layers in parts.items():
            if place in {layer.name for layer in layers or ()}:
                put("arch_stage", stage.name)
                put("arch_part", part)
                put("arch_layer", place)
                return True
    return False


def _integers(field: str, text: str, *, one_for_all: bool) -> Any:
    """Whole numbers of a list as people write it; one alone may be for all stages."""
    parts = text.replace(",", " ").replace("，", " ").replace("、", " ").strip(" []()").split()
    if not parts or not all(part.isascii() and part.isdigit() for part in parts):
        raise ValueError(t("architecture.error.list", field=field, value=text[:60]))
    numbers = tuple(int(part) for part in parts)
    return numbers[0] if one_for_all and len(numbers) == 1 else numbers
