"""The subject of the ViT page: a network, an image, a patch, a class."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from PIL import Image

from convnext_viz.plots import names
from convnext_viz.results import Prediction
from convnext_viz.results.tokens import TokenTrace
from convnext_viz.text import t
from convnext_viz.ui import named_networks, picture
from convnext_viz.ui.choices import choice, put
from convnext_viz.ui.picture import Shown
from convnext_viz.ui.vit import networks

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from convnext_viz.nets import Pretrained

TOKEN, PATCH = "token", "patch"


@dataclass(frozen=True)
class Subject:
    """A network and the image that it is given."""

    network: str
    shown: Shown

    @property
    def loaded(self) -> "Pretrained":
        """The network in eval mode, never to be changed, with labels and preprocessing."""
        return named_networks.loaded(self.network)

    @property
    def trace(self) -> TokenTrace:
        """What the network makes of every token."""
        return networks.traced(self.network, self.shown.key, self.shown)

    @property
    def x(self) -> "Tensor":
        """The network's input, (1, 3, H, W)."""
        return named_networks.network_input(self.network, self.shown.key, self.shown)[0]

    @property
    def image(self) -> Image.Image:
        """The image as the network gets it."""
        return named_networks.network_input(self.network, self.shown.key, self.shown)[1]

    @property
    def labels(self) -> tuple[str, ...]:
        """A name for every class in the reader's language; numbers where they have none."""
        known = names.class_names(self.loaded.labels)
        return known or tuple(f"#{i}" for i in range(len(self.trace.logits)))

    @property
    def prediction(self) -> Prediction:
        """The most probable classes, with the probabilities of all."""
        logits = self.trace.logits
        powers = np.exp(logits - logits.max())
        order = np.argsort(-logits, kind="stable")[:5]
        return Prediction(
            logits=logits,
            probabilities=powers / powers.sum(),
            top=tuple(map(int, order)),
            labels=self.labels,
            seconds=0.0,
        )


def choose() -> Subject:
    """One row of controls: network and image; a sentence where the network is untrained."""
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        network = named_networks.choose("vit_net", networks.options())
    with right:
        shown = picture.choose()
    if not named_networks.is_trained(network):
        st.caption(t("vit.choose.note"))
    return Subject(network, shown)


def start(subject: Subject) -> int | None:
    """From which token attention is looked at: the number of a patch, or None for the token that
    the classifier reads (of networks without one: the mean of all patches)."""
    kind: Any = st.segmented_control(
        t("vit.choose.start"),
        (TOKEN, PATCH),
        format_func=lambda one: t(
            f"vit.choose.{'mean' if one == TOKEN and not subject.trace.reads_token else one}"
        ),
        key=choice("vit_from", (TOKEN, PATCH), TOKEN, link="from"),
        required=True,
    )
    number = patch(subject)
    return None if kind == TOKEN else number


def patch(subject: Subject) -> int:
    """The chosen patch, row by row."""
    rows, columns = subject.trace.grid
    middle = rows // 2 * columns + columns // 2
    key = choice("vit_patch", range(rows * columns), middle, link="patch")
    number: int = st.session_state[key]
    return number


def take_patch(number: Any) -> None:
    """A patch was clicked: it is chosen, and attention is looked at from there."""
    put("vit_patch", int(number))
    put("vit_from", PATCH)


def patch_names(grid: tuple[int, int], values: "NDArray[np.floating] | None" = None) -> list[str]:
    """What every patch says on hover: its number, row and column, and its value if any."""
    columns = grid[1]
    told = []
    for number in range(grid[0] * columns):
        place = t("vit.patch.place", n=number, row=number // columns, column=number % columns)
        value = "" if values is None else f"<br>{values.flat[number]:.4g}".replace("-", "−")
        told.append(place + value)
    return told


def choose_class(subject: Subject) -> int:
    """The class to explain; the predicted one to begin with."""
    classes = range(len(subject.labels))
    key = f"vit_class_{subject.network}_{subject.shown.key}"
    target: int = st.selectbox(
        t("vit.choose.class"),
        classes,
        format_func=subject.labels.__getitem__,
        key=choice(key, classes, subject.prediction.top[0], link="class"),
    )
    return target
