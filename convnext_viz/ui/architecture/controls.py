"""The Architecture page's controls: network, comparison, image size, and every knob of a spec."""

import streamlit as st

from convnext_viz.plots import names
from convnext_viz.plots.network_map import COLOUR_BY
from convnext_viz.specs import (
    CHOICES,
    CIFAR,
    CONVNEXT,
    CONVNEXT_ISO,
    CONVNEXT_V2,
    OPTIONAL_RANGES,
    RANGES,
    RESNET,
    VARIANTS,
)
from convnext_viz.text import t
from convnext_viz.ui.architecture.state import (
    LARGEST,
    NONE,
    PER_STAGE,
    SLIDER,
    key,
    knob,
    set_knobs,
    set_size,
    usual_size,
)

_FAMILIES = {
    "convnext": CONVNEXT,
    "v2": CONVNEXT_V2,
    "iso": CONVNEXT_ISO,
    "resnet": RESNET,
    "cifar": CIFAR,
}
KNOB_GROUPS = {
    "stem": ("stem", "patch_size", "stem_norm", "stem_act", "in_chans"),
    "stages": ("depths", "dims", "kernel_size", "downsample"),
    "block": (
        "norm",
        "act",
        "block_norms",
        "block_acts",
        "depthwise",
        "bottleneck",
        "conv_position",
        "expansion",
        "layer_scale",
        "grn",
        "drop_path_rate",
        "conv_bias",
        "norm_eps",
    ),
    "head": ("num_classes", "head_norm", "head_hidden", "drop_rate", "head_init_scale"),
}
_TINY = ("norm_eps", "layer_scale")  # written as powers of ten
_STEPS = {"expansion": 0.5, "drop_path_rate": 0.05, "drop_rate": 0.05, "head_init_scale": 0.1}


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
    """Every field of the spec, in four groups."""
    with st.popover(t("architecture.choose.knobs"), icon=":material/tune:", width="stretch"):
        st.caption(t("architecture.choose.knobs_help"))
        tabs = st.tabs([t(f"architecture.group.{group}") for group in KNOB_GROUPS])
        for tab, fields in zip(tabs, KNOB_GROUPS.values(), strict=True):
            with tab:
                columns = st.columns(2)
                for number, field in enumerate(fields):
                    with columns[number % 2]:
                        _knob(field)
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
    family = next(name for name, rows in _FAMILIES.items() if network in rows)
    return t(
        "architecture.choose.entry",
        family=t(f"architecture.family.{family}"),
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


def _knob(field: str) -> None:
    label = t(f"architecture.field.{field}")
    code = f"`{field}`"
    name, start = knob(field)
    if field in CHOICES:
        st.selectbox(
            label,
            CHOICES[field],
            index=CHOICES[field].index(start),
            format_func=lambda value: t(f"architecture.option.{field}.{value}"),
            key=name,
            help=code,
        )
    elif field in PER_STAGE:
        code = f"{code} {t('architecture.choose.list')}"
        st.text_input(label, start, key=name, max_chars=120, help=code)
    elif field in OPTIONAL_RANGES or field in RANGES:
        low, high = (OPTIONAL_RANGES | RANGES)[field]
        whole = isinstance(low, int)
        st.number_input(
            label,
            low,
            high,
            start,
            step=1 if whole else _STEPS.get(field, 1e-6),
            format="%.1e" if field in _TINY else None,
            key=name,
            placeholder=t("architecture.choose.off"),
            help=code,
        )
    else:
        st.toggle(label, start, key=name, help=code)
