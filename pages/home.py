"""The Home page: what ConvNeXt is, the network as one drawing, and a link to every page."""

import streamlit as st

from convnext_viz.numbers import compact
from convnext_viz.plans import plan
from convnext_viz.plots.network_map import network_map
from convnext_viz.specs import CONVNEXT
from convnext_viz.text import prose, t
from convnext_viz.ui.network_map import show_map
from convnext_viz.ui.notebooks import notebooks
from convnext_viz.ui.shell import GROUPS, framed, open_page

framed()

st.markdown(prose("home", "what"))

# The paper's own starting point: the variant that costs as much as a ResNet-50.
tiny = plan(CONVNEXT["convnext_tiny"])
show_map(network_map(tiny), key="home_map")
st.caption(
    t(
        "home.caption",
        name="ConvNeXt-T",
        params=compact(tiny.params),
        macs=compact(tiny.macs, "FLOPs"),
    )
)

story = [page for page in GROUPS["story"] if page != "home"]
for pages in (story, [*GROUPS["inside"], *GROUPS["learn"]], [*GROUPS["neighbours"]]):
    for card, page in zip(st.columns(len(pages)), pages, strict=True):
        with card.container(border=True, height="stretch"):
            open_page(page)
            st.markdown(prose("home", f"door_{page}"))

notebooks()
st.markdown(prose("home", "share"))
st.caption(prose("home", "source"))
