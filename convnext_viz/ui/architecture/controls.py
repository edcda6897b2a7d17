"""The Architecture page's controls: network, comparison, image size, every field of a spec."""

from collections.abc import Callable
from functools import cache
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from convnext_viz.plots import names
from convnext_viz.plots.network_map import COLOUR_BY
from convnext_viz.specs import FAMILIES, VARIANTS, Spec
from convnext_viz.specs.fields import Field, described, groups, limits
from convnext_viz.text import language, t
from convnext_viz.ui.architecture.subject import LARGEST, change, knob, reset
from convnext_viz.ui.choices import choice, put

NONE = "none"  # no second network
SLIDER = (16, 1024)  # pixels
_FIELD = 240  # pixels that a setting is wide


def toolbar() -> None:
    """What is shown: the network, a second one, the image size; and whether settings stand by."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="arch_toolbar"):
        _choose_network()
        with st.container(horizontal=True, vertical_alignment="bottom", key="arch_sizes"):
            _choose_size()
        st.toggle(
            t("architecture.choose.knobs"),
            key=choice("arch_knobs", (False, True), False),
            help=t("architecture.choose.knobs_help"),
        )


def _choose_network() -> None:
    st.selectbox(
        t("architecture.choose.network"),
        list(VARIANTS),
        format_func=_in_family,
        key="arch_net",
        on_change=reset,
        help=t("architecture.choose.network_help"),
    )
    st.selectbox(
        t("architecture.choose.versus"),
        [NONE, *VARIANTS],
        format_func=_in_family,
        key=choice("arch_versus", [NONE, *VARIANTS], NONE, link="vs"),
        help=t("architecture.choose.versus_help"),
    )


def _choose_size() -> None:
    """The side of the image, as a slider and as an exact number."""
    reach = min(max(st.session_state["arch_size"], SLIDER[0]), SLIDER[1])
    if st.session_state.get("arch_slider") != reach:
        st.session_state["arch_slider"] = reach
    st.slider(
        t("architecture.choose.size"),
        *SLIDER,
        step=16,
        format="%d px",
        key="arch_slider",
        on_change=lambda: put("arch_size", st.session_state["arch_slider"]),
        help=t("architecture.choose.size_help", most=LARGEST),
    )
    st.number_input(
        t("architecture.choose.exact"),
        1,
        LARGEST,
        step=1,
        key="arch_size",
        label_visibility="collapsed",
        width=125,
    )


def columns() -> tuple[DeltaGenerator, DeltaGenerator | None]:
    """Room for the figures, and for the settings beside them while they are wanted."""
    if not st.session_state["arch_knobs"]:
        return st.container(), None
    main, side = st.columns([3, 1], gap="medium")
    return main, side.container(key="arch_settings")


def choose_knobs() -> None:
    """Every field of the spec, in the groups of its family."""
    settings(VARIANTS[st.session_state["arch_net"]], knob, change)


def settings(spec: Spec, knob: Callable[[str], str], change: Callable[[str, Any], None]) -> None:
    """A control for every field of any family's spec, as its fields are described.

    ``knob`` gives a field's session key, its value put there; ``change`` takes a new value.
    """
    parts = groups(spec)
    tabs = st.tabs([t(f"architecture.group.{group}") for group in parts])
    for tab, fields in zip(tabs, parts.values(), strict=True):
        # As many next to each other as there is room for.
        with tab, st.container(horizontal=True, vertical_alignment="bottom"):
            for field in fields:
                _setting(field, described(spec)[field], knob(field), change)


def choose_colour() -> None:
    """What the colours of the map mean."""
    st.selectbox(
        t("architecture.choose.colour"),
        COLOUR_BY,
        format_func=lambda measure: t(f"architecture.colour.{measure}"),
        key=choice("arch_colour", COLOUR_BY, "stage", link="by"),
        width=200,
    )


def _in_family(network: str) -> str:
    return _entry(network, language())


@cache
def _entry(network: str, spoken: str) -> str:
    """The words of a list of a hundred networks, which every visitor's run asks for."""
    del spoken
    if network == NONE:
        return t("architecture.choose.nothing")
    series = (one for family in FAMILIES.values() for one in family.series.items())
    found = next(name for name, variants in series if network in variants)
    return t(
        "architecture.choose.entry",
        family=t(f"architecture.family.{found}"),
        name=names.network(VARIANTS[network]),
    )


def _setting(field: str, what: Field, name: str, change: Callable[[str, Any], None]) -> None:
    label = t(f"architecture.field.{field}")
    code = f"`{field}` {what.unit}"
    common: Any = {"width": _FIELD, "on_change": lambda: change(field, st.session_state[name])}
    match what.kind:
        case "choice":
            st.selectbox(
                label,
                what.choices,
                format_func=lambda value: t(f"architecture.option.{field}.{value}"),
                key=name,
                help=code,
                **common,
            )
        case "numbers":
            code = f"{code} {t('architecture.choose.list')}"
            st.text_input(label, key=name, max_chars=120, help=code, **common)
        case "number":
            low, high = limits(what)
            st.number_input(
                label,
                low,
                high,
                None,
                step=what.step or (1 if what.integral else 1e-6),
                format=what.format,
                key=name,
                placeholder=t("architecture.choose.off"),
                help=code,
                **common,
            )
        case _:
            st.toggle(label, key=name, help=code, **common)
