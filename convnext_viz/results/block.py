"""Records of what was measured inside one block."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Operation:
    """One operation of a block on one picture: what it put out."""

    name: str  # "input", the module's name in the block, "shortcut", "sum"
    values: NDArray[np.float32]  # (C, H, W)
    inputs: tuple[str, ...] = ()  # names of the operations whose outputs it was given

    @property
    def negative(self) -> float:
        """Share of values below zero, 0 … 1."""
        return float(np.mean(self.values < 0))

    @property
    def zero(self) -> float:
        """Share of values that are exactly zero, 0 … 1."""
        return float(np.mean(self.values == 0))

    @property
    def mean(self) -> float:
        """Mean over all channels and positions."""
        return float(self.values.mean(dtype=np.float64))

    @property
    def std(self) -> float:
        """Standard deviation over all channels and positions."""
        return float(self.values.std(dtype=np.float64))

    @property
    def norm(self) -> float:
        """Euclidean length of all values."""
        return float(np.sqrt(np.square(self.values, dtype=np.float64).sum()))


@dataclass(frozen=True, kw_only=True, eq=False)
class BlockTrace:
    """A block's operations on one picture in the order in which they run, the input first."""

    operations: tuple[Operation, ...]

    def operation(self, name: str) -> Operation:
        """The operation of that name; ``KeyError`` if there is none."""
        return {operation.name: operation for operation in self.operations}[name]

    def before(self, name: str) -> tuple[Operation, ...]:
        """What the operation was given; the input is its own."""
        return tuple(self.operation(given) for given in self.operation(name).inputs or (name,))


@dataclass(frozen=True, kw_only=True)
class Timing:
    """One way of computing in one memory format."""

    way: str  # "channels_first" or "channels_last": how the block is written
    memory: str  # "contiguous" (NCHW) or "channels_last" (NHWC): how the input lies in memory
    seconds: float  # median of the rounds
    quartiles: tuple[float, float]  # a quarter of the rounds took less, a quarter more, seconds
    rounds: int  # all ways once a round, one after the other


@dataclass(frozen=True, kw_only=True)
class WaysCompared:
    """The two ways of writing a block on the same input with the same weights."""

    difference: float  # largest absolute difference of the two outputs
    largest: float  # largest absolute value of the first output
    timings: tuple[Timing, ...]
    shape: tuple[int, int, int, int]  # (N, C, H, W) of the input
    threads: int  # torch used so many


@dataclass(frozen=True, kw_only=True)
class BranchShare:
    """How much a block's branch adds to what goes past it, on one picture."""

    name: str  # "stage3.blocks.4"
    share: float  # ‖branch‖ / ‖shortcut‖, Euclidean
    plain: float  # the same without layer scale
