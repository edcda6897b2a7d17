"""A dialect: how one library or repository names the weights of a family, as a row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

State = Mapping[str, Tensor]
Shapes = Mapping[str, tuple[int, ...]]

Names = Mapping[str, str | None]
"""How a name begins there → how it begins here; the first entry that fits counts.

``{stage}`` and ``{block}`` stand for numbers. What becomes None is no part of the network.
"""


def _same_number(stage: int) -> int:
    return stage


def _same_spec(spec: Any, _: State) -> Any:
    return spec


def _same_tensors(state: State) -> State:
    return state


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How one library or repository names the weights of a family.

    ``spec`` reads the network off the shapes (our names) and the state (their names); it raises
    KeyError, IndexError or ValueError where no spec of the family has such weights. ``reshaped``
    gives the weight of one of our names the shape that it has here. ``joined`` makes of all
    weights with our names those that we have, where one of theirs is two of ours, or two are one.
    ``published`` is the spec of a named network as its published file (our names) has it: some
    files end before the last norm.
    """

    anchor: str  # how a weight's name begins that no other dialect has
    names: Callable[[State], Names]
    spec: Callable[[Shapes, State], Any]
    reshaped: Callable[[str, Tensor], Tensor]
    joined: Callable[[State], State] = _same_tensors
    stage: Callable[[int], int] = _same_number  # our number of a stage, from theirs
    published: Callable[[Any, State], Any] = _same_spec


def under(theirs: str, ours: str, names: Names) -> dict[str, str | None]:
    """The names of a part, put where the part is."""
    return {theirs + old: new if new is None else ours + new for old, new in names.items()}
