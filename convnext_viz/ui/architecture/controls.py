"""The Architecture page's controls: network, comparison, image size, and every knob of a spec."""

import streamlit as st

from convnext_viz.plots import names
from convnext_viz.plots.architecture import COLOUR_BY
from convnext_viz.specs import FAMILIES, VARIANTS
from convnext_viz.specs.fields import Field, described, groups, limits
from convnext_viz.text import t
from convnext_viz.ui.architecture.state import (
    LARGEST,
    NONE,
    SLIDER,
    key,
    knob,
    set_knobs,
    set_size,
    usual_size,
)


def choose_network() -> None:
    """The network and, if wanted, a second one beside it."""
    st.selectbox(
        t("architecture.choose.network"),
        list(VARIANTS),
        format_func=_in_family,
        key=key("net"),
        on_change=_start_from_network,
        help=t("architecture.choose.network_help"),
    )
    st.selectbox(
        t("architecture.choose.versus"),
        [NONE, *VARIANTS],
        format_func=_in_family,
        key=key("versus"),
        help=t("architecture.choose.versus_help"),
    )


def choose_size() -> None:
    """The side of the image, as a slider and as an exact number."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.slider(
            t("architecture.choose.size"),
            *SLIDER,
            step=16,
            format="%d px",
            key=key("slider"),
            on_change=_size_of_slider,
            help=t("architecture.choose.size_help", most=LARGEST),
        )
        st.number_input(
            t("architecture.choose.exact"),
            1,
            LARGEST,
            step=1,
            key=key("size"),
            on_change=_size_of_number,
            label_visibility="collapsed",
            width=125,
        )


def choose_knobs() -> None:
    """Every field of the spec, in the groups of its family."""
    spec = VARIANTS[st.session_state[key("net")]]
    parts = groups(spec)
    with st.popover(t("architecture.choose.knobs"), icon=":material/tune:", width="stretch"):
        st.caption(t("architecture.choose.knobs_help"))
        tabs = st.tabs([t(f"architecture.group.{group}") for group in parts])
        for tab, fields in zip(tabs, parts.values(), strict=True):
            with tab:
                columns = st.columns(2)
                for number, name in enumerate(fields):
                    with columns[number % 2]:
                        _knob(name, described(spec)[name])
    st.button(
        t("architecture.choose.reset"),
        key=key("reset"),
        on_click=_start_from_network,
        icon=":material/restart_alt:",
        width="stretch",
    )


def choose_colour() -> None:
    """What the colours of the map mean."""
    st.selectbox(
        t("architecture.choose.colour"),
        COLOUR_BY,
        format_func=lambda measure: t(f"architecture.colour.{measure}"),
        key=key("colour"),
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


def _start_from_network() -> None:
    network, before = st.session_state[key("net")], st.session_state[key("base")]
    set_knobs(VARIANTS[network])
    if st.session_state[key("size")] == usual_size(before):
        set_size(usual_size(network))
    st.session_state[key("base")] = network
    st.session_state.pop(key("part"), None)  # another network folds its blocks otherwise


def _size_of_slider() -> None:
    st.session_state[key("size")] = st.session_state[key("slider")]


def _size_of_number() -> None:
    set_size(st.session_state[key("size")])


def _knob(field: str, what: Field) -> None:
    label = t(f"architecture.field.{field}")
    code = f"`{field}` {what.unit}"
    name, start = knob(field)
    match what.kind:
        case "choice":
            st.selectbox(
                label,
                what.choices,
                index=what.choices.index(start),
                format_func=lambda value: t(f"architecture.option.{field}.{value}"),
                key=name,
                help=code,
            )
        case "numbers":
            code = f"{code} {t('architecture.choose.list')}"
            st.text_input(label, start, key=name, max_chars=120, help=code)
        case "number":
            low, high = limits(what)
            st.number_input(
                label,
                low,
                high,
                start,
                step=what.step or (1 if what.whole else 1e-6),
                format=what.format,
                key=name,
                placeholder=t("architecture.choose.off"),
                help=code,
            )
        case _:
            st.toggle(label, start, key=name, help=code)
