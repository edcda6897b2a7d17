"""What the Architecture page shows, as session values and as a link: every choice is in the URL.

Widgets own their values under ``arch_…``; Streamlit forgets them when the page is left, so the link
last written is kept beside them and read again on return. The link is written by hand: a bound
widget would put its label, in the visitor's language, into the URL.
"""

from typing import Any

import streamlit as st

from convnext_viz.plans import Plan, plan
from convnext_viz.plans.fold import fold
from convnext_viz.plots.network_map import COLOUR_BY
from convnext_viz.specs import CIFAR, FIELDS, VARIANTS, ConvNeXtSpec, from_query, to_query
from convnext_viz.text import t
from convnext_viz.ui.history import gone_back, write_query

KNOBS = tuple(field for field in FIELDS if field != "name")
PER_STAGE = ("depths", "dims", "kernel_size")
LARGEST = 4096  # pixels; the exact number can ask for more than the slider
NONE = "none"

_NETWORK = "convnext_tiny"
_PARAMETERS = ("net", "px", "vs", "by", "at", "show", "find", *KNOBS)
PANELS = ("table", "code")
LONGEST_SEARCH = 100  # characters
_LINK = "architecture_link"  # not a widget's: survives leaving the page


def key(name: str) -> str:
    """The session key of a choice."""
    return f"arch_{name}"


def usual_size(network: str) -> int:
    """The image size, in pixels, at which a network is usually looked at."""
    return 32 if network in CIFAR else 224


def restore() -> None:
    """Before the first widget: takes the choices from the link, or from the last visit.

    In a visit the session knows them, and the link only after the browser's Back or Forward.

    What a link asks for and cannot be had falls back, and a sentence says so.
    """
    back = gone_back()
    if key("net") in st.session_state and not back:
        return
    link = {name: st.query_params[name] for name in _PARAMETERS if name in st.query_params}
    if not link and not back:
        link = st.session_state.get(_LINK, {})
    notes: list[str] = []
    network = _one_of(link, "net", tuple(VARIANTS), _NETWORK, notes)
    spec = VARIANTS[network]
    try:
        spec = from_query(link, spec)
    except ValueError as error:
        notes.append(t("architecture.link.spec", error=str(error)))
    size = _size(link, spec, notes)
    st.session_state[key("net")] = st.session_state[key("base")] = network
    st.session_state[key("versus")] = _one_of(link, "vs", (NONE, *VARIANTS), NONE, notes)
    st.session_state[key("colour")] = _one_of(link, "by", COLOUR_BY, "stage", notes)
    shown = _one_of(link, "show", ("", *PANELS, ",".join(PANELS)), "", notes)
    for panel in PANELS:
        st.session_state[key(panel)] = panel in shown.split(",")
    st.session_state[key("sought")] = link.get("find", "")[:LONGEST_SEARCH]
    set_knobs(spec)
    set_size(size)
    whole = plan(spec, size)
    st.session_state[key("legal")] = whole.spec, size
    if not _open(link.get("at", "stage1"), whole):
        notes.append(t("architecture.link.place", value=link["at"][:60]))
        _open("stage1", whole)
    st.session_state[key("notes")] = notes, None


def notes(link: dict[str, str]) -> list[str]:
    """What could not be had of the link that was opened; gone once a choice changes."""
    sentences, shown_with = st.session_state.get(key("notes"), ([], None))
    if sentences and shown_with is None:
        st.session_state[key("notes")] = sentences, link
    elif shown_with != link:
        return []
    return list(sentences)


def set_knobs(spec: ConvNeXtSpec) -> None:
    """Puts every knob where the spec has it."""
    seeds = {}
    for field in KNOBS:
        value = getattr(spec, field)
        if field in PER_STAGE:
            value = ", ".join(map(str, value if isinstance(value, tuple) else (value,)))
        seeds[field] = value
    st.session_state[key("seeds")] = seeds
    st.session_state[key("generation")] = st.session_state.get(key("generation"), 0) + 1


def knob(field: str) -> tuple[str, Any]:
    """The key of a knob's widget and the value with which it starts.

    A widget in a closed popover is told of values set through the session only in the run in which
    they are set, and it is drawn much later. So knobs start from their own default instead, under
    new keys whenever all of them are set anew.
    """
    name = f"{key(field)}_{st.session_state[key('generation')]}"
    return name, st.session_state[key("seeds")][field]


