"""The networks of the Swin page, its image, and what was measured of them, kept for all."""

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from convnext_viz.plots import windows
from convnext_viz.results import (
    Merging,
    PaddingOrders,
    Place,
    PositionBias,
    Windows,
)
from convnext_viz.specs import SWIN_CIFAR, Spec, SwinSpec
from convnext_viz.text import t
from convnext_viz.ui import named_networks
from convnext_viz.ui.picture import SIDE, Shown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from convnext_viz.nets.preprocess import Preprocess

SMALL = "cifar_swin"
PAPERS = "swin_tiny_patch4_window7_224"
NETWORKS = (SMALL, PAPERS)
SECOND = "cifar_swin_v2"  # no named network: the small one with V2's attention
STAGE, BLOCK = "stage1", 1  # the first block that shifts its windows


def spec_of(network: str) -> Spec:
    """The spec of a network of this page."""
    if network == SECOND:
        return replace(SWIN_CIFAR[SMALL], version="v2")
    return named_networks.spec_of(network)


def window_of(network: str) -> int:
    """M, the tokens along a window's side."""
    return int(_swin(network).window)


def patch_of(network: str) -> int:
    """Pixels along a patch's side: those between two tokens of stage 1."""
    return int(_swin(network).patch_size)


def depths_of(network: str) -> dict[str, int]:
    """Blocks of every stage."""
    return {f"stage{i + 1}": depth for i, depth in enumerate(_swin(network).depths)}


def _swin(network: str) -> SwinSpec:
    spec = spec_of(network)
    assert isinstance(spec, SwinSpec)
    return spec


def choose_network() -> str:
    """A network of this page."""
    return named_networks.choose("swin_net", NETWORKS)


def untrained_note(*networks: str) -> None:
    """Says so where none of the weights shown are trained."""
    if not any(map(named_networks.is_trained, networks)):
        st.caption(t("swin.choose.untrained_note"))


@st.cache_resource(max_entries=8, show_spinner=False)
def network(name: str) -> "tuple[nn.Sequential, Preprocess]":
    """The network in eval mode, never to be changed, and how it wants its images."""
    second = name == SECOND
    found = named_networks.untrained(spec_of(name)) if second else named_networks.loaded(name)
    return found.net, found.preprocess


def network_input(name: str, shown: Shown, side: int = 0) -> "Tensor":
    """The image as the network gets it, (1, 3, H, W); ``side`` 0: of the network's own size."""
    known = SMALL if name == SECOND else name
    return named_networks.network_input(known, shown.key, shown, side)[0]


@st.cache_resource(max_entries=24, show_spinner=False)
def windowed(name: str, key: str, shift: int, _shown: Shown) -> Windows:
    """The attention of the first shifted block, its map rolled by ``shift`` tokens."""
    from convnext_viz.explain.inside.windows import windows

    x = network_input(name, _shown)
    return windows(network(name)[0], x, stage=STAGE, block=BLOCK, shift=shift)


@st.cache_resource(max_entries=24, show_spinner=False)
def merged(name: str, key: str, _shown: Shown) -> Merging:
    """The merging before stage 2."""
    from convnext_viz.explain.inside.merging import merging

    return merging(network(name)[0], network_input(name, _shown))


@st.cache_resource(max_entries=32, show_spinner=False)
def bias(name: str, stage: str, block: int) -> PositionBias:
    """The biases of a block's attention."""
    from convnext_viz.explain.inside.windows import position_bias

    return position_bias(network(name)[0], stage=stage, block=block)


@st.cache_resource(max_entries=32, show_spinner=False)
def padded(name: str, key: str, side: int, _shown: Shown) -> PaddingOrders:
    """Padding before and after the roll, for an image of ``side`` pixels."""
    from convnext_viz.explain.inside.windows import padding_orders

    x = network_input(name, _shown, side)
    return padding_orders(network(name)[0], x, stage=STAGE, block=BLOCK)


@st.cache_data(max_entries=32, show_spinner=False)
def pixels(name: str, key: str, _shown: Shown) -> "NDArray[np.uint8]":
    """What the network sees of the image, at more pixels: (SIDE, SIDE, 3)."""
    import numpy as np

    from convnext_viz.data.preprocessing import fitted

    how = replace(network(name)[1], image_size=(SIDE, SIDE))
    return np.array(fitted(_shown.image, how))


@st.cache_data(max_entries=64, show_spinner=False)
def picture(name: str, key: str, shift: Place, tokens: Place, _shown: Shown) -> str:
    """The same as a figure wants it, rolled by ``shift`` of so many ``tokens``."""
    return windows.source(pixels(name, key, _shown), shift, tokens)
