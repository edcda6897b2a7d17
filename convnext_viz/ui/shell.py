"""The frame of every page: page config, language, navigation and title."""

import threading
from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from convnext_viz.text import LANGUAGES, language, t, use_language
from convnext_viz.ui.choices import gone_back, in_link, rejected, restore
from convnext_viz.ui.literal import literal

GROUPS = {
    "story": {
        "home": ":material/home:",
        "roadmap": ":material/stairs:",
        "architecture": ":material/account_tree:",
        "block": ":material/widgets:",
        "recipe": ":material/receipt_long:",
    },
    "inside": {
        "explain": ":material/image_search:",
        "compare": ":material/scatter_plot:",
    },
    "learn": {
        "train": ":material/model_training:",
        "yours": ":material/add_photo_alternate:",
    },
    "neighbours": {
        "repvgg": ":material/merge:",
        "vit": ":material/grid_view:",
        "swin": ":material/window:",
    },
}
"""The menu: its groups, their pages and the pages' icons."""

PAGES = {name: icon for pages in GROUPS.values() for name, icon in pages.items()}
"""All pages in the order of the menu, with their icons."""

_HERE = Path(__file__).parent
_first_import = threading.Lock()
_framed: ContextVar[bool] = ContextVar("framed", default=False)


def shell() -> StreamlitPage:
    """Draws the frame and returns the page to run; from here on text is in its language."""
    _framed.set(True)
    import_what_pages_share()
    _set_window()
    frame = st.container(horizontal=True, vertical_alignment="center", key="frame")
    title = frame.container()
    with frame:
        _choose_language()
    page = st.navigation(
        {
            t(f"common.group.{group}"): [_page(name) for name in pages]
            for group, pages in GROUPS.items()
        },
        position="top",
    )
    title.title(page.title, anchor=False)
    restore(page.url_path)
    if language() != _browsers_language() or "lang" in st.query_params:
        # Streamlit clears the link when the page is switched: it is said again on every run.
        in_link("lang", language())
    return page


def framed() -> None:
    """First line of every page: makes sure that the frame is drawn around it.

    Streamlit treats a folder ``pages/`` as pages of their own until ``st.navigation`` has run once:
    the very first visitor of a server who opens a page's link would see it without its frame, in
    the wrong language. Saying ``st.navigation`` here ends that, and the next run is framed.
    """
    if not _framed.get():
        _set_window()  # or the page's icon would become the window's, fetched from the network
        st.navigation([_page(name) for name in PAGES], position="hidden")
        st.rerun()


def open_page(
    name: str,
    *,
    label: str | None = None,
    icon: str | None = None,
    link: Mapping[str, str] | None = None,
) -> None:
    """A link to another page that keeps the session and the language; ``link``: what it shows."""
    st.page_link(_page(name), label=label, icon=icon or PAGES[name], query_params=link)


def odd_link() -> None:
    """Last on a page: a sentence for each part of the link that is not possible there."""
    for parameter, value in rejected().items():
        said = t("common.link.word", name=parameter, value=literal(value[:60]))
        st.warning(said, icon=":material/link_off:")


def _set_window() -> None:
    st.set_page_config(
        page_title=t("common.page.home"), page_icon=str(_HERE / "icon.svg"), layout="wide"
    )


def _page(name: str) -> StreamlitPage:
    return st.Page(
        f"pages/{name}.py",
        title=t(f"common.page.{name}"),
        icon=PAGES[name],
        url_path=name if name != "home" else None,
        default=name == "home",
        help=t(f"common.page_help.{name}"),
    )


def _choose_language() -> None:
    # Set on every run, as a widget forgets its value when its page's identity changes.
    requested = st.query_params.get("lang", _browsers_language())
    if not gone_back():
        requested = st.session_state.get("lang", requested)
    st.session_state["lang"] = requested if requested in LANGUAGES else _browsers_language()
    # The widget's own name must not depend on the language it chooses, so it is in both.
    chosen = st.segmented_control(
        t("common.language"),
        list(LANGUAGES),
        format_func=LANGUAGES.__getitem__,
        required=True,
        key="lang",
        label_visibility="collapsed",
        width="content",
    )
    use_language(chosen or _browsers_language())


def _browsers_language() -> str:
    """Of the languages there are, the one that the visitor's browser speaks; else English."""
    spoken = (st.context.locale or "").lower()[:2]
    return spoken if spoken in LANGUAGES else "en"


def import_what_pages_share() -> None:
    """Imports pandas and Plotly: one thread does, the others wait.

    Two first visitors of a cold server can meet a half-imported pandas.
    """
    with _first_import:
        import pandas  # noqa: F401
        import plotly.graph_objects  # noqa: F401
