"""The error boundary: an error becomes a sentence, no visitor meets a traceback."""

import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import streamlit as st

from convnext_viz.text import t, use_language
from convnext_viz.ui.choices import keep

Result = TypeVar("Result")
_log = logging.getLogger("convnext_viz")


@contextmanager
def boundary() -> Iterator[None]:
    """Shows what goes wrong inside as a sentence in the visitor's language; the app goes on.

    A ``ValueError`` that our own code raises already says what is wrong and what to do. Anything
    else is a defect: the visitor reads that, the server's log gets the traceback.
    """
    try:
        yield
    except Exception as error:  # a page must never end in a traceback
        _show(error)


def attempt(call: Callable[[], Result]) -> Result | None:
    """What ``call`` returns; None where it goes wrong, which is then a sentence on the page."""
    try:
        return call()
    except Exception as error:  # as in boundary
        _show(error)
        return None


def _show(error: Exception) -> None:
    if isinstance(error, ValueError) and _is_ours(error):
        st.error(str(error), icon=":material/error:")
        return
    _log.error("a page failed", exc_info=error)
    st.error(t("common.error.unexpected", kind=type(error).__name__), icon=":material/error:")


@contextmanager
def in_fragment() -> Iterator[None]:
    """Around a fragment's body: it runs alone, without the frame that sets the language and
    catches what goes wrong, and on a timer that may know less than the last click."""
    keep()
    use_language(st.session_state.get("lang", "en"))
    with boundary():
        yield


def _is_ours(error: BaseException) -> bool:
    *_, (last, _) = traceback.walk_tb(error.__traceback__)
    return str(last.f_globals.get("__name__", "")).startswith("convnext_viz.")
