"""Times of several calls measured side by side, so that a busy moment slows all of them alike."""

from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter, sleep


def interleaved(
    calls: Mapping[str, Callable[[], object]],
    *,
    rounds: int = 15,
    warm_up: int = 2,
    rest: float = 0.0,
) -> dict[str, list[float]]:
    """Seconds of every call in every round; a round makes each call once, in turn.

    Every second round runs backwards, so that no call always follows the same one. ``rest`` (s)
    before each call lets what others left running come to its end.
    """
    names = list(calls)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for i in range(-warm_up, rounds):
        for name in names if i % 2 == 0 else reversed(names):
            sleep(rest)
            start = perf_counter()
            calls[name]()
            if i >= 0:
                seconds[name].append(perf_counter() - start)
    return seconds


def medians(seconds: Mapping[str, list[float]]) -> dict[str, float]:
    """The median of each call, in seconds."""
    return {name: median(values) for name, values in seconds.items()}


def ratio(seconds: Mapping[str, list[float]], one: str, other: str) -> float:
    """How many times longer ``one`` takes than ``other``: the median of the rounds' ratios."""
    return median(a / b for a, b in zip(seconds[one], seconds[other], strict=True))
