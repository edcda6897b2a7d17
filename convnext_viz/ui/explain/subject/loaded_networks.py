"""Networks at hand: loaded once for all visitors, the ones used last kept, within a bound."""

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from convnext_viz.text import t
from convnext_viz.ui.explain.cached import NetworkChoice

if TYPE_CHECKING:
    from convnext_viz.nets import Pretrained

WEIGHTS = 2_000_000_000  # bytes that the networks of all visitors may take together,
NETWORKS = 16  # and how many are kept


class _Place:
    """Where a network is kept once it is there; those who want it meanwhile wait for one loading.

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


class _Shelf:
    """All places, the one used last at the end; the first ones go when there are too many."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.places: OrderedDict[str, _Place] = OrderedDict()

    def place(self, key: str) -> _Place:
        with self.lock:
            place = self.places.setdefault(key, _Place())
            self.places.move_to_end(key)
            return place

    def trim(self) -> None:
        with self.lock:
            sizes = [place.size() for place in self.places.values()]
            while len(sizes) > 1 and (sum(sizes) > WEIGHTS or len(sizes) > NETWORKS):
                self.places.popitem(last=False)
                sizes.pop(0)


@st.cache_resource(show_spinner=False)
def _shelf() -> _Shelf:
    return _Shelf()


def network(choice: NetworkChoice) -> "Pretrained":
    """The network that was chosen; raises WeightsError in words."""
    place = _shelf().place(choice.key)
    with place.lock:
        if place.pretrained is None:
            try:
                place.pretrained = _loaded(choice)
            finally:
                _shelf().trim()
        return place.pretrained


def is_open(choice: NetworkChoice) -> bool:
    """Whether the network is at hand."""
    place = _shelf().places.get(choice.key)
    return place is not None and place.pretrained is not None


def _loaded(choice: NetworkChoice) -> "Pretrained":
    from convnext_viz.nets import load_bundled, load_checkpoint, load_pretrained

    if choice.kind == "bundled":
        return load_bundled(choice.name)
    if choice.kind == "lab":
        return _arm(choice)
    if choice.kind == "checkpoint":
        return load_checkpoint(choice.data, name=choice.name)
    bar = st.progress(0.0)
    try:
        return load_pretrained(choice.name, progress=lambda done, total: _tell(bar, done, total))
    finally:
        bar.empty()


def _arm(choice: NetworkChoice) -> "Pretrained":
    from convnext_viz.ui.lab import lab

    return lab().network(choice.run, choice.name, choice.seed, step=choice.step)


def accuracy(choice: NetworkChoice) -> float:
    """What share of test pictures a bundled network has right."""
    from convnext_viz.nets import load_card

    return load_card(choice.name).accuracy


def _tell(bar: DeltaGenerator, done: int, total: int) -> None:
    share = min(1.0, done / total) if total else 0.0
    bar.progress(share, t("explain.status.download", done=done / 1e6, total=total / 1e6))
