"""ConvNeXt Viz: ``streamlit run app.py``. The shell around the pages of ``pages/``."""

from convnext_viz.ui.boundary import boundary
from convnext_viz.ui.choices import write_link
from convnext_viz.ui.shell import shell

page = shell()
with boundary():
    page.run()
    write_link()
