"""Back and Forward: what the browser returns to is a link, and a page shows what its link says."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx


def gone_back() -> bool:
    """Whether this run answers the browser's Back or Forward.

    Only then does the link overrule the session: after quick clicks it may be one click behind.
    """
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def write_query(link: dict[str, str], parameters: tuple[str, ...]) -> None:
    """Makes the page's ``parameters`` in the address say ``link``, and leaves the others."""
    for name in parameters:
        if name not in link and name in st.query_params:
            del st.query_params[name]
        elif name in link and st.query_params.get(name) != link[name]:
            st.query_params[name] = link[name]
