"""Peak activation: how many values a network keeps in memory at the same time."""

from collections.abc import Iterator
from math import prod

from convnext_viz.plans.kind import Shape
from convnext_viz.plans.structure import Plan, Residual, Step


def peak(described: Plan) -> int:
    """The largest number of values that are needed at the same time, for one image.

    Each layer has an output of its own, and a value is freed after its last use. A block's input is
    thus kept until its last branch has read it, and the outputs of its branches until they are
    added up. Frameworks that compute in place or merge layers need less; libraries of convolutions
    may need more. Ding et al. 2021, section 3.1, Figure 3, counts in the same way.
    """
    return max(max(_kept(step)) for step in _steps(described))


def _steps(described: Plan) -> Iterator[Step]:
    for stage in described.stages:
        if stage.own:
            yield stage.own
        for block in stage.blocks:
            yield from block.steps


def _kept(step: Step) -> Iterator[int]:
    """Values kept while each of its layers runs."""
    if not isinstance(step, Residual):
        yield from (_values(one.in_shape) + _values(one.out_shape) for one in step)
        return
    shape = step.branches[0].layers[0].in_shape
    done = 0  # values of the branches that have run
    for number, branch in enumerate(step.branches):
        last = number == len(step.branches) - 1
        for place, layer in enumerate(branch.layers):
            given = _values(layer.in_shape) if place else 0
            still = _values(shape) if not (last and place) else 0
            yield still + done + given + _values(layer.out_shape)
        done += _values(branch.layers[-1].out_shape if branch.layers else shape)
    yield done
    yield from (_values(one.in_shape) + _values(one.out_shape) for one in step.after)


def _values(shape: Shape) -> int:
    return prod(shape)
