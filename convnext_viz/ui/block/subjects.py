"""The subject of the Block page: a network, one of its blocks, an image; and what torch measures.

Nothing here imports torch before it is measured; results are cached for all visitors, by name.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from convnext_viz.plans import Block, Plan, plan
from convnext_viz.results import BlockTrace, BranchShare, WaysCompared
from convnext_viz.specs import CONVNEXT, VARIANTS, Spec, default_size
from convnext_viz.text import t
from convnext_viz.ui import named_networks
from convnext_viz.ui.choices import choice

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from convnext_viz.nets.preprocess import Preprocess

NETWORKS = ("cifar10_ln_gelu", "cifar10_bn_relu", "convnext_tiny", "convnextv2_atto", "resnet50")
WITH_NEIGHBOURS = (*NETWORKS, "cifar_repvgg", "cifar_vit", "cifar_swin")
IMAGES = ("chelsea", "coffee", "motorcycle", "astronaut", "rocket", "camera", "coins", "retina")


@dataclass(frozen=True)
class Subject:
    """One block of one network, and the image that the network is given."""

    network: str
    stage: str
    block: int
    image: str

    @property
    def plan(self) -> Plan:
        """The network's plan at the size at which it looks at images."""
        return plan(spec_of(self.network), default_size(VARIANTS[self.network]))

    @property
    def described(self) -> Block:
        """The plan of the block."""
        return self.plan.stage(self.stage).blocks[self.block]


def spec_of(network: str) -> Spec:
    """The spec of a network of this page; ConvNeXt-T with its recipe's stochastic depth."""
    if network == "convnext_tiny":
        return replace(CONVNEXT[network], drop_path_rate=0.1)
    return named_networks.spec_of(network)


def choose(
    networks: tuple[str, ...] = NETWORKS, *, block: bool = True, image: bool = True
) -> Subject:
    """One row of controls: network, stage, block, image."""
    columns = st.columns([4, 3, 2, 3] if block else [3, 2])
    with columns[0]:
        network = named_networks.choose("block_net", networks)
    stage, number = "stage1", 0
    if block:
        described = plan(spec_of(network), default_size(VARIANTS[network]))
        stages = [one.name for one in described.stages if one.blocks and one.name != "stem"]
        with columns[1]:
            chosen: Any = st.segmented_control(
                t("block.choose.stage"),
                stages,
                format_func=lambda stage: stage.removeprefix("stage"),
                key=choice("block_stage", stages, "stage1", link="stage"),
                required=True,
            )
            stage = str(chosen)
        with columns[2]:
            blocks = range(len(described.stage(stage).blocks))
            number = st.selectbox(
                t("block.choose.block"),
                blocks,
                format_func=lambda index: str(index + 1),
                key=choice("block_block", blocks, 0, link="block"),
            )
    shown = IMAGES[0]
    if image:
        with columns[-1]:
            shown = st.selectbox(
                t("block.choose.picture"),
                IMAGES,
                format_func=lambda name: t(f"images.sample.{name}"),
                key=choice("block_image", IMAGES, IMAGES[0], link="image"),
            )
    return Subject(network, stage, number, shown)


def is_ready(network: str) -> bool:
    """Whether the network is there already: who must wait for it is shown something first."""
    return network in _ready()


@st.cache_resource(show_spinner=False)
def _ready() -> set[str]:
    return set()


@st.cache_resource(max_entries=len(WITH_NEIGHBOURS), show_spinner=False)
def network(name: str) -> "tuple[nn.Sequential, Preprocess]":
    """The network, in eval mode, never to be changed, and how it wants its images."""
    trained = named_networks.is_trained(name)
    found = named_networks.loaded(name) if trained else named_networks.untrained(spec_of(name))
    _ready().add(name)
    return found.net, found.preprocess


@st.cache_resource(max_entries=8, show_spinner=False)
def network_input(name: str, image: str) -> "Tensor":
    """The image as the network gets it, (1, 3, H, W)."""
    from convnext_viz.data import preprocess, sample_image

    return preprocess(sample_image(image), network(name)[1])[0]


@st.cache_resource(max_entries=6, show_spinner=False)
def traced(name: str, stage: str, block: int, image: str) -> BlockTrace:
    """The block, operation by operation, on the image."""
    from convnext_viz.explain.inside.block import at_block, trace

    net, _ = network(name)
    place = at_block(net, network_input(name, image), stage=stage, block=block)
    rows, columns = Subject(name, stage, block, image).described.end.grid or (0, 0)
    return trace(*place, grid=(rows, columns) if rows else None)


@st.cache_resource(max_entries=32, show_spinner=False)
def kernels(name: str, stage: str, block: int) -> "NDArray":  # type: ignore[type-arg]
    """The spatial kernels of the block, (C, k, k)."""
    from convnext_viz.explain.inside.block import spatial_kernels

    return spatial_kernels(network(name)[0].get_submodule(f"{stage}.blocks.{block}"))


@st.cache_data(max_entries=64, show_spinner=False)
def shares(name: str, image: str, layer_scale: float | None) -> tuple[BranchShare, ...]:
    """How much every block's branch adds; ``layer_scale`` None takes the network's own."""
    from convnext_viz.explain.inside.block import branch_shares

    x = network_input(name, image)
    return branch_shares(network(name)[0], x, layer_scale=layer_scale)


@st.cache_data(max_entries=64, show_spinner=False)
def ways(subject: Subject, samples: int) -> WaysCompared:
    """Both ways of writing the branch, timed once for all; the same image ``samples`` times."""
    from convnext_viz.explain.inside.block import at_block
    from convnext_viz.explain.inside.block_ways import compare_ways

    x = network_input(subject.network, subject.image)
    net, _ = network(subject.network)
    block, inside = at_block(net, x, stage=subject.stage, block=subject.block)
    return compare_ways(block, inside.repeat(samples, 1, 1, 1))
