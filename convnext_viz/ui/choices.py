"""Choices of a page: the same value in a widget, in the session and in the link.

A widget takes ``key=choice("block_op", options, default, link="op")``; nothing else is to be done.
``restore`` and ``write_link`` run once around every page (in ``ui.shell`` and ``app.py``).

The link decides on arrival by a link and after the browser's Back or Forward: what it does not
mention is at its default. Otherwise the widget decides, else the last value in this session, as
Streamlit forgets a widget that is not drawn. The link's words are our own: a bound widget would
write its label, in the visitor's language.

Each choice is one step of the browser's history. What a page opens with is none: it takes the place
of the address that opened it, so that Back leaves the page.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl, urlencode

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from convnext_viz.text import language

_PAGE = "choices_page"  # the page of the last run
_VALUES = "choices_values"  # key: last value, also of widgets that are not drawn
_OPENING = "choices_opening"  # whether the page has not been drawn to its end yet
_PENDING = "choices_pending"  # parameter: text of the link that no choice has read yet
_SETTLED = "choices_settled"  # keys that the link has decided; None while it decides nothing
_LINK = "choices_link"  # parameter: text, of this run
_WRITTEN = "choices_written"  # the same, of the last run
_PARAMETERS = "choices_parameters"  # all that choices of this session have in links
_REJECTED = "choices_rejected"  # parameter: text of the link that is not possible
_PUT = "choices_put"  # key: the value before it was put, and when

_NOTHING = "-"  # in a link: none of several
_UNDER_WAY = 30.0  # seconds that a browser's message may be on its way to a busy server

_browser = st.components.v2.component(
    "convnext_viz_browser",
    js=(Path(__file__).parent / "browser.js").read_text(encoding="utf-8"),
)


def gone_back() -> bool:
    """Whether this run answers the browser's Back or Forward.

    Comparing the address with what was written last would not do: after quick clicks it may be one
    click behind.
    """
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def restore(page: str) -> None:
    """Before a page: reads its link, if the link is to decide."""
    session = st.session_state
    link = {name: value for name, value in st.query_params.items() if name != "lang"}
    arrived = session.get(_PAGE) != page
    session[_PAGE] = page
    session[_OPENING] = not gone_back() and (arrived or session.get(_OPENING, False))
    if gone_back() or (arrived and link):
        session[_PENDING], session[_SETTLED], session[_REJECTED] = link, set(), {}
    elif arrived:
        session[_PENDING], session[_SETTLED], session[_REJECTED] = {}, None, {}
    session[_LINK] = {}


def write_link() -> None:
    """After a page: puts what was chosen into the address."""
    session, link = st.session_state, st.session_state[_LINK]
    ours = session.get(_PARAMETERS, set())
    others = {name: value for name, value in st.query_params.items() if name not in ours}
    before = after = None
    if dict(st.query_params) != others | link:
        if session[_OPENING]:
            before, after = _replaced(others | link)
        else:
            st.query_params.from_dict(others | link)
    _browser(key="browser", data={"lang": language(), "before": before, "after": after})
    session[_WRITTEN] = dict(link)
    session[_SETTLED] = None
    session[_OPENING] = False


def _replaced(link: Mapping[str, str]) -> tuple[str, str]:
    """The address's query as it is, and with ``link`` in its place, as Streamlit will write it."""
    context = get_script_run_ctx()
    assert context is not None
    before = context.query_string
    embedded = [(name, said) for name, said in parse_qsl(before) if name.startswith("embed")]
    context.query_string = after = urlencode([*embedded, *link.items()])
    return before, after


def write_link_of_fragment() -> None:
    """Last in a fragment with choices that are in the link: the same, where it runs alone."""
    context = get_script_run_ctx()
    if context is not None and context.fragment_ids_this_run:
        write_link()


def choice(key: str, options: Iterable[Any], default: Any, *, link: str = "") -> str:
    """Before its widget: the key of one of ``options``, its value put there."""
    known = list(options)

    def read(text: str) -> Any:
        return {str(option): option for option in known}[text]

    return _settle(key, default, known.__contains__, read, str, link)


def several(
    key: str,
    options: Sequence[Any],
    default: Sequence[Any],
    *,
    link: str = "",
    word: Callable[[Any], str] = str,
) -> str:
    """The same for any number of ``options``; none of them is the default. ``word`` is what the
    link says for one."""

    def read(text: str) -> list[Any]:
        said = text.split(",")
        found = [option for option in options if word(option) in said]
        if len(found) < len(said):
            reject(link, text)
        return found or list(default)

    def write(values: Sequence[Any]) -> str:
        return ",".join(word(option) for option in options if option in values)

    def allowed(values: Any) -> bool:
        return isinstance(values, list | tuple) and all(value in options for value in values)

    return _settle(key, list(default), allowed, read, write, link)


