"""Cached ways from a picture and a network to what the network makes of the picture.

Everything is keyed on words: the SHA-256 of a file's bytes, a network's name, class and stage;
never on arrays, which Streamlit would only sample. torch is imported when a door first opens.
"""

import hashlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st
from PIL import Image
from streamlit.delta_generator import DeltaGenerator

from convnext_viz.explain.images import read_image
from convnext_viz.explain.samples import sample_image
from convnext_viz.results import Attribution, FeatureMaps, Prediction
from convnext_viz.text import t

if TYPE_CHECKING:
    from torch import Tensor

    from convnext_viz.nets import Pretrained


@dataclass(frozen=True)
class Picture:
    """What the visitor looks at: ``key`` is its sample's name, the SHA-256 of its file, or its
    data set and place there."""

    key: str
    image: Image.Image
    stem: str  # for the names of downloads
    link: str | None = None  # as a link names it; None for what no other visitor has
    truth: str = ""  # the class it belongs to, where its data set says so


@dataclass(frozen=True)
class Choice:
    """Which network: ``kind`` of NET_KINDS, its name, tag or arm; the file of a checkpoint."""

    kind: str
    name: str
    digest: str = ""
    data: bytes = b""
    classifies: bool = True  # False: published weights that give features or embeddings
    run: str = ""  # of the lab, in which ``name`` is an arm
    seed: int = 0
    step: int = 0  # that the arm was trained for, when its weights were kept

    @property
    def key(self) -> str:
        """One string for caches."""
        if self.run:
            return f"{self.kind}:{self.run}:{self.seed}:{self.step}:{self.name}"
        return f"{self.kind}:{self.digest or self.name}"

    @property
    def link(self) -> str | None:
        """The network as a link names it, an arm as it is newest; an uploaded one is in no link."""
        if self.run:
            return f"run:{self.run}:{self.seed}:{self.name}"
        return None if self.digest else self.name


@dataclass(frozen=True, eq=False)
class Subject:
    """What all views look at: a picture as a network gets it."""

    picture: Picture
    choice: Choice
    pretrained: "Pretrained"
    x: "Tensor"  # (1, C, H, W)
    shown: Image.Image  # what the input was made from

    @property
    def keys(self) -> tuple[str, str]:
        """Picture and network as the caches name them."""
        return self.picture.key, self.choice.key

    @property
    def classifies(self) -> bool:
        """Whether there are classes whose score can be explained."""
        return self.choice.classifies and bool(self.pretrained.spec.num_classes)


def subject(picture: Picture, choice: Choice, pretrained: "Pretrained") -> Subject:
    """The picture, preprocessed for the network."""
    x, shown = net_input(picture.key, choice.key, picture.image, pretrained)
    return Subject(picture, choice, pretrained, x, shown)


def digest(data: bytes) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(data).hexdigest()


@st.cache_resource(max_entries=16, show_spinner=False)
def sample(name: str) -> Image.Image:
    """One of the photographs that come with the app."""
    return sample_image(name)


@st.cache_resource(max_entries=8, show_spinner=False)
def upload(digest: str, _data: bytes, name: str) -> Image.Image:
    """A visitor's picture, decoded once; raises ImageError in words."""
    return read_image(_data, name)


class _Place:
    """Where a network is kept once it is there; those who want it meanwhile wait for one loading.

    The place is cached and not the value, as a download shows its progress on the page, and
    Streamlit would replay that at every visit.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.pretrained: Pretrained | None = None


@st.cache_resource(max_entries=3, show_spinner=False)
def _place(key: str) -> _Place:
    return _Place()


def network(choice: Choice) -> "Pretrained":
    """The network that was chosen; raises WeightsError in words."""
    place = _place(choice.key)
    with place.lock:
        if place.pretrained is None:
            place.pretrained = _loaded(choice)
        return place.pretrained


def _loaded(choice: Choice) -> "Pretrained":
    from convnext_viz.nets import load_bundled, load_checkpoint, load_pretrained

    if choice.kind == "bundled":
        return load_bundled(choice.name)
    if choice.kind == "checkpoint":
        return load_checkpoint(choice.data, name=choice.name)
    bar = st.progress(0.0)
    try:
        return load_pretrained(choice.name, progress=lambda done, total: _tell(bar, done, total))
    finally:
        bar.empty()


def accuracy(choice: Choice) -> float:
    """What share of test pictures a bundled network has right."""
    from convnext_viz.nets import load_card

    return load_card(choice.name).accuracy


def _tell(bar: DeltaGenerator, done: int, total: int) -> None:
    share = min(1.0, done / total) if total else 0.0
    bar.progress(share, t("explain.status.download", done=done / 1e6, total=total / 1e6))


def stage_names(pretrained: "Pretrained") -> tuple[str, ...]:
    """The stages that can be looked at, the stem first."""
    from convnext_viz.explain import stage_names

    return stage_names(pretrained.net)


@st.cache_resource(max_entries=16, show_spinner=False)
def net_input(
    picture: str, net: str, _image: Image.Image, _pretrained: "Pretrained"
) -> "tuple[Tensor, Image.Image]":
    """The network's input tensor, and what it was made from as a picture."""
    from convnext_viz.explain import preprocess

    return preprocess(_image, _pretrained.preprocess)


@st.cache_resource(max_entries=32, show_spinner=False)
def prediction(picture: str, net: str, _x: "Tensor", _pretrained: "Pretrained") -> Prediction:
    """The five most probable classes."""
    from convnext_viz.explain import predict

    return predict(_pretrained.net, _x, _pretrained.labels)


@st.cache_resource(max_entries=64, show_spinner=False)
def attribution(
    picture: str, net: str, target: int, stage: str, _x: "Tensor", _pretrained: "Pretrained"
) -> Attribution:
    """Grad-CAM for one class at one stage."""
    from convnext_viz.explain import grad_cam

    return grad_cam(_pretrained.net, _x, target, stage=stage, labels=_pretrained.labels)


@st.cache_resource(max_entries=4, show_spinner=False)
def features(
    picture: str, net: str, _x: "Tensor", _pretrained: "Pretrained"
) -> dict[str, FeatureMaps]:
    """The feature maps of every stage, by its name."""
    from convnext_viz.explain import feature_maps

    return {maps.stage: maps for maps in feature_maps(_pretrained.net, _x)}
