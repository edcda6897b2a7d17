"""Classifiers as people write them: Dropout and a linear layer, a hidden layer, none at all."""

import re
from typing import NamedTuple

from convnext_viz.nets.checkpoints.dialects.dialect import Names, State

ROOTS = ("fc.", "head.", "classifier.", "linear.", "last_linear.", "heads.")
"""How a classifier's names begin, where no library says it."""


class Head(NamedTuple):
    """The modules of a classifier, by what their names begin with."""

    norms: tuple[str, ...] = ()  # before the linear layers
    linear: tuple[str, ...] = ()  # in the order in which they run
    further: tuple[str, ...] = ()  # with weights of another kind, such as norms after a layer


def head_of(state: State, *roots: str) -> Head:
    """The classifier whose names begin with the first of ``roots`` that has a matrix."""
    for root in roots or ROOTS:
        modules = sorted(
            {
                n.removesuffix("weight")
                for n in state
                if n.startswith(root) and n.endswith("weight")
            },
            key=natural,
        )
        linear = [module for module in modules if is_matrix(state, module)]
        if linear:
            others = [module for module in modules if module not in linear]
            norms = [m for m in others if not _is_numbered(m) or natural(m) < natural(linear[0])]
            further = tuple(module for module in others if module not in norms)
            return Head(tuple(norms), tuple(_in_order(state, linear)), further)
    return Head()


def head_names(state: State, *roots: str) -> Names:
    """The rows of a dialect's table for its classifier: the norm, a hidden layer, the last one."""
    norms, linear, _ = head_of(state, *roots)
    rows: dict[str, str | None] = dict.fromkeys(norms[:1], "head.norm.")
    if len(linear) <= 2:
        rows |= dict(zip(reversed(linear), ("head.fc.", "head.hidden."), strict=False))
    return rows


def norms_of_stages(state: State, start: str = "norm") -> Names:
    """The rows for norms of every stage's map, as networks for detection have them: the last one is
    the network's, if it is the last stage's; the others nothing here reads."""
    found = sorted(
        {match[1] for name in state if (match := re.match(rf"({re.escape(start)}\d+\.)", name))},
        key=natural,
    )
    rows: dict[str, str | None] = dict.fromkeys(found)
    if found:
        rows[found[-1]] = "head.norm."
    return rows


def has_own_norm(state: State) -> bool:
    """Whether someone put a norm of their own into a Sequential: it has torch's usual epsilon.

    torchvision's own Sequential of a norm and a linear layer is another one.
    """
    norms, linear, _ = head_of(state)
    return bool(norms) and _is_numbered(norms[0]) and not linear[0].startswith("classifier.2.")


def is_matrix(state: State, module: str) -> bool:
    """Whether a module is a linear layer, or a 1×1 convolution."""
    shape = state[f"{module}weight"].shape
    return len(shape) == 2 or (len(shape) == 4 and shape[2:] == (1, 1))


def _is_numbered(module: str) -> bool:
    return module.split(".")[-2].isdigit()


def _in_order(state: State, linear: list[str]) -> list[str]:
    """Files may sort their names: what a layer puts out, the next one reads."""
    if len(linear) != 2:
        return linear
    (first_out, first_in), (last_out, last_in) = (state[f"{m}weight"].shape[:2] for m in linear)
    backwards = first_in == last_out and (first_out != last_in or "pre_logits" in linear[1])
    return linear[::-1] if backwards else linear


def natural(name: str) -> list[tuple[int, str]]:
    """A key that sorts 2 before 10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"\.", name)]
