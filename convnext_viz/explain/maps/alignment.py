"""Maps of several models on one picture, laid over each other: the same stage, the same part."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from convnext_viz.data.preprocessing import size_before_crop
from convnext_viz.nets.preprocess import Preprocess
from convnext_viz.results import Attribution

Region = tuple[float, float, float, float]
"""Top, left, bottom and right of a part of a picture, in shares of its height and width."""


def counterpart(stage: str, stages: Sequence[str], other: Sequence[str]) -> str:
    """What another net has in place of a stage: that of the same name, else the one as deep.

    ``stages`` are those of the net that has ``stage``, ``other`` those of the other one, the stem
    first. As deep is the stage nearest to the same share of the way from first to last.
    """
    if stage in other:
        return stage
    share = stages.index(stage) / max(1, len(stages) - 1)
    return other[round(share * (len(other) - 1))]


def region(size: tuple[int, int], how: Preprocess) -> Region:
    """The part of a picture of ``size`` (height, width) that ``preprocess`` lets a net see."""
    height, width = size_before_crop(*size, how)
    rows, columns = how.image_size
    top, left = round((height - rows) / 2), round((width - columns) / 2)
    return top / height, left / width, (top + rows) / height, (left + columns) / width


def on_common_ground(
    maps: Sequence[Attribution], regions: Sequence[Region]
) -> tuple[Attribution, ...]:
    """The maps on the part of the picture that all nets see, each read bilinearly at the same
    places; as they are where all see the same.

    ``regions``: what each map's net sees of the picture. The places are as dense as the cells of
    the finest map.
    """
    if len(set(regions)) <= 1:
        return tuple(maps)
    ends = np.array(regions).reshape(len(maps), 2, 2)  # of each: (top, left), (bottom, right)
    start, end = ends[:, 0].max(0), ends[:, 1].min(0)
    sides = ends[:, 1] - ends[:, 0]
    cells = np.array([one.values.shape for one in maps]) / sides * (end - start)
    places = [
        first + (np.arange(count) + 0.5) / count * (last - first)
        for first, last, count in zip(start, end, np.maximum(2, cells.max(0).round()), strict=True)
    ]
    return tuple(
        replace(
            one,
            values=_read(
                one.values,
                (places[0] - ends[i, 0, 0]) / sides[i, 0],
                (places[1] - ends[i, 0, 1]) / sides[i, 1],
            ),
        )
        for i, one in enumerate(maps)
    )


def _read(
    values: NDArray[np.float32], down: NDArray[np.float64], across: NDArray[np.float64]
) -> NDArray[np.float32]:
    """A map at places given in shares of its height and width; its cells' values lie in their
    middles, and beyond the outermost middles nothing changes."""
    for axis, shares in ((0, down), (1, across)):
        count = values.shape[axis]
        at = np.clip(shares * count - 0.5, 0, count - 1)
        low = np.minimum(at.astype(int), max(0, count - 2))
        high = np.minimum(low + 1, count - 1)
        part = np.expand_dims(at - low, 1 - axis)
        values = np.take(values, low, axis) * (1 - part) + np.take(values, high, axis) * part
    return values.astype(np.float32)
