"""The Architecture page's controls: network, comparison, image size, and every knob of a spec."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from convnext_viz.plots import names
from convnext_viz.plots.network_map import COLOUR_BY
from convnext_viz.specs import FAMILIES, VARIANTS, Spec
from convnext_viz.specs.fields import Field, described, groups, limits
from convnext_viz.text import t
from convnext_viz.ui.architecture.subject import (
    LARGEST,
    change,
    knob,
    reset,
)
from convnext_viz.ui.choices import choice, put

NONE = "none"  # no second network
SLIDER = (16, 1024)  # pixels


def choose_network() -> None:
    """The network and, if wanted, a second one to compare it with."""
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


def choose_size() -> None:
    """The side of the image, as a slider and as an exact number."""
    reach = min(max(st.session_state["arch_size"], SLIDER[0]), SLIDER[1])
    if st.session_state.get("arch_slider") != reach:
        st.session_state["arch_slider"] = reach
    with st.container(horizontal=True, vertical_alignment="bottom"):
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


def choose_knobs() -> None:
    """Every field of the spec, in the groups of its family."""
    panel = st.popover(
        t("architecture.choose.knobs"),
        icon=":material/tune:",
        width="stretch",
        key=choice("arch_knobs", (False, True), False),
        on_change="rerun",
    )
    if panel.open:
        with panel:
            st.caption(t("architecture.choose.knobs_help"))
            settings(VARIANTS[st.session_state["arch_net"]], knob, change)
    st.button(
        t("architecture.choose.reset"),
        key="arch_reset",
        on_click=reset,
        icon=":material/restart_alt:",
        width="stretch",
    )


def settings(spec: Spec, knob: Callable[[str], str], change: Callable[[str, Any], None]) -> None:
    """A control for every field of any family's spec, as its fields are described.

    ``knob`` gives a field's session key, its value put there; ``change`` takes a new value.
    """
    parts = groups(spec)
    tabs = st.tabs([t(f"architecture.group.{group}") for group in parts])
    for tab, fields in zip(tabs, parts.values(), strict=True):
        with tab:
            columns = st.columns(2)
            for number, field in enumerate(fields):
                with columns[number % 2]:
                    _setting(field, described(spec)[field], knob(field), change)


def choose_colour() -> None:
    """What the colours of the map mean."""
    st.selectbox(
        t("architecture.choose.colour"),
        COLOUR_BY,
        format_func=lambda measure: t(f"architecture.colour.{measure}"),
        key=choice("arch_colour", COLOUR_BY, "stage", link="by"),
    )


def _in_family(network: str) -> str:
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
    changed: Any = {"on_change": lambda: change(field, st.session_state[name])}
    match what.kind:
        case "choice":
            st.selectbox(
                label,
                what.choices,
                format_func=lambda value: t(f"architecture.option.{field}.{value}"),
                key=name,
                help=code,
                **changed,
            )
        case "numbers":
            code = f"{code} {t('architecture.choose.list')}"
            st.text_input(label, key=name, max_chars=120, help=code, **changed)
        case "number":
            low, high = limits(what)
            st.number_input(
                label,
                low,
                high,
                None,
                step=what.step or (1 if what.integer else 1e-6),
                format=what.format,
                key=name,
                placeholder=t("architecture.choose.off"),
                help=code,
                **changed,
            )
        case _:
            st.toggle(label, key=name, help=code, **changed)
