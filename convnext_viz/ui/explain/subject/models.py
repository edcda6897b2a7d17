"""The networks that can be compared: of the app, of the lab, and those seen so far."""

from collections.abc import Sequence

import streamlit as st

from convnext_viz.nets.checkpoints import BUNDLED
from convnext_viz.text import t
from convnext_viz.ui import choices
from convnext_viz.ui.explain.records import NetworkChoice
from convnext_viz.ui.explain.state import key
from convnext_viz.ui.explain.subject import lab_arms

MOST = 5  # networks that the chosen one is compared with
RUNS = 20  # of the lab, the newest, whose arms are offered
_SEEN = "explain_seen"  # no widget's: networks that were chosen in this session, by id
_MOST_SEEN = 12
_MOST_FILES = 3  # of them that are files, whose bytes are in memory
_MODELS = "explain_models_chosen"  # no widget's
_BASE = "explain_models_base"  # no widget's: the network that they were compared with
_BETWEEN = "|"


def id_of(choice: NetworkChoice) -> str:
    """What a network is called in the list and in a link; of a file only in the list."""
    return choice.link or f"file:{choice.digest}"


def title(choice: NetworkChoice) -> str:
    """What people call it."""
    if choice.kind == "bundled":
        return t(f"explain.bundled.{choice.name}")
    return choice.called or choice.name


def remember(choice: NetworkChoice) -> None:
    """Offer a network that was chosen once for as long as the session lasts."""
    seen: dict[str, NetworkChoice] = st.session_state.setdefault(_SEEN, {})
    seen.pop(id_of(choice), None)
    seen[id_of(choice)] = choice
    files = [one for one, of in seen.items() if of.data]
    for old in (*files[:-_MOST_FILES], *list(seen)[:-_MOST_SEEN]):
        seen.pop(old, None)


def choose(base: NetworkChoice) -> list[NetworkChoice]:
    """The networks to compare with ``base``; those that cannot be had are said and left out."""
    kept: dict[str, NetworkChoice] = st.session_state.setdefault(_SEEN, {})
    seen = {one: of for one, of in kept.items() if not of.run or lab_arms.may_see(of)}
    known = {**{name: NetworkChoice("bundled", name) for name in BUNDLED}, **seen, **_arms()}
    wanted = _wanted(base)
    found: dict[str, NetworkChoice] = {}
    for one in wanted:
        try:
            found[one] = known.get(one) or _of_link(one)
        except ValueError as error:
            st.error(str(error), icon=":material/error:")
    options = [one for one in {**known, **found} if one != id_of(base)]
    words = {one: title({**known, **found}[one]) for one in options}
    where = key("models")
    st.session_state[where] = [one for one in wanted if one in options][:MOST]
    st.multiselect(
        t("explain_subjects.compare.models"),
        options,
        format_func=words.__getitem__,
        max_selections=MOST,
        key=where,
        help=t("explain_subjects.compare.models_help"),
        placeholder=t("explain_subjects.compare.models_none"),
    )
    st.session_state[_MODELS] = st.session_state[where]
    return [found[one] for one in st.session_state[where] if one in found]


def link_of(networks: Sequence[NetworkChoice]) -> str | None:
    """The networks as a link names them; files are in no link."""
    links = [one.link for one in networks if one.link is not None]
    return _BETWEEN.join(links) or None


def _arms() -> dict[str, NetworkChoice]:
    try:
        return lab_arms.newest(RUNS)
    except ValueError:  # the lab is in trouble, which the Train page tells
        return {}


def _wanted(base: NetworkChoice) -> list[str]:
    """The ids chosen before, or of the link, else the first bundled network that is another.

    Who was compared with it and is now the chosen one changes places with it.
    """
    this, before = id_of(base), st.session_state.get(_BASE, id_of(base))
    st.session_state[_BASE] = this
    link = choices.requested("models")
    # Asked on every run: a page that runs again before its end has read the link already.
    decides = choices.link_decides(key("wanted_models"))
    default = [next(name for name in BUNDLED if name != base.name)]
    if link is not None:
        wanted = link.split(_BETWEEN)
    elif decides:
        wanted = default
    elif key("models") in st.session_state:
        wanted = st.session_state[key("models")]
    else:
        wanted = st.session_state.get(_MODELS, default)
    changed = [before if one == this else one for one in wanted]
    return [one for one in dict.fromkeys(changed) if one and one != this]


def _of_link(link: str) -> NetworkChoice:
    """The network that a link names; raises ValueError in words where there is none."""
    if link.startswith("run:"):
        return lab_arms.of_link(link)
    with st.spinner(t("explain.status.tags")):
        from convnext_viz.nets import pretrained_tags

        tags = pretrained_tags()
    if link not in tags:
        raise ValueError(t("explain_subjects.compare.unknown", name=link[:60]))
    return NetworkChoice("pretrained", link, classifies=tags[link].classes > 0)
