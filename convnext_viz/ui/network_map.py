"""The map of a network on a page: an image at once, and live as soon as its script runs."""

from base64 import b64encode
from collections.abc import Callable
from html import escape
from pathlib import Path

import streamlit as st

from convnext_viz.plots.network_map import NetworkMap

_live = st.components.v2.component(
    "convnext_viz_network_map",
    html='<div class="network-map-live"></div><div class="network-map-tip" popover="manual"></div>',
    js=(Path(__file__).parent / "network_map.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def show_map(drawn: NetworkMap, *, key: str, on_stage: Callable[[str], None] | None = None) -> None:
    """Shows a map; ``on_stage`` gets the name of a stage that is clicked, before the next run.

    The image holds the place, so that nothing moves, and stays where the script cannot run. The
    file ``style/network_map.css`` lays the live drawing over it.
    """

    def chosen() -> None:
        stage = st.session_state[f"{key}_live"].stage
        if on_stage is not None and stage is not None:
            on_stage(stage)

    with st.container(key=f"network_map_{key}"):
        source = b64encode(drawn.svg.encode()).decode()
        st.html(
            f'<img class="network-map" style="--width:{drawn.width}px" width="{drawn.width}" '
            f'height="{drawn.height}" alt="{escape(drawn.alt)}" '
            f'src="data:image/svg+xml;base64,{source}">'
        )
        _live(
            key=f"{key}_live",
            data={"svg": drawn.svg, "clickable": on_stage is not None},
            on_stage_change=chosen,
        )
