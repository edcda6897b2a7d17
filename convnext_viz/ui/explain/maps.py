"""Maps of a subject: quick ones at once, slow ones in the background, each computed once.

What took long is cached for all visitors, under words that say all it depends on.
"""

from collections.abc import Callable, Iterator
from typing import Any

import streamlit as st

from convnext_viz import explain
from convnext_viz.explain.maps.methods import CAMS
from convnext_viz.explain.maps.progress import as_generator
from convnext_viz.numbers import compact, duration
from convnext_viz.results import Attribution, IntegratedGradients, Progress
from convnext_viz.text import t
from convnext_viz.ui import jobs
from convnext_viz.ui.explain import cached
from convnext_viz.ui.explain.records import MapRequest, Subject
from convnext_viz.ui.lru import LRU

AT_ONCE = 10e9  # multiply-adds that begin without being asked: about a second on two cores
_MOST = 256  # records in the cache; the largest, a number for each pixel, take half a megabyte


@st.cache_resource
def _slow_records() -> LRU[Any]:
    return LRU(_MOST)


def found(request: MapRequest) -> Attribution | IntegratedGradients | None:
    """A class-activation map at once; any other if it was made before, else None."""
    if request.method in CAMS:
        maps = cached.captured(
            request.subject, request.target, request.contrast, (request.stage,)
        ).maps
        return next(one for one in maps if one.method == request.method)
    return _slow_records().get(request.key)


def awaited_map(place: str, request: MapRequest, *, title: str, at_once: bool) -> bool:
    """Whether a slow map has just been made; until then the page shows how far it is."""

    def steps() -> Iterator[Any]:
        return as_generator(
            lambda hear: explain.attribute(
                request.subject.pretrained.net,
                request.subject.x,
                request.method,
                stage=request.stage,
                target=request.target,
                contrast=request.contrast,
                on_progress=hear,
                **dict(request.parameters),
            )
        )

    made = jobs.awaited(
        place,
        request.key,
        stored(request.key, steps),
        title=title,
        at_once=at_once,
        why="" if at_once else costs(request.subject, request.macs),
    )
    if made is not None:
        _slow_records().put(request.key, made)  # the job's result may have outlived it there
    return made is not None


def stored(key: str, steps: Callable[[], Iterator[Any]]) -> Callable[[], Iterator[Any]]:
    """Steps of progress that end with a record, which is cached when it is there."""
    records = _slow_records()  # the job's thread knows nothing of Streamlit

    def run() -> Iterator[Any]:
        for step in steps():
            if not isinstance(step, Progress):
                records.put(key, step)
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
    """The record of that key, from the cache or from a job that makes it; None until it is there.

    A cheap one begins by itself; before a dear one the visitor reads what it costs, and decides.
    """
    known = _slow_records().get(key)
    if known is not None:
        return known
    return jobs.awaited(
        place,
        key,
        stored(key, steps),
        title=title,
        at_once=macs <= AT_ONCE,
        why=costs(subject, macs),
    )


def costs(subject: Subject, macs: int) -> str:
    """What a computation takes on this server, in words."""
    # As long a multiply-add as in the one forward pass behind the bars.
    seconds = macs * cached.prediction(subject).seconds / max(1, subject.plan.macs)
    return t(
        "explain_maps.costs",
        macs=compact(macs, "MACs"),
        time=duration(seconds),
        limit=compact(AT_ONCE, "MACs"),
    )
