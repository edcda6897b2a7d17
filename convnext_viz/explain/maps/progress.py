"""Progress of a long computation: a callback that hears it, and the same as a generator."""

import contextvars
import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Any, TypeVar

from convnext_viz.results import Progress

OnProgress = Callable[[int, int], None]
"""Hears how much is done, of how much; what it raises ends the computation."""

T = TypeVar("T")


def ignore(done: int, total: int) -> None:
    """Nobody hears the progress."""


class _Left(Exception):
    """Nobody asks for more."""


def as_generator(call: Callable[[OnProgress], T]) -> Iterator[Progress | T]:
    """A call that reports its progress, as a generator: its progress, and at last its result.

    ``*_, found = as_generator(lambda hear: occlusion(net, x, on_progress=hear))``. The call runs
    in a thread of its own; it ends when no more is wanted. What it raises is raised here.
    """
    last_seen: SimpleQueue[tuple[str, Any]] = SimpleQueue()
    left = threading.Event()

    def on_progress(done: int, total: int) -> None:
        if left.is_set():
            raise _Left
        last_seen.put(("progress", Progress(done=done, total=total)))

    def run() -> None:
        try:
            last_seen.put(("result", call(on_progress)))
        except BaseException as failure:  # raised again where somebody listens
            last_seen.put(("failure", failure))

    # The language belongs to a context: the thread's is a copy of the caller's.
    thread = threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True)
    thread.start()
    try:
        while True:
            kind, what = last_seen.get()
            if kind == "failure":
                raise what
            yield what
            if kind == "result":
                return
    finally:
        left.set()
        thread.join()  # not longer than one pass: who stopped it may start the next one