def ordered(
    key: str,
    options: Sequence[Any],
    default: Sequence[Any],
    *,
    most: int | None = None,
    link: str = "",
) -> str:
    """The same for some of ``options`` in an order of the visitor's own; none of them is none.

    No more than ``most``, and none of them twice.
    """
    known = {str(option): option for option in options}

    def allowed(values: Any) -> bool:
        fits = isinstance(values, list) and len(set(map(str, values))) == len(values)
        return fits and len(values) <= (most or len(options)) and all(v in options for v in values)

    def read(text: str) -> list[Any]:
        return [known[word] for word in text.split(",") if text != _NOTHING]

    def write(values: Sequence[Any]) -> str:
        return ",".join(map(str, values)) or _NOTHING

    return _settle(key, list(default), allowed, read, write, link)


def number(key: str, low: float, high: float, default: float, *, link: str = "") -> str:
    """The same for a number from ``low`` to ``high``, of the default's type."""

    def allowed(value: Any) -> bool:
        return isinstance(value, type(default)) and low <= value <= high

    def read(text: str) -> float:
        if not set(text) <= set("+-.0123456789e"):  # float() reads other scripts' digits too
            raise ValueError(text)
        return type(default)(text)

    return _settle(key, default, allowed, read, lambda one: str(one).removesuffix(".0"), link)


def words(key: str, default: str = "", *, longest: int = 1000, link: str = "") -> str:
    """The same for free text of at most ``longest`` characters."""

    def allowed(value: Any) -> bool:
        return isinstance(value, str) and len(value) <= longest

    return _settle(key, default, allowed, lambda text: text[:longest], str, link)


def value(key: str, default: Any) -> Any:
    """The value of a choice whose widget may not be drawn."""
    known = st.session_state.get(_VALUES, {}).get(key, default)
    return st.session_state.get(key, known)


def put(key: str, value: Any) -> None:
    """Chooses; only before the widget is drawn, or in a callback."""
    session = st.session_state
    session.setdefault(_PUT, {})[key] = (session.get(key), monotonic())
    session[key] = session.setdefault(_VALUES, {})[key] = value


def keep() -> None:
    """First in a fragment that a timer runs: what was put stays, whatever the browser says.

    The timer may have sent its message, with the values of all widgets, before it heard what a
    click had put into one of them: the click would be undone. What the visitor chose after that
    was settled with the page, and is what stays.
    """
    context, session = get_script_run_ctx(), st.session_state
    if context is None or not context.fragment_ids_this_run:  # run with its page: _settle decides
        return
    for key, (before, when) in session.get(_PUT, {}).items():
        if monotonic() - when < _UNDER_WAY and key in session and session[key] == before:
            session[key] = session[_VALUES][key]


def forget(*keys: str) -> None:
    """Leaves choices to their defaults; only before their widgets are drawn, or in a callback."""
    for key in keys:
        st.session_state.pop(key, None)
        st.session_state.setdefault(_VALUES, {}).pop(key, None)


def link_decides(key: str) -> bool:
    """Whether the link is to decide what ``key`` names and is no widget's value: True once."""
    settled: set[str] | None = st.session_state.get(_SETTLED)
    if settled is None or key in settled:
        return False
    settled.add(key)
    return True


def requested(parameter: str) -> str | None:
    """What the link says, once; None where it says nothing (more)."""
    st.session_state.setdefault(_PARAMETERS, set()).add(parameter)
    text: str | None = st.session_state.get(_PENDING, {}).pop(parameter, None)
    return text


def reject(parameter: str, text: str) -> None:
    """Notes that what the link says is not possible."""
    st.session_state.setdefault(_REJECTED, {})[parameter] = text


def rejected() -> dict[str, str]:
    """After all choices: what of the link was not possible, until another choice is made."""
    session = st.session_state
    if session.get(_SETTLED) is None and session[_LINK] != session.get(_WRITTEN):
        session[_REJECTED] = {}
    return dict(session.get(_REJECTED, {}))


def in_link(parameter: str, text: str | None) -> None:
    """Puts into the link what is no widget's value as it stands; None leaves it out."""
    st.session_state.setdefault(_PARAMETERS, set()).add(parameter)
    link = st.session_state.setdefault(_LINK, {})
    link.pop(parameter, None)
    if text is not None:
        link[parameter] = text


def _settle(
    key: str,
    default: Any,
    allowed: Callable[[Any], bool],
    read: Callable[[str], Any],
    write: Callable[[Any], str],
    link: str,
) -> str:
    session, values = st.session_state, st.session_state.setdefault(_VALUES, {})
    now = session.get(key, values.get(key, default))
    if link and link_decides(key):
        now = default
    said = requested(link) if link else None
    if said is not None:
        try:
            now = read(said)
        except (KeyError, ValueError):
            now = None
        if not allowed(now):
            reject(link, said)
    if not allowed(now):
        now = default
    # Only what the widget does not know yet: a widget that is given its value again loses what was
    # typed or clicked since.
    if key not in session or session[key] != now:
        session[key] = now
    values[key] = now
    if link:
        in_link(link, text if (text := write(now)) not in ("", write(default)) else None)
    return key
