"""Caches of channels, kernels and fields; what takes long runs as a job and comes back None until
it is there. Keyed on words, like all caches of the page.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st
from PIL import Image

from convnext_viz import data, explain
from convnext_viz.explain.maps import cost
from convnext_viz.plans import Plan, plan
from convnext_viz.results import FeatureMaps, FieldPair, Kernels, KernelSizes, TopActivating
from convnext_viz.text import t
from convnext_viz.ui.explain.cached import BY_KEYS, HashFuncs
from convnext_viz.ui.explain.records import Subject
from convnext_viz.ui.explain.subject import lab_arms, loaded_networks
from convnext_viz.ui.jobs import awaited

if TYPE_CHECKING:
    from convnext_viz.data.image_sets import ImageSet

SHOWN = 8  # exciting pictures of a channel
_QUICK = 5e10  # multiply-adds that need no button: a few seconds on a laptop
_BY_NETWORK: HashFuncs = {Subject: lambda subject: subject.choice.key}


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=_BY_NETWORK)
def stage_kernels(subject: Subject, stage: str) -> tuple[Kernels, ...]:
    """The spatial kernels of every block of a stage."""
    return explain.stage_kernels(subject.pretrained.net, stage)


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=_BY_NETWORK)
def first_patches(subject: Subject) -> Kernels:
    """What the first layer looks for in colours; ValueError for a net that reads none."""
    return explain.first_patches(subject.pretrained.net)


def sides(subject: Subject) -> list[int]:
    """Sides of a square picture that a network can be given: its own and multiples, in pixels."""
    own = max(subject.pretrained.preprocess.image_size)
    return [own * times for times in (1, 2, 4, 8) if times == 1 or own * times <= 512]


def drawn(subject: Subject, side: int | None = None) -> Plan:
    """The network's plan for pictures of ``side`` pixels, or of the size that it was made for."""
    return plan(subject.pretrained.spec, side or subject.pretrained.preprocess.image_size)


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_KEYS)
def enlarged(subject: Subject, side: int) -> tuple[Image.Image, dict[str, FeatureMaps]]:
    """The picture at ``side`` pixels, and the feature maps of every stage."""
    how = replace(subject.pretrained.preprocess, image_size=(side, side))
    x, shown = data.preprocess(subject.picture.image, how)
    return shown, {maps.stage: maps for maps in explain.feature_maps(subject.pretrained.net, x)}


def _macs(described: Plan, stage: str) -> int:
    """Multiply-adds of one picture up to the end of a stage or block."""
    return cost.parts(described, stage)[0]


def top_activating(subject: Subject, stage: str, chosen: "ImageSet") -> TopActivating | None:
    """The pictures that excite each channel of a stage most."""
    pretrained, count = subject.pretrained, len(chosen)
    work = _macs(drawn(subject), stage) * count
    return awaited(
        "exciting",
        f"exciting|{subject.choice.key}|{stage}|{chosen.key}",
        lambda: explain.top_activating_images(pretrained, chosen, stage=stage, count=SHOWN),
        title=t("explain_features.exciting.job", count=count),
        at_once=work < _QUICK,
    )


@st.cache_resource(max_entries=64, show_spinner=False)
def as_seen(
    pictures: str, place: int, net: str, _set: "ImageSet", _subject: Subject
) -> Image.Image:
    """One picture of a set as the network gets it."""
    return data.preprocess(_set.read(place), _subject.pretrained.preprocess)[1]


def fields(
    subject: Subject, stage: str, cell: tuple[int, int], side: int, chosen: "ImageSet"
) -> FieldPair | None:
    """The effective field of a cell, trained and with fresh weights."""
    pretrained, count = subject.pretrained, len(chosen)
    work = 6 * _macs(drawn(subject, side), stage) * count  # two nets, forward and back
    return awaited(
        "fields",
        f"fields|{subject.choice.key}|{stage}|{cell}|{side}|{chosen.key}",
        lambda: explain.field_pair(pretrained, chosen, side=side, stage=stage, cell=cell),
        title=t("explain_features.effective.job"),
        at_once=work < 4 * _QUICK,
    )


def kernel_sizes(subject: Subject, side: int, chosen: "ImageSet") -> KernelSizes | None:
    """Fields of fresh nets of the same spec with kernels of other sizes; of an arm of a sweep over
    kernel sizes, also those of the other arms."""
    pretrained = subject.pretrained
    others = lab_arms.of_other_kernels(subject.choice)
    siblings = [loaded_networks.network(one) for one in others]
    keys = "|".join(one.key for one in (subject.choice, *others))
    return awaited(
        "kernel_sizes",
        f"kernel_sizes|{keys}|{side}|{chosen.key}",
        lambda: explain.kernel_sizes(pretrained, chosen, side=side, siblings=siblings),
        title=t("explain_features.kernels.job"),
        at_once=False,
        why=t("explain_features.kernels.why"),
    )
