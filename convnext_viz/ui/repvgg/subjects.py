"""The subject of the RepVGG page: a network, one of its blocks, an image; and what torch measures.

Nothing here imports torch before it is measured; results are cached for all visitors, by name.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from convnext_viz.plans import Plan, Residual, plan
from convnext_viz.plots import names
from convnext_viz.results import (
    BlockForms,
    Distribution,
    Drift,
    Fusion,
)
from convnext_viz.specs import RepVGGSpec, default_size
from convnext_viz.specs.repvgg import Form
from convnext_viz.text import t
from convnext_viz.ui import named_networks, picture
from convnext_viz.ui.choices import choice

if TYPE_CHECKING:
    from torch import Tensor, nn

    from convnext_viz.nets.preprocess import Preprocess

NETWORKS = ("cifar_repvgg", "repvgg_a0")
_BLOCK = "stage1.blocks.1"  # the first one with all three branches
_IMAGE = "chelsea"  # where none is chosen
_KEPT = 16  # results of a kind
FLOATS = ("float32", "float64")


@dataclass(frozen=True, eq=False)
class Subject:
    """One block of one network, and the image that the network is given."""

    network: str
    block: str
    shown: picture.Shown

    @property
    def plan(self) -> Plan:
        """The network's plan, in training form."""
        return planned(self.network)

    @property
    def branches(self) -> tuple[str, ...]:
        """The names of the block's branches."""
        (residual,) = described(self.network)[self.block]
        assert isinstance(residual, Residual)
        return tuple(branch.name for branch in residual.branches)


def choose(*, image: bool = True) -> Subject:
    """One row of controls: network, block, image."""
    columns = st.columns([4, 3, 3] if image else [4, 3])
    with columns[0]:
        network = named_networks.choose("repvgg_net", NETWORKS)
    known = list(described(network))
    with columns[1]:
        block = st.selectbox(
            t("repvgg.choose.block"),
            known,
            format_func=block_name,
            key=choice("repvgg_block", known, _BLOCK, link="block"),
        )
    if not image:
        return Subject(network, block, picture.sample(_IMAGE))
    with columns[2]:
        return Subject(network, block, picture.choose())


def block_name(block: str) -> str:
    """``"stage3.blocks.4"`` → "Stage 3, block 5"; the stem has one block."""
    stage, _, number = block.partition(".blocks.")
    if stage == "stem":
        return names.stage(stage)
    return t("repvgg.choose.block_of", stage=names.stage(stage), number=int(number) + 1)


def untrained_note(network: str) -> None:
    """Says where weights and statistics come from, if they were not learned."""
    if not named_networks.is_trained(network):
        st.caption(t("repvgg.choose.note"))


def spec_of(network: str) -> RepVGGSpec:
    """The spec of a network of this page, in training form."""
    spec = named_networks.spec_of(network)
    assert isinstance(spec, RepVGGSpec)
    return spec


@st.cache_resource(max_entries=32, show_spinner=False)
def planned(network: str, form: Form = "training") -> Plan:
    """The plan of a named network in one of its forms, at its own image size."""
    spec = spec_of(network)
    return plan(replace(spec, form=form), default_size(spec))


def described(network: str) -> dict[str, tuple[object, ...]]:
    """The steps of every block, by its name."""
    stages = planned(network).stages
    return {block.name: block.steps for stage in stages for block in stage.blocks}


@st.cache_resource(max_entries=len(NETWORKS), show_spinner=False)
def network(name: str) -> "tuple[nn.Sequential, Preprocess]":
    """The network in training form and eval mode, never to be changed, and how it wants images."""
    from convnext_viz import nets
    from convnext_viz.nets.norm_statistics import with_statistics

    known = named_networks.loaded(name)
    if named_networks.is_trained(name):
        return known.net, known.preprocess
    net = with_statistics(nets.build(spec_of(name), seed=0), samples(name))
    return net.requires_grad_(False), known.preprocess


@st.cache_resource(max_entries=2, show_spinner=False)
def samples(name: str) -> "Tensor":
    """All sample photos as the network gets them, (N, 3, H, W)."""
    import torch

    from convnext_viz import data

    how = named_networks.loaded(name).preprocess
    return torch.cat([data.preprocess(data.sample_image(one), how)[0] for one in data.SAMPLES])


def network_input(subject: Subject) -> "Tensor":
    """The image as the network gets it, (1, 3, H, W)."""
    shown = subject.shown
    return named_networks.network_input(subject.network, shown.key, shown)[0]


@st.cache_resource(max_entries=4, show_spinner=False)
def fusion(name: str, block: str) -> Fusion:
    """The branches of the block as kernels, and their sum."""
    from convnext_viz.explain.inside.fusion import fusion as fused

    return fused(network(name)[0], block)


@st.cache_resource(max_entries=12, show_spinner=False)
def other(name: str, way: str, precision: str = FLOATS[0]) -> "tuple[nn.Sequential, nn.Sequential]":
    """The network in training form and the one made from it by a way, in one precision."""
    import copy

    import torch

    from convnext_viz.explain.inside.fusion import by_way

    net = network(name)[0]
    if precision != FLOATS[0]:
        net = copy.deepcopy(net).to(getattr(torch, precision))
    return net, by_way(net, spec_of(name), way)


def block_forms(subject: Subject, way: str, precision: str = FLOATS[0]) -> BlockForms:
    """The block's output for the image in training form and by another way."""
    key = subject.shown.key
    return _block_forms(subject.network, subject.block, key, way, precision, subject)


@st.cache_resource(max_entries=_KEPT, show_spinner=False)
def _block_forms(
    name: str, block: str, key: str, way: str, precision: str, _subject: Subject
) -> BlockForms:
    from convnext_viz.explain.inside import fusion

    net, made = other(name, way, precision)
    x = network_input(_subject).to(next(net.parameters()).dtype)
    return fusion.block_forms(net, made, x, block, way)


def drift(subject: Subject, way: str, precision: str = FLOATS[0]) -> Drift:
    """How far the network's outputs for the image are off."""
    return _drift(subject.network, subject.shown.key, way, precision, subject)


@st.cache_data(max_entries=256, show_spinner=False)
def _drift(name: str, key: str, way: str, precision: str, _subject: Subject) -> Drift:
    from convnext_viz.explain.inside import fusion

    net, made = other(name, way, precision)
    return fusion.compared(net, made, network_input(_subject).to(next(net.parameters()).dtype), way)


@st.cache_data(max_entries=64, show_spinner=False)
def drift_of_samples(name: str, way: str) -> Drift:
    """The same for all sample photos as one batch."""
    from convnext_viz.explain.inside import fusion

    return fusion.compared(*other(name, way), samples(name), way)


@st.cache_resource(max_entries=_KEPT, show_spinner=False)
def distributions(name: str, block: str) -> tuple[Distribution, ...]:
    """Kernels and outputs of the block's branches, for the sample photos."""
    from convnext_viz.explain.inside import int8

    return int8.distributions(network(name)[0], samples(name), block)
