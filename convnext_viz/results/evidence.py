"""Records of evidence about maps: whether they hold, how far a net sees, what activates it most."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from convnext_viz.results.explaining import Attribution


@dataclass(frozen=True, kw_only=True)
class Progress:
    """A long measurement under way: a place to show progress, and to stop."""

    done: int
    total: int


@dataclass(frozen=True, kw_only=True, eq=False)
class IntegratedGradients:
    """Integrated gradients, and whether they are complete."""

    attribution: Attribution
    total: float  # sum of the attributions of all numbers of the input
    difference: float  # score of the input less score of the baseline: what the sum should be
    steps: int

    @property
    def gap(self) -> float:
        """What the sum lacks or has too much; 0 by the completeness axiom, unit of a logit."""
        return self.total - self.difference


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """A method that is no method on this net: what it gave, next to what it ought not to be."""

    method: str
    same_as: str  # the simpler quantity that it was compared with; "" where it failed
    difference: float  # largest absolute difference of the two; NaN where it failed
    largest: float  # largest absolute value of the simpler one
    total: float  # sum of the method's attributions
    score_difference: float  # what the sum ought to be by the method's own promise; NaN: none
    error: str  # what it raised; "" where it ran
    remaining: Mapping[str, float] = field(default_factory=dict)  # by stage, of a class-activation
    # map: its largest sum as a share of the magnitudes that were summed


@dataclass(frozen=True, kw_only=True, eq=False)
class Faithfulness:
    """A class's probability while pixels go (deletion) and while they come (insertion)."""

    fractions: NDArray[np.float64]  # (steps + 1,) of the pixels, from 0 to 1
    deletion: NDArray[np.float64]  # (steps + 1,) most important pixels first
    insertion: NDArray[np.float64]  # (steps + 1,)
    random_deletion: NDArray[np.float64]  # (maps, steps + 1) in the order of random maps
    random_insertion: NDArray[np.float64]  # (maps, steps + 1)

    def areas(self) -> dict[str, float]:
        """Area under each curve, 0 … 1; random ones averaged over their maps."""
        curves = {
            "deletion": self.deletion,
            "insertion": self.insertion,
            "random_deletion": self.random_deletion.mean(0),
            "random_insertion": self.random_insertion.mean(0),
        }
        return {name: float(np.trapezoid(y, self.fractions)) for name, y in curves.items()}

    def beaten(self) -> dict[str, int]:
        """How many of the random maps the map beats: by a smaller area in deletion, a larger one in
        insertion."""
        own = self.areas()
        random = {
            "deletion": np.trapezoid(self.random_deletion, self.fractions),
            "insertion": np.trapezoid(self.random_insertion, self.fractions),
        }
        return {
            "deletion": int((own["deletion"] < random["deletion"]).sum()),
            "insertion": int((own["insertion"] > random["insertion"]).sum()),
        }

    @property
    def reach(self) -> float:
        """How far the probability moves in any of the curves: where it hardly does, areas of curves
        say nothing."""
        curves = (self.deletion, self.insertion, self.random_deletion, self.random_insertion)
        return float(max(one.max() for one in curves) - min(one.min() for one in curves))


@dataclass(frozen=True, kw_only=True, eq=False)
class RandomizedMap:
    """A map after the weights from the head down to ``depth`` were shuffled."""

    depth: str  # the child shuffled last: "head", "stage4", …
    similarity: float  # rank correlation with the map of the untouched net; NaN for a flat map
    attribution: Attribution


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle of pixels, ``bottom`` and ``right`` excluded; may reach beyond the picture."""

    top: int
    left: int
    bottom: int
    right: int

    def clipped(self, height: int, width: int) -> "Box":
        """The part of it within a picture of that size."""
        return Box(
            top=max(self.top, 0),
            left=max(self.left, 0),
            bottom=min(self.bottom, height),
            right=min(self.right, width),
        )

    def middle(self, side: int) -> "Box":
        """The square of ``side`` pixels around its middle."""
        top, left = (self.top + self.bottom - side) // 2, (self.left + self.right - side) // 2
        return Box(top=top, left=left, bottom=top + side, right=left + side)

    @property
    def area(self) -> int:
        """Square pixels; 0 where clipping has left nothing."""
        return max(0, self.bottom - self.top) * max(0, self.right - self.left)


@dataclass(frozen=True, kw_only=True)
class BoxTest:
    """What a box around the object says about a map and its class; all shares are 0 … 1."""

    box: Box  # pixels of the net's input
    area: float  # its share of the picture: what a map without preference would have in it
    share: float  # of the map's evidence; NaN where the map shows nothing
    probability: float  # of the class, on the whole picture
    without: float  # the same, with the box covered
    alone: float  # the same, with all but the box covered


THRESHOLDS = (0.2, 0.3, 0.5, 0.99)
"""Shares of the score whose squares are compared: those of RepLKNet's table."""


