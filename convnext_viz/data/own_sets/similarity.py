"""Near-duplicates of a set: pairs of pictures whose perceptual hashes differ in few bits.

At most six of 64 bits: measured, that finds photographs again that were resized, recompressed,
made a fifth brighter or cropped by a hundredth at each side, and most of a burst; and takes 8 in a
million pairs of CIFAR-10 for near-duplicates (some of which are), 4 in ten thousand of
Fashion-MNIST, whose shirts do look alike. Mirrored and turned pictures are not found.
"""

from dataclasses import dataclass

import numpy as np

from convnext_viz.data.own_sets.sets import Picture, PictureSet

NEAR = 6  # bits, at most
MOST_PAIRS = 1_000  # given; of a film cut into frames all pairs would be millions
_ROWS = 512  # compared with all others at a time


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two pictures that look almost the same."""

    first: Picture
    second: Picture
    distance: int  # bits in which their hashes differ
    across: bool  # one is for training and one for testing: the test knows what was learned


def near_duplicates(given: PictureSet) -> tuple[Pair, ...]:
    """The pairs of almost identical pictures: those across the split first, then by distance."""
    pictures = sorted(given.pictures, key=lambda one: (one.label, one.id))
    hashes = np.array([one.fingerprint for one in pictures], dtype=np.uint64)
    tested = np.array([one.half == "test" for one in pictures], dtype=bool)
    found = []
    for start in range(0, len(pictures), _ROWS):
        rows = hashes[start : start + _ROWS, None]
        distance = np.bitwise_count(rows ^ hashes[None, start:])  # (rows, pictures from start)
        one, other = np.nonzero(np.triu(distance <= NEAR, 1))
        found.append(np.stack([one + start, other + start, distance[one, other]]))
    if not found:
        return ()
    first, second, distance = np.concatenate(found, axis=1)
    across = tested[first] != tested[second]
    order = np.lexsort((second, first, distance, ~across))[:MOST_PAIRS]
    return tuple(
        Pair(
            first=pictures[first[place]],
            second=pictures[second[place]],
            distance=int(distance[place]),
            across=bool(across[place]),
        )
        for place in order
    )
