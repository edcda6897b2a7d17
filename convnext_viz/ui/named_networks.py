"""Networks that pages name, with the weights that there are: bundled, published, else random ones.

A name is a variant's, or that of published weights: variant, point, tag. Nothing here imports torch
before a network is asked for; what was made is kept for all visitors.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import streamlit as st

from convnext_viz.nets.checkpoints import BUNDLED, BUNDLED_FOLDER
from convnext_viz.plots import names
from convnext_viz.specs import VARIANTS, Spec, default_size, from_dict
from convnext_viz.text import t
from convnext_viz.ui.choices import choice
from convnext_viz.ui.picture import Shown

if TYPE_CHECKING:
    from PIL import Image
    from torch import Tensor

    from convnext_viz.nets import Pretrained

_BUNDLED = {f"cifar_{family}": f"cifar10_{family}" for family in ("repvgg", "vit", "swin")}
"""Variants whose bundled network has another name."""

_WHOLE = 224  # pixels: smaller networks get the whole middle of an image, others crop it


def choose(key: str, networks: Sequence[str]) -> str:
    """One of a page's networks, with what its weights are; ``net`` in the link."""
    chosen: str = st.selectbox(
        t("common.network.label"),
        networks,
        format_func=name_of,
        key=choice(key, networks, networks[0], link="net"),
    )
    return chosen


def name_of(network: str) -> str:
    """The network's name, and whether it has learned anything."""
    variant, _, tag = network.partition(".")
    weights = tag or t(f"common.network.{'trained' if is_trained(network) else 'untrained'}")
    return f"{names.network(VARIANTS[variant])} · {weights}"


def is_trained(network: str) -> bool:
    """Whether the network has learned anything."""
    return "." in network or _bundled_name(network) in BUNDLED


@cache
def spec_of(network: str) -> Spec:
    """The spec of the network; a bundled one's is on its card."""
    if _bundled_name(network) in BUNDLED:  # read here, as ``nets`` would import torch
        card = BUNDLED_FOLDER / f"{_bundled_name(network)}.json"
        return from_dict(json.loads(card.read_text(encoding="utf-8"))["spec"])
    return VARIANTS[network.partition(".")[0]]


@st.cache_resource(max_entries=8, show_spinner=False)
def loaded(network: str) -> "Pretrained":
    """The network in eval mode, never to be changed, with labels and preprocessing."""
    from convnext_viz import nets

    if _bundled_name(network) in BUNDLED:
        return nets.load_bundled(_bundled_name(network))
    return nets.load_pretrained(network) if "." in network else untrained(spec_of(network))


def untrained(spec: Spec) -> "Pretrained":
    """A network with random weights (seed 0), as :func:`loaded` gives it."""
    from convnext_viz import nets
    from convnext_viz.nets.preprocess import Preprocess

    side = default_size(spec)
    return nets.Pretrained(
        net=nets.build(spec, seed=0).eval().requires_grad_(False),
        spec=spec,
        labels=(),
        preprocess=Preprocess(
            image_size=(side, side), crop_fraction=1.0 if side < _WHOLE else 0.875
        ),
    )


@st.cache_resource(max_entries=32, show_spinner=False)
def network_input(
    network: str, key: str, _shown: Shown, side: int = 0
) -> "tuple[Tensor, Image.Image]":
    """The image ``key`` as the network gets it, (1, 3, H, W), and what that was made from.

    ``side`` in pixels; 0 is the network's own.
    """
    from convnext_viz.data import preprocess

    how = loaded(network).preprocess
    return preprocess(_shown.image, replace(how, image_size=(side, side)) if side else how)


def _bundled_name(network: str) -> str:
    return _BUNDLED.get(network, network)
