"""ConvNeXt Viz: ``streamlit run app.py``. The shell around the pages of ``pages/``.

Streamlit imports this file once to serve ``app``, and runs it for every click of every visitor.
"""

import streamlit as st

if __name__ == "__main__":
    from convnext_viz.ui.boundary import boundary
    from convnext_viz.ui.choices import write_link
    from convnext_viz.ui.shell import shell

    page = shell()
    with boundary():
        page.run()
        write_link()
else:
    from starlette.middleware import Middleware

    from convnext_viz.ui.server.lifespan import lifespan
    from convnext_viz.ui.server.static_files import StaticFiles
    from convnext_viz.ui.server.visitors import Visitors

    wrapped = [Middleware(Visitors), Middleware(StaticFiles)]
    app = st.App(__file__, middleware=wrapped, lifespan=lifespan)
