"""Class names from a visitor's file: a line each, or JSON; checked before they are used."""

import json
from collections.abc import Mapping
from typing import Any

from convnext_viz.nets.weights import WeightsError
from convnext_viz.text import t

LONGEST = 2_000_000  # bytes; 21,841 names of ImageNet take half a megabyte


def read_class_names(data: bytes | str, classes: int) -> tuple[str, ...]:
    """A name for each of ``classes`` classes, in the order of the outputs.

    One name a line; or JSON: a list of names, ``{"0": "cat", …}``, ``{"cat": 0, …}``, or Keras'
    ``{"0": ["n02123045", "tabby"], …}``. A network with one output has two classes: both have a
    name, the class 0 first, or only the one that the output means. That one comes first in what is
    returned. Raises WeightsError, which says what is wrong.
    """
    if len(data) > LONGEST:
        raise WeightsError(t("nets.names.large", limit=LONGEST / 1e6))
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
    except UnicodeDecodeError as error:
        raise WeightsError(t("nets.names.no_text")) from error
    text = text.strip()
    if text[:1] not in ("[", "{"):
        return _checked([one.strip() for one in text.splitlines()], classes)
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WeightsError(t("nets.names.json", reason=error)) from error
    return names_in(given, classes)


def names_in(given: Any, classes: int) -> tuple[str, ...]:
    """The same for what JSON or a checkpoint holds: names in a list, or numbered either way."""
    if isinstance(given, Mapping):
        given = _in_order({str(name): value for name, value in given.items()})
    if not isinstance(given, list | tuple):
        raise WeightsError(t("nets.names.form"))
    # Keras stores WordNet's number in front of each name.
    names = [one[-1] if isinstance(one, list) and one else one for one in given]
    if not all(isinstance(one, str) for one in names):
        raise WeightsError(t("nets.names.form"))
    return _checked([one.strip() for one in names], classes)


def _checked(names: list[str], classes: int) -> tuple[str, ...]:
    if "" in names:
        raise WeightsError(t("nets.names.empty", number=names.index("") + 1))
    if classes == 1 and len(names) == 2:
        names = names[::-1]
    elif len(names) != classes:
        raise WeightsError(t("nets.error.labels", labels=len(names), classes=classes))
    return tuple(names)


def _in_order(given: dict[str, Any]) -> list[Any]:
    """The names of an object that numbers them, either way round."""
    if given and all(type(value) is int for value in given.values()):
        given = {str(number): name for name, number in given.items()}
    numbers = [str(number) for number in range(len(given))]
    if set(given) != set(numbers):
        raise WeightsError(t("nets.names.numbers", last=max(0, len(given) - 1)))
    return [given[number] for number in numbers]
