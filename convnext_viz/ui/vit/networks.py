"""Networks of the ViT page, and what they make of an image; cached for all visitors, by name.

Nothing here imports torch before it is measured.
"""

from typing import TYPE_CHECKING

import streamlit as st

from convnext_viz.nets.checkpoints.starters import is_downloaded
from convnext_viz.results.tokens import TokenTrace
from convnext_viz.ui import named_networks
from convnext_viz.ui.picture import Shown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SMALL = ("cifar_vit", "cifar_vit_mean")
LARGE = ("vit_tiny_patch16_224", "deit_tiny_distilled_patch16_224")
TAGS = (  # pretrained weights, offered where they are on this computer
    "vit_tiny_patch16_224.augreg_in21k_ft_in1k",
    "deit_tiny_patch16_224.fb_in1k",
    "deit_tiny_distilled_patch16_224.fb_in1k",
    "vit_small_patch16_224.augreg_in21k_ft_in1k",
    "deit_small_patch16_224.fb_in1k",
    "vit_base_patch16_224.augreg2_in21k_ft_in1k",
)


def options() -> tuple[str, ...]:
    """The networks of the page: those that come along, then weights that are on this computer."""
    return (*SMALL, *LARGE, *_downloaded())


@st.cache_data(ttl=60, show_spinner=False)
def _downloaded() -> tuple[str, ...]:
    return tuple(tag for tag in TAGS if is_downloaded(tag))


@st.cache_resource(max_entries=8, show_spinner=False)
def traced(network: str, key: str, _shown: Shown) -> TokenTrace:
    """What the network makes of every token."""
    from convnext_viz.explain.inside.token_trace import token_trace

    return token_trace(
        named_networks.loaded(network).net, named_networks.network_input(network, key, _shown)[0]
    )


@st.cache_resource(max_entries=4, show_spinner=False)
def filters(network: str) -> "NDArray[np.float32]":
    """The filters that make a token of a patch, (C, in_chans, k, k)."""
    from convnext_viz.explain.inside.token_trace import patch_filters

    return patch_filters(named_networks.loaded(network).net)
