"""What the Explain page shows, as session values and as a link.

Widgets own their values under ``explain_…``; Streamlit forgets them when the page is left, so the
link last written is kept beside them. It is written by hand: a bound widget would put its label,
in the visitor's language, into the URL. What was uploaded is in no link.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import streamlit as st

PICTURE_KINDS = ("sample", "upload", "camera", "test")
VIEWS = ("look", "grid", "features", "field", "compare")
NET_KINDS = ("bundled", "lab", "pretrained", "checkpoint")
BUNDLED = ("cifar10_ln_gelu", "cifar10_bn_relu")  # nets.BUNDLED, without importing torch
PREDICTED = -1  # in place of a class: whichever the net predicts

_PARAMETERS = (
    *("view", "picture", "net", "class", "stage", "opacity"),
    *("part", "order", "scale", "page", "channel", "block", "excite_set", "excite_count"),
    *("side", "row", "column", "field_set", "field_count"),
    *("method", "against", "steps", "shuffle", "colours"),
    *("models", "each"),
)
_LINK = "explain_link"  # not a widget's: survives leaving the page
_KINDS = "explain_kinds"  # not a widget's: where picture and network were from
_ASKED = "explain_asked"  # what of a link waits until its options are known
_KEPT = "explain_kept"  # choices of views that are not open

Link = Mapping[str, object]  # parameters of the URL; None is left out
Option = TypeVar("Option", str, int, str | None)


def key(name: str) -> str:
    """The session key of a choice."""
    return f"explain_{name}"


def restore() -> None:
    """Before the first widget: takes the choices from the link, or from the last visit."""
    if key("picture_kind") in st.session_state:
        return
    asked = {name: st.query_params[name] for name in _PARAMETERS if name in st.query_params}
    link = asked or st.session_state.get(_LINK, {})
    st.session_state[_ASKED] = dict(link)
    net = link.get("net", BUNDLED[0])
    of, _, place = link.get("picture", "").rpartition(":")
    st.session_state[key("picture_kind")] = "test" if of else "sample"
    if of:  # the test image of a data set
        st.session_state[_ASKED] |= {"set": of.partition(":")[0], "index": place}
    st.session_state[key("net_kind")] = "bundled" if net in BUNDLED else "pretrained"
    if net.startswith("run:"):  # an arm of the lab
        parts = zip(("lab_run", "lab_seed", "lab_arm"), net.split(":", 3)[1:], strict=False)
        st.session_state[key("net_kind")] = "lab"
        st.session_state[_ASKED] |= dict(parts)
    if link == st.session_state.get(_LINK):  # the visitor comes back: files are in no link
        for name, kind in st.session_state.get(_KINDS, {}).items():
            st.session_state[key(name)] = kind


def asked(param: str) -> str | None:
    """What a link says of a choice that was not drawn yet."""
    found: str | None = st.session_state[_ASKED].get(param)
    return found


def forget_asked(param: str) -> None:
    """A link is asked once."""
    st.session_state[_ASKED].pop(param, None)


def is_asked(param: str) -> bool:
    """Whether a link says something of a choice that was not drawn yet."""
    return param in st.session_state[_ASKED]


def seed(name: str, options: Sequence[Option], default: Option, *, param: str) -> str:
    """The key of a choice whose options are known only now: kept, also while other views were
    open, else of the link, else default.

    A link is asked once: what it said of one network's classes says nothing of another's.
    """
    where, kept = key(name), st.session_state.setdefault(_KEPT, {})
    asked = st.session_state[_ASKED].pop(param, None)
    if where not in st.session_state or st.session_state[where] not in options:
        known = {str(option): option for option in options}
        last = kept.get(name, default)
        st.session_state[where] = known.get(asked, last if last in options else default)
    kept[name] = st.session_state[where]
    return where


def write_link(**shown: object) -> None:
    """Writes what is shown into the URL; None is left out."""
    link = {name: str(value) for name, value in shown.items() if value is not None}
    for name in _PARAMETERS:
        if name not in link and name in st.query_params:
            del st.query_params[name]
        elif name in link and st.query_params.get(name) != link[name]:
            st.query_params[name] = link[name]
    st.session_state[_LINK] = link
    kinds = ("picture_kind", "net_kind")
    st.session_state[_KINDS] = {name: st.session_state[key(name)] for name in kinds}
