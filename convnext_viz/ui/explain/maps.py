"""Ways from a subject to its maps: quick ones at once, slow ones in the background, each once.

What took long is kept on one shelf for all visitors, under words that say all it depends on.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

import streamlit as st

from convnext_viz.explain.maps.methods import CAMS, METHODS
from convnext_viz.explain.maps.progress import OnProgress, as_generator
from convnext_viz.numbers import compact, duration
from convnext_viz.plans import Plan, plan
from convnext_viz.results import Attribution, IntegratedGradients, Progress
from convnext_viz.text import t
from convnext_viz.ui import jobs
from convnext_viz.ui.explain import cached
from convnext_viz.ui.explain.cached import Subject

if TYPE_CHECKING:
    from torch import Tensor

    from convnext_viz.nets import Pretrained

AT_ONCE = 10e9  # multiply-adds that begin without being asked: about a second on two cores
_KEPT = 256  # records on the shelf; the largest, a number for each pixel, take half a megabyte

Work = Callable[[], Iterator[Any]]


@dataclass(frozen=True, eq=False)
class MapRequest:
    """One map that somebody wants to see."""

    subject: Subject
    method: str
    stage: str
    target: int
    contrast: int | None = None
    parameters: tuple[tuple[str, float], ...] = ()  # of the method, where they are not the usual

    @property
    def key(self) -> str:
        """All that the map depends on, in words."""
        own = ",".join(f"{name}={value}" for name, value in self.parameters)
        parts = (*self.subject.keys, self.method, self.stage, self.target, self.contrast, own)
        return "|".join(map(str, parts))

    def made(self, on_progress: OnProgress) -> Attribution | IntegratedGradients:
        """The map, made here and now."""
        from convnext_viz.explain import attribute

        return attribute(
            self.subject.pretrained.net,
            self.subject.x,
            self.method,
            stage=self.stage,
            target=self.target,
            contrast=self.contrast,
            on_progress=on_progress,
            **dict(self.parameters),
        )

    def macs(self) -> int:
        """Multiply-adds that the map costs."""
        row = METHODS[self.method]
        return row.macs(planned(self.subject), self.stage, dict(self.parameters))


class _Shelf:
    """Records by key, the last ones that were looked at; used by pages and by threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: OrderedDict[str, Any] = OrderedDict()

    def find(self, key: str) -> Any:
        with self._lock:
            if key in self._records:
                self._records.move_to_end(key)
            return self._records.get(key)

    def keep(self, key: str, record: Any) -> None:
        with self._lock:
            self._records[key] = record
            self._records.move_to_end(key)
            while len(self._records) > _KEPT:
                self._records.popitem(last=False)


@st.cache_resource
def _shelf() -> _Shelf:
    return _Shelf()


@dataclass(frozen=True, eq=False)
class Captured:
    """The class-activation maps of one pass there and back, and how long it took."""

    maps: tuple[Attribution, ...]
    seconds: float


def captured(
    subject: Subject, target: int, contrast: int | None, stages: tuple[str, ...]
) -> Captured:
    """All class-activation maps of these stages."""
    words = f"{target}|{contrast}|{','.join(stages)}"
    return _captured(*subject.keys, words, subject.x, subject.pretrained, target, contrast, stages)


@st.cache_resource(max_entries=64, show_spinner=False)
def _captured(
    picture: str,
    net: str,
    words: str,
    _x: "Tensor",
    _pretrained: "Pretrained",
    _target: int,
    _against: int | None,
    _stages: tuple[str, ...],
) -> Captured:
    from convnext_viz.explain import class_activation_maps

    start = perf_counter()
    maps = class_activation_maps(
        _pretrained.net,
        _x,
        _target,
        contrast=_against,
        stages=_stages,
    )
    return Captured(maps, perf_counter() - start)


def found(asked: MapRequest) -> Attribution | IntegratedGradients | None:
    """A class-activation map at once; any other if it was made before, else None."""
    if asked.method in CAMS:
        maps = captured(asked.subject, asked.target, asked.contrast, (asked.stage,)).maps
        return next(one for one in maps if one.method == asked.method)
    kept: Attribution | IntegratedGradients | None = _shelf().find(asked.key)
    return kept


def awaited_map(place: str, asked: MapRequest, *, title: str, at_once: bool) -> bool:
    """Whether a slow map has just been made; until then the page shows how far it is."""
    made = jobs.awaited(
        place,
        asked.key,
        shelved(asked.key, lambda: as_generator(asked.made)),
        title=title,
        at_once=at_once,
        why="" if at_once else costs(asked.subject, asked.macs()),
    )
    if made is not None:
        _shelf().keep(asked.key, made)  # the job's result may have outlived it there
    return made is not None


def shelved(key: str, steps: Callable[[], Iterator[Any]]) -> Work:
    """Steps of progress that end with a record, which is put on the shelf when it is there."""
    shelf = _shelf()  # the job's thread knows nothing of Streamlit

    def run() -> Iterator[Any]:
        for step in steps():
            if not isinstance(step, Progress):
                shelf.keep(key, step)
            yield step

    return run


def awaited(
    place: str,
    key: str,
    steps: Callable[[], Iterator[Any]],
    *,
    subject: Subject,
    title: str,
    macs: int,
) -> Any:
    """The record of that key, from the shelf or from a job that makes it; None until it is there.

    A cheap one begins by itself; before a dear one the visitor reads what it costs, and decides.
    """
    kept = _shelf().find(key)
    if kept is not None:
        return kept
    return jobs.awaited(
        place,
        key,
        shelved(key, steps),
        title=title,
        at_once=macs <= AT_ONCE,
        why=costs(subject, macs),
    )


def costs(subject: Subject, macs: int) -> str:
    """What a computation takes on this server, in words."""
    seconds = macs * _seconds_a_mac(subject)
    return t(
        "explain_maps.costs",
        macs=compact(macs, "MACs"),
        time=duration(seconds),
        limit=compact(AT_ONCE, "MACs"),
    )


def _seconds_a_mac(subject: Subject) -> float:
    """As it was for the one forward pass behind the bars."""
    prediction = cached.prediction(*subject.keys, subject.x, subject.pretrained)
    return prediction.seconds / max(1, planned(subject).macs)


def planned(subject: Subject) -> Plan:
    """The network's plan at the picture's size."""
    return plan(subject.pretrained.spec, (subject.x.shape[-2], subject.x.shape[-1]))
