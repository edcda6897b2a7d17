"""Chains of layers: operations without a place yet, run from where the net stands."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from convnext_viz.plans.kind import Shape
from convnext_viz.plans.kinds import KINDS, Layer
from convnext_viz.plans.structure import Branch, Residual


class Op(NamedTuple):
    """A layer before it knows its place; the fields are those of :class:`Layer`."""

    name: str
    kind: str
    channels: int  # of the output
    kernel_size: int = 1
    stride: int = 1
    padding: int = 0
    groups: int = 1
    bias: bool = False
    rate: float = 0.0
    eps: float = 0.0
    init: float = 1.0
    heads: int = 0
    window: int = 0
    shift: int = 0
    hidden: int = 0
    prefix: int = 0
    reach: int = 0
    table: Shape = ()


class At(NamedTuple):
    """Where in the net a layer starts."""

    shape: Shape
    field: int = 1  # receptive field so far, pixels
    jump: int = 1
    grid: Shape = ()  # rows and columns of the tokens


def chain(prefix: str, ops: Iterable[Op], at: At) -> tuple[tuple[Layer, ...], At]:
    """The layers of the ops, run one after the other from ``at``, and where they end."""
    layers = []
    shape, field, jump, grid = at
    for op in ops:
        name, kind, channels, kernel, stride, padding = op[:6]
        reshape = KINDS[kind].reshape
        if reshape is not None:
            out = reshape(shape, op)
            if len(out) == 2 and len(shape) == 3:
                grid = shape[1:]
        elif len(shape) < 3:
            out = (*shape[:-1], channels)
        elif stride == 1 and kernel == 2 * padding + 1:
            out = (channels, shape[1], shape[2])
        else:
            # The same floor as torch: what does not fill a full step at the border is left out.
            height = (shape[1] + 2 * padding - kernel) // stride + 1
            width = (shape[2] + 2 * padding - kernel) // stride + 1
            out = (channels, height, width)
        if len(out) != 2:
            grid = ()
        field += (kernel - 1) * jump
        if op.reach:
            side = max(grid or shape[1:])
            further = side if op.reach < 0 else op.reach
            field = max(field, min(field + further * jump, side * jump))
        jump *= stride
        layers.append(Layer(f"{prefix}.{name}", kind, shape, out, *op[3:], field, jump, grid))
        shape = out
    return tuple(layers), At(shape, field, jump, grid)


def residual(
    name: str, branches: Mapping[str, Iterable[Op]], at: At, *, after: Iterable[Op] = ()
) -> tuple[Residual, At]:
    """Parallel branches from ``at``, and what follows their sum; no ops are the identity.

    The first branch is the one that sees furthest: where it ends, the sum stands. What a branch
    padded, as attention in windows does, the sum leaves out.
    """
    planned = [(key, *chain(f"{name}.{key}", ops, at)) for key, ops in branches.items()]
    end = planned[0][2]
    summed = tuple(map(min, zip(*(last.shape for _, _, last in planned), strict=True)))
    behind, end = chain(f"{name}.after", after, end._replace(shape=summed))
    return Residual(name, tuple(Branch(key, layers) for key, layers, _ in planned), behind), end
