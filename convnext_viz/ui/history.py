"""The link of a page that still writes its own."""

import streamlit as st

from convnext_viz.ui.choices import gone_back as gone_back


def write_query(link: dict[str, str], parameters: tuple[str, ...]) -> None:
    """Makes the page's ``parameters`` in the address say ``link``, and leaves the others."""
    for name in parameters:
        if name not in link and name in st.query_params:
            del st.query_params[name]
        elif name in link and st.query_params.get(name) != link[name]:
            st.query_params[name] = link[name]
