"""Cache of loaded networks: one for all visitors, least recently used out first, within a bound."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from convnext_viz.text import t
from convnext_viz.ui.explain.records import NetworkChoice
from convnext_viz.ui.lru import LRU

if TYPE_CHECKING:
    from convnext_viz.nets import Pretrained

WEIGHTS = 2_000_000_000  # bytes that the networks of all visitors may take together,
NETWORKS = 16  # and how many there are


class _Place:
    """Where a network stands once it is there; those who want it meanwhile wait for one loading.

    The place is shared and not the value, as a download shows its progress on the page, and
    Streamlit would replay that at every visit.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.pretrained: Pretrained | None = None

    def size(self) -> int:
        """Bytes of its weights."""
        if self.pretrained is None:
            return 0
        tensors = self.pretrained.net.state_dict().values()
        return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


@st.cache_resource(show_spinner=False)
def _places() -> LRU[_Place]:
    least = WEIGHTS / NETWORKS  # no network counts for less, so that there are at most so many
    return LRU(WEIGHTS, size=lambda place: max(place.size(), least))


def network(choice: NetworkChoice) -> "Pretrained":
    """The network that was chosen, with a word while it loads; raises WeightsError in words."""
    place = _places().setdefault(choice.weights, _Place())
    with st.spinner(t("explain.status.network")), place.lock:
        if place.pretrained is None:
            try:
                place.pretrained = _loaded(choice)
            finally:
                _places().trim()
        return as_chosen(choice, place.pretrained)


def as_chosen(choice: NetworkChoice, pretrained: "Pretrained") -> "Pretrained":
    """The network with the preprocessing and the class names that its visitor chose."""
    if choice.preprocess is None:
        return pretrained
    return replace(pretrained, preprocess=choice.preprocess, labels=choice.labels)


def is_open(choice: NetworkChoice) -> bool:
    """Whether the network is at hand."""
    place = _places().get(choice.weights)
    return place is not None and place.pretrained is not None


def _loaded(choice: NetworkChoice) -> "Pretrained":
    from convnext_viz.nets import load_bundled, load_checkpoint, load_pretrained

    if choice.kind == "bundled":
        return load_bundled(choice.name)
    if choice.kind == "lab":
        from convnext_viz.ui.lab import lab

        return lab().network(choice.run, choice.name, choice.seed, step=choice.step)
    if choice.kind == "checkpoint":
        file = Path(choice.path) if choice.path else choice.data
        return load_checkpoint(
            file, name=choice.name, which=choice.which or None, given=dict(choice.given)
        )
    bar = st.progress(0.0)
    try:
        return load_pretrained(choice.name, progress=lambda done, total: _tell(bar, done, total))
    finally:
        bar.empty()


def accuracy(choice: NetworkChoice) -> float:
    """What share of test pictures a bundled network has right."""
    from convnext_viz.nets import load_card

    return load_card(choice.name).accuracy


def _tell(bar: DeltaGenerator, done: int, total: int) -> None:
    share = min(1.0, done / total) if total else 0.0
    bar.progress(share, t("explain.status.download", done=done / 1e6, total=total / 1e6))
