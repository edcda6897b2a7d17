"""The image that pages show things on: a sample photo, or a file of the visitor's."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st
from PIL import Image

from convnext_viz.data.images import ImageError
from convnext_viz.data.limits import LARGEST_MB
from convnext_viz.data.samples import SAMPLES
from convnext_viz.text import t
from convnext_viz.ui.choices import choice

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

YOURS = "yours"
SIDE = 224  # pixels at which augmentations are shown, as in the paper


@dataclass(frozen=True)
class Shown:
    """An image: ``key`` is its sample's name or the SHA-256 of its file."""

    key: str
    name: str  # a word or two
    image: Image.Image


def choose() -> Shown:
    """A sample photo, or the visitor's file; while there is none to be read, a sample photo."""
    first = next(iter(SAMPLES))
    options = [*SAMPLES, YOURS]
    chosen = st.selectbox(
        t("common.image.which"),
        options,
        format_func=lambda name: (
            t("common.image.yours") if name == YOURS else t(f"images.sample.{name}")
        ),
        key=choice("image", options, first, link="image"),
    )
    if chosen == YOURS:
        return _given() or sample(first)
    return sample(chosen)


def sample(name: str) -> Shown:
    """A photo that comes with the app."""
    from convnext_viz.ui.explain import cached  # torch comes with it

    return Shown(name, t(f"images.sample.{name}"), cached.sample(name))


def _given() -> Shown | None:
    """The visitor's file, with a sentence where it is none or no image."""
    from convnext_viz.ui.explain import cached
    from convnext_viz.ui.explain.subject import files

    file = st.file_uploader(
        t("common.image.file"),
        key="image_file",
        max_upload_size=LARGEST_MB,
        label_visibility="collapsed",
    )
    # Streamlit forgets a file as soon as its widget is not drawn, as in another section.
    given = files.last("image", files.read(file) if file is not None else None)
    if given is None:
        st.caption(t("common.image.waiting"))
        return None
    try:
        image = cached.upload(given)
    except ImageError as why:
        st.error(str(why), icon=":material/error:")
        return None
    return Shown(given.digest, t("common.image.yours"), image)


@st.cache_data(max_entries=64, show_spinner=False)
def square(key: str, side: int, _image: Image.Image) -> "NDArray[np.uint8]":
    """(side, side, 3) the middle of the image ``key``, as a network gets it."""
    import numpy as np

    from convnext_viz.data.preprocessing import fitted
    from convnext_viz.nets.preprocess import Preprocess

    return np.array(fitted(_image, Preprocess(image_size=(side, side))))
