"""Caches of the Explain page: what a network makes of a picture, computed once for all visitors.

Everything is keyed on words: the SHA-256 of a file's bytes, a network's name, class and stage;
never on arrays, which Streamlit would only sample. torch is imported when something first needs it.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

import streamlit as st
from PIL import Image

from convnext_viz import data, explain
from convnext_viz.data.images import ImageError, read_image
from convnext_viz.data.samples import sample_image
from convnext_viz.results import Attribution, FeatureMaps, Prediction
from convnext_viz.ui.explain.records import NetworkChoice, Picture, Subject, UserFile

if TYPE_CHECKING:
    from torch import Tensor

    from convnext_viz.nets import Pretrained

THUMBNAIL = 160  # pixels of the longer side
_LITTLE = 1.0  # seconds of a forward pass: of a slower one, the cold first pass counts for little
HashFuncs = dict[str | type[Any], Callable[[Any], Any]]

BY_KEYS: HashFuncs = {Subject: lambda subject: subject.keys}
_BY_SHAPE: HashFuncs = {Subject: lambda subject: (subject.choice.key, tuple(subject.x.shape))}
_BY_KEY: HashFuncs = dict.fromkeys((Picture, NetworkChoice, UserFile), lambda one: one.key)


def digest(data: bytes) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(data).hexdigest()


@st.cache_resource(max_entries=16, show_spinner=False)
def sample(name: str) -> Image.Image:
    """One of the photographs that come with the app."""
    return sample_image(name)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=_BY_KEY)
def upload(file: UserFile) -> Image.Image:
    """A visitor's image, decoded once; raises ImageError in words."""
    return read_image(file.data, file.name)


@st.cache_resource(max_entries=512, show_spinner=False, hash_funcs=_BY_KEY)
def thumbnail(file: UserFile, language: str) -> Image.Image | str:
    """A visitor's image, small; or the sentence that says why the file is none."""
    try:
        image = upload(file).copy()
    except ImageError as why:
        return str(why)
    image.thumbnail((THUMBNAIL, THUMBNAIL))
    return image


@st.cache_resource(max_entries=4096, show_spinner=False)
def predicted_class(
    picture: str, net: str, _read: Callable[[], Image.Image], _pretrained: "Pretrained"
) -> tuple[int, float] | None:
    """The class a network takes a picture for, and how probable it is; None where it cannot."""
    try:
        x, _ = data.preprocess(_read(), _pretrained.preprocess)
        found = explain.predict(_pretrained.net, x, _pretrained.labels, k=1)
    except ValueError:  # said where the picture is looked at
        return None
    return found.top[0], float(found.probabilities[found.top[0]])


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=_BY_KEY)
def net_input(
    picture: Picture, choice: NetworkChoice, _pretrained: "Pretrained"
) -> "tuple[Tensor, Image.Image]":
    """The network's input (1, C, H, W), and what it was made from as a picture."""
    return data.preprocess(picture.image, _pretrained.preprocess)


def prediction(subject: Subject) -> Prediction:
    """The five most probable classes, named in the reader's language."""
    return replace(_prediction(subject), labels=subject.labels)


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=BY_KEYS)
def _prediction(subject: Subject) -> Prediction:
    _warm_up(subject)
    return explain.predict(subject.pretrained.net, subject.x)


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=_BY_SHAPE)
def _warm_up(subject: Subject) -> None:
    """Passes that are not measured: torch prepares each kernel at its first calls, which can take
    a hundred times as long as the call itself and is no property of the network."""
    net, x = subject.pretrained.net, subject.x
    if explain.predict(net, x).seconds < _LITTLE:
        explain.class_activation_maps(net, x, 0, stages=subject.places[-1:])
        explain.predict(net, x)


@dataclass(frozen=True, eq=False)
class Captured:
    """The class-activation maps of one pass there and back, and how long it took."""

    maps: tuple[Attribution, ...]
    seconds: float


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=BY_KEYS)
def captured(
    subject: Subject, target: int, contrast: int | None, stages: tuple[str, ...]
) -> Captured:
    """All class-activation maps of these stages."""
    _warm_up(subject)
    start = perf_counter()
    maps = explain.class_activation_maps(
        subject.pretrained.net, subject.x, target, contrast=contrast, stages=stages
    )
    return Captured(maps, perf_counter() - start)


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_KEYS)
def features(subject: Subject) -> dict[str, FeatureMaps]:
    """The feature maps of every place, by its name."""
    return {maps.stage: maps for maps in explain.feature_maps(subject.pretrained.net, subject.x)}
