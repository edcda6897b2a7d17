"""The border at which an error becomes a sentence: no visitor meets a traceback."""

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from convnext_viz.text import t, use_language

_log = logging.getLogger("convnext_viz")


@contextmanager
def boundary() -> Iterator[None]:
    """Shows what goes wrong inside as a sentence in the visitor's language; the app goes on.

    A ``ValueError`` that our own code raises already says what is wrong and what to do. Anything
    else is a defect: the visitor reads that, the server's log gets the traceback.
    """
    try:
        yield
    except ValueError as error:
        if _is_ours(error):
            st.error(str(error), icon=":material/error:")
        else:
            _unexpected(error)
    except Exception as error:  # a page must never end in a traceback
        _unexpected(error)


@contextmanager
def in_fragment() -> Iterator[None]:
    """Around a fragment's body: it runs alone, without the frame that sets the language and
    catches what goes wrong."""
    use_language(st.session_state.get("lang", "en"))
    with boundary():
        yield


def _is_ours(error: BaseException) -> bool:
    *_, (last, _) = traceback.walk_tb(error.__traceback__)
    return str(last.f_globals.get("__name__", "")).startswith("convnext_viz.")


def _unexpected(error: Exception) -> None:
    _log.error("a page failed", exc_info=error)
    st.error(t("common.error.unexpected", kind=type(error).__name__), icon=":material/error:")
