"""Cached ways from a picture and a network to what the network makes of the picture.

Everything is keyed on words: the SHA-256 of a file's bytes, a network's name, class and stage;
never on arrays, which Streamlit would only sample. torch is imported when a door first opens.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st
from PIL import Image

from convnext_viz.data.images import ImageError, read_image
from convnext_viz.data.samples import sample_image
from convnext_viz.results import FeatureMaps, Prediction

if TYPE_CHECKING:
    from torch import Tensor

    from convnext_viz.nets import Pretrained

THUMBNAIL = 160  # pixels of the longer side
_LITTLE = 2.0  # seconds


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
class NetworkChoice:
    """Which network: ``kind`` of NET_KINDS, its name, tag or arm; the file of a checkpoint."""

    kind: str
    name: str
    digest: str = ""
    data: bytes = b""
    classifies: bool = True  # False: published weights that give features or embeddings
    run: str = ""  # of the lab, in which ``name`` is an arm
    seed: int = 0
    step: int = 0  # that the arm was trained for, when its weights were kept
    called: str = ""  # by people, with its run

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
    choice: NetworkChoice
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

    def label(self, target: int) -> str:
        """A class's name, or ``#7`` where the names are not known."""
        return label(self.pretrained, target)


def subject(picture: Picture, choice: NetworkChoice, pretrained: "Pretrained") -> Subject:
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


def stage_names(pretrained: "Pretrained") -> tuple[str, ...]:
    """The stages that can be looked at, the stem first."""
    from convnext_viz.explain import stage_names

    return stage_names(pretrained.net)


@st.cache_resource(max_entries=512, show_spinner=False)
def thumbnail(key: str, language: str, _data: bytes, name: str) -> Image.Image | str:
    """A visitor's picture, small; or the sentence that says why the file is none."""
    try:
        image = upload(digest(_data), _data, name).copy()
    except ImageError as why:
        return str(why)
    image.thumbnail((THUMBNAIL, THUMBNAIL))
    return image


def taken_for(
    picture: str, choice: NetworkChoice, read: Callable[[], Image.Image], pretrained: "Pretrained"
) -> tuple[int, float] | None:
    """The class a network takes a picture for, and how probable it is; None where it cannot."""
    try:
        return _taken_for(picture, choice.key, read, pretrained)
    except ValueError:  # said where the picture is looked at
        return None


def label(pretrained: "Pretrained", target: int) -> str:
    """A class's name, or ``#7`` where the names are not known."""
    return pretrained.labels[target] if pretrained.labels else f"#{target}"


@st.cache_resource(max_entries=4096, show_spinner=False)
def _taken_for(
    picture: str, net: str, _read: Callable[[], Image.Image], _pretrained: "Pretrained"
) -> tuple[int, float]:
    from convnext_viz.data import preprocess
    from convnext_viz.explain import predict

    x, _ = preprocess(_read(), _pretrained.preprocess)
    found = predict(_pretrained.net, x, _pretrained.labels, k=1)
    return found.top[0], float(found.probabilities[found.top[0]])


@st.cache_resource(max_entries=16, show_spinner=False)
def net_input(
    picture: str, net: str, _image: Image.Image, _pretrained: "Pretrained"
) -> "tuple[Tensor, Image.Image]":
    """The network's input tensor, and what it was made from as a picture."""
    from convnext_viz.data import preprocess

    return preprocess(_image, _pretrained.preprocess)


@st.cache_resource(max_entries=32, show_spinner=False)
def prediction(picture: str, net: str, _x: "Tensor", _pretrained: "Pretrained") -> Prediction:
    """The five most probable classes."""
    from convnext_viz.explain import predict

    return _quicker(lambda: predict(_pretrained.net, _x, _pretrained.labels))


def _quicker(measured: Callable[[], Prediction]) -> Prediction:
    """Measured twice where that takes little: torch prepares each kernel at its first call, which
    can be a hundred times as long as the call itself and is no property of the network."""
    first = measured()
    if first.seconds > _LITTLE:
        return first
    return min(first, measured(), key=lambda one: one.seconds)


@st.cache_resource(max_entries=4, show_spinner=False)
def features(
    picture: str, net: str, _x: "Tensor", _pretrained: "Pretrained"
) -> dict[str, FeatureMaps]:
    """The feature maps of every stage, by its name."""
    from convnext_viz.explain import feature_maps

    return {maps.stage: maps for maps in feature_maps(_pretrained.net, _x)}
