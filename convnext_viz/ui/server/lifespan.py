"""A server's life: at the start its browser opens and the warm-up begins; then its garbage goes."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from streamlit import cli_util
from streamlit.web.server import server_util

from convnext_viz.ui.server import garbage, warm_up


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[None]:
    """Around all that is served."""
    ending = threading.Event()
    warm_up.start(ending)
    garbage.start(ending)
    if not st.get_option("server.headless"):  # as Streamlit does where it serves a script alone
        cli_util.open_browser(server_util.get_url(st.get_option("browser.serverAddress")))
    yield
    ending.set()
