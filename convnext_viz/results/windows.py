"""Records of attention within windows: who may talk to whom, the table of biases, merging."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Place = tuple[int, int]
"""Row and column of a token."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Windows:
    """A block's attention in shifted windows for one image; all its maps are padded.

    A token's place is that on the map before the roll. ``labels`` are those of the rolled map.
    """

    stage: str
    block: int
    side: int  # M: tokens along a window's side
    shift: Place  # by how many tokens the map was rolled, up and to the left
    size: Place  # rows and columns of the map, padded until windows fill it
    unpadded: Place
    labels: NDArray[np.int64]  # (H, W) which part of the map a position came from
    mask: NDArray[np.float32]  # (windows, M², M²) what is added to the scores
    masked: NDArray[np.float32]  # (windows, heads, M², M²) the weights with the mask
    free: NDArray[np.float32]  # the same without it

    def rolled(self, token: Place) -> Place:
        """Where the roll puts a token."""
        (row, column), (rows, columns), (down, right) = token, self.size, self.shift
        return (row - down) % rows, (column - right) % columns

    def place(self, token: Place) -> tuple[int, int]:
        """Number of the token's window, and the token's number in it."""
        row, column = self.rolled(token)
        side, across = self.side, self.size[1] // self.side
        return row // side * across + column // side, row % side * side + column % side

    def members(self, window: int) -> tuple[Place, ...]:
        """The tokens of a window in its order, at their places before the roll."""
        (rows, columns), (down, right), side = self.size, self.shift, self.side
        top, left = (part * side for part in divmod(window, columns // side))
        return tuple(
            ((top + i + down) % rows, (left + j + right) % columns)
            for i in range(side)
            for j in range(side)
        )

    def weights(self, token: Place, head: int | None, *, masked: bool) -> NDArray[np.float32]:
        """How much a token takes of each token of its window, (M², ), which sum to 1; ``head``
        None: the mean of all heads."""
        window, query = self.place(token)
        found = (self.masked if masked else self.free)[window, :, query]
        row: NDArray[np.float32] = found.mean(0) if head is None else found[head]
        return row

    def on_map(self, token: Place, head: int | None, *, masked: bool) -> NDArray[np.float32]:
        """The same at the places before the roll, (H, W); NaN outside of the window."""
        drawn = np.full(self.size, np.nan, dtype=np.float32)
        row = self.weights(token, head, masked=masked)
        for place, weight in zip(self.members(self.place(token)[0]), row, strict=True):
            drawn[place] = weight
        return drawn

    def foreign(self, token: Place) -> NDArray[np.bool_]:
        """Which tokens of the window came from another part of the map, (M²,)."""
        window, query = self.place(token)
        apart: NDArray[np.bool_] = self.mask[window, query] != 0
        return apart

    def leaked(self, token: Place, head: int | None, *, masked: bool) -> float:
        """The share of a token's attention that goes to other parts of the map, 0 … 1."""
        row = self.weights(token, head, masked=masked)
        return float(row[self.foreign(token)].sum())

    def distances(self, token: Place) -> NDArray[np.float64]:
        """Tokens between a token and each of its window, on the map before the roll, (M²,)."""
        offsets = np.array(self.members(self.place(token)[0])) - np.array(token)
        apart: NDArray[np.float64] = np.hypot(offsets[:, 0], offsets[:, 1])
        return apart


@dataclass(frozen=True, kw_only=True, eq=False)
class PositionBias:
    """What attention in windows adds to the scores for the offset of a key from a query."""

    side: int  # M
    table: NDArray[np.float32]  # (heads, 2M − 1, 2M − 1): rows of the table by their two offsets

    def row(self, query: Place, key: Place) -> int:
        """The row of the table for a query and a key."""
        return int(np.ravel_multi_index(self.cell(query, key), self.table.shape[1:]))

    def cell(self, query: Place, key: Place) -> Place:
        """The same as a cell of the table's picture: offsets, counted from the smallest."""
        most = self.side - 1
        return query[0] - key[0] + most, query[1] - key[1] + most

    def values(self, query: Place, key: Place) -> NDArray[np.float32]:
        """The bias of each head, (heads,)."""
        found: NDArray[np.float32] = self.table[:, *self.cell(query, key)]
        return found


@dataclass(frozen=True, kw_only=True, eq=False)
class Merging:
    """Merging of 2×2 neighbours, as slices and as a convolution of the same weights."""

    given: NDArray[np.float32]  # (C, h, w) the map before
    order: tuple[Place, ...]  # of the four neighbours (row, column) among the channels
    sliced: NDArray[np.float32]  # (D, h/2, w/2) slices, norm, matrix: as the net does it
    convolved: NDArray[np.float32]  # the same by a 2×2 convolution of stride 2
    reordered: NDArray[np.float32]  # the same weights for neighbours in rows, one after the other

    @property
    def difference(self) -> float:
        """Largest absolute difference of the two ways."""
        return float(np.abs(self.sliced - self.convolved).max())

    @property
    def mistaken(self) -> float:
        """Largest absolute difference that the other order of neighbours makes."""
        return float(np.abs(self.sliced - self.reordered).max())

    @property
    def largest(self) -> float:
        """Largest absolute value of the output."""
        return float(np.abs(self.sliced).max())


@dataclass(frozen=True, kw_only=True, eq=False)
class PaddingOrders:
    """A block's attention where windows do not fill the map: padded before or after the roll."""

    unpadded: Place  # rows and columns of the map
    size: Place  # padded
    shift: Place
    before: NDArray[np.float32]  # (h, w) length of what attention adds, padded before the roll
    distance: NDArray[np.float32]  # (h, w) length of its difference from padding after the roll
    mixed: NDArray[np.bool_]  # (h, w) whether the mask lets far tokens talk, padded after the roll

    @property
    def difference(self) -> float:
        """Largest difference, as a share of the largest length."""
        return float(self.distance.max() / self.before.max())