@dataclass(frozen=True, kw_only=True, eq=False)
class EffectiveField:
    """How much each pixel moves one cell of a stage, over some pictures."""

    stage: str
    cell: tuple[int, int]  # row, column
    score: NDArray[np.float64]  # (H, W) gradients without the negative ones, mean of the pictures
    images: int  # that were averaged; those with NaN are left out

    @property
    def scaled(self) -> NDArray[np.float64]:
        """log10(score + 1) divided by its largest value: what RepLKNet's figures show."""
        logs = np.log10(self.score + 1)
        return logs / (logs.max() or 1.0)

    def share(self, threshold: float) -> float | None:
        """Area of the smallest centred square that holds ``threshold`` of ``scaled``, 0 … 1.

        None if no square does. It grows with the gradients' scale and with small pictures: compare
        only fields of one size, and not with published ones of 1024 pixels.
        """
        height, width = self.score.shape
        values, row, column = self.scaled, height // 2, width // 2
        for i in range(1, min(height, width) // 2):
            square = values[row - i : row + i + 1, column - i : column + i + 1]
            if float(square.sum()) > threshold * float(values.sum()):
                return float((2 * i + 1) ** 2 / (height * width))
        return None

    @property
    def deviation(self) -> tuple[float, float]:
        """Standard deviation of ``score`` as a distribution, down and across, pixels."""
        down, across = self.score.sum(1), self.score.sum(0)
        return _deviation(down), _deviation(across)

    @property
    def size(self) -> float:
        """Four times the geometric mean of both deviations, pixels: 95 % of a Gaussian's side."""
        down, across = self.deviation
        return 4 * float(np.sqrt(down * across))


@dataclass(frozen=True, kw_only=True, eq=False)
class FieldPair:
    """The field of one cell in a net as it is, and in the same net with fresh weights."""

    trained: EffectiveField
    fresh: EffectiveField


@dataclass(frozen=True, kw_only=True)
class KernelSize:
    """How far the middle cell of the last stage sees in a fresh net with kernels of one size.

    Deviations are pixels of the input, the mean (geometric) of down and across.
    """

    kernel_size: int
    side: int  # of the theoretical field, pixels
    plain: float  # deviation of plain layers with equal weights in the same places: Luo's sum
    fresh: float  # deviation of the effective field as the net is initialised
    full: float  # the same with layer scale at 1: every branch counts as much as its shortcut


@dataclass(frozen=True, kw_only=True)
class KernelSizes:
    """Fresh nets with kernels of other sizes, next to the net itself and its trained siblings."""

    fresh: tuple[KernelSize, ...]
    trained: float  # deviation of the net's own field, in the same cell over the same pictures
    own: tuple[int, ...]  # its kernel sizes, one a stage
    siblings: tuple[tuple[int, float], ...] = ()  # kernel size and deviation of trained nets

    @property
    def learnt(self) -> tuple[tuple[int, float], ...]:
        """Kernel size and deviation of all that are trained, by size; empty without siblings."""
        own = ((self.own[0], self.trained),) if self.siblings else ()
        return tuple(sorted(own + self.siblings))


@dataclass(frozen=True, kw_only=True, eq=False)
class Kernels:
    """The kernels of one convolution."""

    name: str  # the module's name in the net
    values: NDArray[np.float32]  # (C, k, k), or (C, k, k, 3) where they read red, green and blue

    def centre_share(self, side: int = 3) -> float:
        """Share of the squared weights that lies in the middle ``side`` × ``side``, 0 … 1."""
        edge = max(0, (self.values.shape[1] - side) // 2)
        size = self.values.shape[1]
        squares = self.values.astype(np.float64) ** 2
        total = float(squares.sum())
        inner = float(squares[:, edge : size - edge, edge : size - edge].sum())
        return inner / total if total else float("nan")


@dataclass(frozen=True, kw_only=True, eq=False)
class TopActivating:
    """For every channel of a stage the pictures of a set where it is largest, largest first."""

    stage: str
    pictures: NDArray[np.int64]  # (C, k) places in the set
    values: NDArray[np.float32]  # (C, k) largest activation
    cells: NDArray[np.int64]  # (C, k, 2) row and column of it
    grid: tuple[int, int]  # rows and columns of the stage


def _deviation(weights: NDArray[np.float64]) -> float:
    at = np.arange(len(weights))
    total = weights.sum()
    if total <= 0:
        return float("nan")
    mean = (weights * at).sum() / total
    return float(np.sqrt((weights * (at - mean) ** 2).sum() / total))
