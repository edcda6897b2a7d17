"""Records of what was measured of a net that looks at images."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Prediction:
    """What a net says about one picture."""

    logits: NDArray[np.float32]  # (classes,)
    probabilities: NDArray[np.float32]  # (classes,) sum 1: softmax, or sigmoid of an only output
    top: tuple[int, ...]  # the k most probable classes, the first one most
    labels: tuple[str, ...]  # a name for every class; empty where the names are not known
    seconds: float  # the forward pass took

    def label(self, target: int) -> str:
        """A class's name, or ``#7`` where the names are not known."""
        return self.labels[target] if self.labels else f"#{target}"


Nothing = Literal["", "cancelled", "saturated", "empty", "flat"]
"""Why a map shows nothing: the sum cancelled to rounding; the score does not move; nothing speaks
for the class; all cells are alike."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Attribution:
    """Where in one picture a class's score comes from, as one stage of a net sees it."""

    method: str
    stage: str
    target: int  # class
    score: float  # its logit
    values: NDArray[np.float32]  # (h, w) of the stage; for class-activation maps not negative
    image_size: tuple[int, int]  # (height, width) of the net's input, pixels
    seconds: float  # forward and backward pass took
    contrast: int | None = None  # a second class: score and map are of the logits' difference
    remaining: float = float("nan")  # of the magnitudes that were summed, 0 … 1; NaN: no sum
    nothing: Nothing = ""  # why it shows nothing; "" where it shows something

    @property
    def attribution(self) -> "Attribution":
        """The map itself, as of records that hold one."""
        return self

    def label(self, labels: Sequence[str] = ()) -> str:
        """What it explains: ``"cat"``, ``"cat − dog"``, or ``"#7"`` where names are not known."""
        classes = [i for i in (self.target, self.contrast) if i is not None]
        return " − ".join(labels[i] if labels else f"#{i}" for i in classes)


Order = Literal["mean", "max", "number"]


@dataclass(frozen=True, kw_only=True)
class Channel:
    """One channel of a stage for one picture, in numbers; ranks begin with 1, equals share one."""

    number: int
    count: int  # channels of the stage
    mean: float
    deviation: float
    smallest: float
    largest: float
    largest_at: tuple[int, int]  # row and column
    negative: float  # share of cells below zero, 0 … 1
    rank_mean: int
    rank_max: int


@dataclass(frozen=True, kw_only=True, eq=False)
class FeatureMaps:
    """What one stage of a net makes of one picture."""

    stage: str
    values: NDArray[np.float32]  # (C, h, w)

    def ordered(self, by: Order) -> tuple[int, ...]:
        """All channels: those of the largest mean or maximum first, or by their numbers."""
        if by == "number":
            return tuple(range(len(self.values)))
        size = self.values.mean((1, 2)) if by == "mean" else self.values.max((1, 2))
        return tuple(map(int, np.argsort(-size, kind="stable")))

    def strongest(self, count: int) -> tuple[int, ...]:
        """The channels of the largest mean activation, the first one largest."""
        return self.ordered("mean")[:count]

    def channel(self, number: int) -> Channel:
        """One channel in numbers."""
        values = self.values[number]
        row, column = np.unravel_index(int(values.argmax()), values.shape)
        means, largest = self.values.mean((1, 2)), self.values.max((1, 2))
        return Channel(
            number=number,
            count=len(self.values),
            mean=float(values.mean()),
            deviation=float(values.std()),
            smallest=float(values.min()),
            largest=float(values.max()),
            largest_at=(int(row), int(column)),
            negative=float((values < 0).mean()),
            rank_mean=1 + int((means > means[number]).sum()),
            rank_max=1 + int((largest > largest[number]).sum()),
        )

    def span(self) -> tuple[float, float]:
        """A colour scale that holds all channels: around zero if any is negative, else from 0."""
        limit = float(np.abs(self.values).max()) or 1.0
        return (-limit if bool((self.values < 0).any()) else 0.0, limit)


@dataclass(frozen=True, kw_only=True, eq=False)
class Classified:
    """What a net takes the pictures of a set for."""

    targets: NDArray[np.int64]  # (N,) the most probable class; -1 where there was no picture
    probabilities: NDArray[np.float32]  # (N,) of that class
