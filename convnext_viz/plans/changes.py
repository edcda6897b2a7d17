"""Changes between two plans: which parts of the networks differ, and in which operations."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from convnext_viz.plans.kind import channels
from convnext_viz.plans.kinds import Layer
from convnext_viz.plans.structure import Plan, Stage, Step, walk


@dataclass(frozen=True)
class ChangedPart:
    """A part of both networks that is not built alike.

    ``name`` is ``"stem"``, ``"head"``, ``"first"`` (what stands where a stage's resolution halves:
    the first block of ``stage`` and the layers before it) or ``"block"`` (its last block).
    ``was`` and ``now`` are steps, the others names of the layers that only one of both has.
    """

    name: str
    stage: str
    was: tuple[Step, ...]
    now: tuple[Step, ...]
    removed: tuple[str, ...]
    added: tuple[str, ...]


def changed_parts(before: Plan, after: Plan, *, stage: str = "stage2") -> tuple[ChangedPart, ...]:
    """The parts that differ, in the order in which they run; blocks are those of ``stage``."""
    places = {
        "stem": ("stem", _own),
        "first": (stage, _first),
        "block": (stage, _last),
        "head": ("head", _own),
    }
    found = []
    for name, (of, part) in places.items():
        was, now = part(before.stage(of)), part(after.stage(of))
        removed, added = _differences(was, now)
        if removed or added:
            found.append(ChangedPart(name, of, was, now, removed, added))
    return tuple(found)


def _own(stage: Stage) -> tuple[Step, ...]:
    return (stage.own,)


def _first(stage: Stage) -> tuple[Step, ...]:
    return (*((stage.own,) if stage.own else ()), *stage.blocks[0].steps)


def _last(stage: Stage) -> tuple[Step, ...]:
    return stage.blocks[-1].steps


def _differences(
    was: Sequence[Step], now: Sequence[Step]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the layers of the one that have no counterpart in the other, and the reverse."""
    left, right = _layers(was), _layers(now)
    was_signs = [_sign(layer, aside) for layer, aside in left]
    now_signs = [_sign(layer, aside) for layer, aside in right]
    alike = SequenceMatcher(None, was_signs, now_signs, autojunk=False)
    removed = {layer.name for layer, _ in left}
    added = {layer.name for layer, _ in right}
    for start, other, length in alike.get_matching_blocks():
        removed -= {layer.name for layer, _ in left[start : start + length]}
        added -= {layer.name for layer, _ in right[other : other + length]}
    return (
        tuple(layer.name for layer, _ in left if layer.name in removed),
        tuple(layer.name for layer, _ in right if layer.name in added),
    )


def _layers(steps: Sequence[Step]) -> list[tuple[Layer, bool]]:
    return [(visit.layer, visit.aside) for visit in walk(steps) if visit.layer]


def _sign(layer: Layer, aside: bool) -> tuple[object, ...]:
    """What makes a layer the same operation in both networks, whatever it is called."""
    return (
        layer.kind,
        channels(layer.in_shape),
        channels(layer.out_shape),
        layer.kernel_size,
        layer.stride,
        layer.groups,
        aside,
    )
