"""Classes of a network: their number and names, and which of two lists are the same by name.

A network with one output tells two classes apart: class 0, which the output means, and the other
one (``outputs.py``)."""

from collections.abc import Sequence
from functools import lru_cache

from convnext_viz.text import t


def class_count(outputs: int) -> int:
    """How many classes a network with so many outputs tells apart."""
    return 2 if outputs == 1 else outputs


def class_labels(labels: Sequence[str], outputs: int) -> tuple[str, ...]:
    """A name for every class. Of one output: "cat" and "not cat", unless both have names."""
    if outputs != 1 or len(labels) > 1:
        return tuple(labels)
    name = labels[0] if labels else "#0"
    return name, t("explain.classes.other", label=name)


def matched(names: Sequence[str], labels: Sequence[str]) -> tuple[int, ...] | None:
    """For each of ``names`` the place of the same name in ``labels``; None unless all are there.

    Capital letters, and whether words are joined by a space, a hyphen or an underscore, make no
    difference. Of labels that are alike the first one counts.
    """
    places = _places(tuple(labels))
    found = [places.get(_plain(name)) for name in names]
    return None if not found or None in found else tuple(p for p in found if p is not None)


def first_known(names: Sequence[str], labels: Sequence[str]) -> int | None:
    """The place in ``labels`` of the first of ``names`` that is there, compared as above."""
    places = _places(tuple(labels))
    return next((places[_plain(name)] for name in names if _plain(name) in places), None)


@lru_cache(maxsize=16)
def _places(labels: tuple[str, ...]) -> dict[str, int]:
    return {_plain(label): place for place, label in reversed(list(enumerate(labels)))}


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())