def set_size(size: int) -> None:
    """Puts slider and number on a size in pixels; the slider as far as it goes."""
    st.session_state[key("size")] = size
    st.session_state[key("slider")] = min(max(size, SLIDER[0]), SLIDER[1])


SLIDER = (16, 1024)


def asked_spec() -> ConvNeXtSpec:
    """The network of the knobs; raises ``ValueError`` with the sentence why there is none."""
    network = st.session_state[key("net")]
    values: dict[str, Any] = {"name": network}
    for field in KNOBS:
        name, start = knob(field)
        value = st.session_state.get(name, start)
        values[field] = _integers(field, value) if field in PER_STAGE else value
    return ConvNeXtSpec(**values)


def current() -> tuple[Plan, list[str]]:
    """The plan to show, and why it may not be the one asked for: the last possible one stays."""
    size = st.session_state[key("size")]
    try:
        whole = plan(asked_spec(), size)
    except ValueError as error:
        spec, size = st.session_state[key("legal")]
        return plan(spec, size), [str(error)]
    st.session_state[key("legal")] = whole.spec, size
    return whole, []


def write_link(whole: Plan) -> dict[str, str]:
    """Writes what is shown into the URL: only what differs from the plain network's page."""
    base = VARIANTS[whole.spec.name]
    link = to_query(whole.spec, base)
    if base.name != _NETWORK:
        link["net"] = base.name
    if whole.image_size[0] != usual_size(base.name):
        link["px"] = str(whole.image_size[0])
    if st.session_state[key("versus")] != NONE:
        link["vs"] = st.session_state[key("versus")]
    if st.session_state[key("colour")] != "stage":
        link["by"] = st.session_state[key("colour")]
    place = st.session_state[key("place")]
    if place != "stage1":
        link["at"] = place
    if opened := [panel for panel in PANELS if st.session_state[key(panel)]]:
        link["show"] = ",".join(opened)
    if "table" in opened and st.session_state[key("sought")]:
        link["find"] = st.session_state[key("sought")]
    write_query(link, _PARAMETERS)
    st.session_state[_LINK] = link
    return link


def _open(place: str, whole: Plan) -> bool:
    """Opens a stage, or a layer by its name; False if the network has no such place."""
    for stage in whole.stages:
        if place == stage.name:
            st.session_state[key("stage")] = stage.name
            return True
        if stage.own and place in {layer.name for layer in stage.own}:
            _remember(stage.name, "own", place)
            return True
        for one in fold(stage):
            if place in {layer.name for layer in one.first.layers}:
                _remember(stage.name, str(one.index), place)
                return True
    return False


def _remember(stage: str, part: str, layer: str) -> None:
    st.session_state[key("stage")] = stage
    st.session_state[key("part")] = part
    st.session_state[key("layer")] = layer


def _one_of(
    link: dict[str, str], name: str, allowed: tuple[str, ...], usual: str, notes: list[str]
) -> str:
    value = link.get(name, usual)
    if value in allowed:
        return value
    notes.append(t("architecture.link.word", name=name, value=value[:60]))
    return usual


def _size(link: dict[str, str], spec: ConvNeXtSpec, notes: list[str]) -> int:
    usual = usual_size(spec.name)
    value = link.get("px", str(usual))
    # int() also reads other scripts' digits and underscores; a link says it plainly.
    if value.isascii() and value.isdigit() and len(value) < 6 and 1 <= int(value) <= LARGEST:
        try:
            plan(spec, int(value))
        except ValueError as error:
            notes.append(str(error))
        else:
            return int(value)
    else:
        notes.append(t("architecture.link.size", value=value[:60], most=LARGEST))
    try:
        plan(spec, usual)
    except ValueError:
        return LARGEST
    return usual


def _integers(field: str, text: str) -> Any:
    """Whole numbers of a list as people write it; one alone is a kernel for all stages."""
    parts = text.replace(",", " ").replace("，", " ").replace("、", " ").strip(" []()").split()
    if not parts or not all(part.isascii() and part.isdigit() for part in parts):
        raise ValueError(t("architecture.error.list", field=field, value=text[:60]))
    numbers = tuple(int(part) for part in parts)
    return numbers[0] if field == "kernel_size" and len(numbers) == 1 else numbers
