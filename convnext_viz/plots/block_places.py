"""Layout of the map of a block: its operations in one row, and the shortcuts around them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from convnext_viz.plans import Layer, Residual, Step, walk

ARC = 0.88  # height of the lowest way around
_LEVEL = 0.28  # from one way around to the next
_FORK = -1.05  # where ways around leave, from the first operation
_GAP = 0.75  # room for the fork of a residual behind another


@dataclass(frozen=True)
class Placed:
    """An operation, or a sum where it has no layer, and where it stands."""

    x: float
    y: float  # 0 along the row, else the height of its way around
    layer: Layer | None


@dataclass(frozen=True)
class Way:
    """A branch around a residual's first one, from its fork to its sum; empty: the identity."""

    start: float
    end: float
    y: float
    layers: tuple[Placed, ...]


@dataclass(frozen=True)
class Places:
    """Where everything stands: x in columns."""

    row: tuple[Placed, ...]  # the way that sees furthest, sums included
    ways: tuple[Way, ...]
    end: float

    @property
    def layers(self) -> tuple[tuple[Layer, Placed], ...]:
        """All operations, those on ways around last."""
        placed = (*self.row, *(one for way in self.ways for one in way.layers))
        return tuple((one.layer, one) for one in placed if one.layer)

    @property
    def highest(self) -> float:
        """Height of the highest way around."""
        return max((way.y for way in self.ways), default=ARC)

    @classmethod
    def of(cls, steps: Iterable[Step]) -> "Places":
        """Columns one after the other, with room for the fork of a residual behind another."""
        row: list[Placed] = []
        ways: list[Way] = []
        x, fork, residual = 0.0, _FORK, None
        for visit in walk(steps):
            if visit.residual is not residual:
                x += _GAP if row and visit.residual else 0
                fork, residual = x + _FORK, visit.residual
            if visit.aside:
                continue
            row.append(Placed(x, 0, visit.layer))
            if residual and visit.layer is None:
                ways += _around(residual, fork, x)
            x += 1
        return cls(tuple(row), tuple(ways), x)


def _around(residual: Residual, fork: float, plus: float) -> Iterator[Way]:
    for level, branch in enumerate(residual.branches[1:]):
        y, step = ARC + _LEVEL * level, (plus - fork) / (len(branch.layers) + 1)
        placed = (Placed(fork + step * i, y, one) for i, one in enumerate(branch.layers, start=1))
        yield Way(fork, plus, y, tuple(placed))
