"""Places of labels beside the points of a figure: none covers another, a point or a line."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

_LETTER, _WIDE_LETTER = 6.9, 12.5  # pixels of a letter of 12 pixels, and of a Chinese one
_HIGH = 15  # pixels of a label
_REACH = (12, 22, 34, 48, 64)  # pixels that a label at the end of a line is away
_FROM = {"right": 0.0, "left": 1.0, "centre": 0.5}  # share of a label left of its anchor

Box = tuple[float, float, float, float]  # left, top, right, bottom, in pixels
Pixels = tuple[float, float]  # right and down from the drawing's corner


@dataclass(frozen=True)
class Place:
    """Where a label stands: its anchor, ``x`` pixels right of and ``y`` below the point."""

    side: str  # "right", "left", "centre": of the point
    x: float
    y: float
    far: bool = False  # a line leads to it


@dataclass(frozen=True)
class Frame:
    """A drawing of one width: its size, its points with their radii, and lines that are in it.

    A ``crowded`` one has no room beside its points: there labels may cover points and lines.
    """

    size: Pixels
    points: Sequence[Pixels]
    radii: Sequence[float]
    lines: Sequence[Box] = field(default=())
    crowded: bool = False


def label_places(
    frames: Sequence[Frame],
    labels: Sequence[str],
    order: Iterable[int],
    *,
    far: bool = False,
    around: Sequence[tuple[int, Place]] = (),
) -> dict[int, Place]:
    """The places of those labels that find one free, by their numbers; ``order``: who chooses
    first.

    A place must be free in every frame, as nobody knows how wide a window is. With ``far`` it may
    be away from its point. ``around``: labels that have their places already.
    """
    taken = [[_box(frame, one, labels[one], place) for one, place in around] for frame in frames]
    found: dict[int, Place] = {}
    for one in order:
        for place in _candidates(frames[0].radii[one], far):
            boxes = [_box(frame, one, labels[one], place) for frame in frames]
            if all(map(_is_free, boxes, frames, taken)):
                found[one] = place
                for box, others in zip(boxes, taken, strict=True):
                    others.append(box)
                break
    return found


def width(label: str) -> float:
    """About how wide a label is, in pixels."""
    return sum(_WIDE_LETTER if letter > "\u2e80" else _LETTER for letter in label)


def _candidates(radius: float, far: bool) -> Iterator[Place]:
    """Beside the point, above and below, at its corners; then further and further away."""
    beside, above, corner = radius + 3, radius + 9, radius + 5
    yield from (Place("right", beside, 0), Place("left", -beside, 0))
    yield from (Place("centre", 0, -above), Place("centre", 0, above))
    for side, x in (("right", radius), ("left", -radius)):
        yield from (Place(side, x, -corner), Place(side, x, corner))
    for reach in _REACH if far else ():
        for y in (-above - reach, above + reach):
            yield Place("right", radius + reach, y, far=True)
            yield Place("left", -radius - reach, y, far=True)
            yield Place("centre", 0, y, far=True)


def _box(frame: Frame, one: int, label: str, place: Place) -> Box:
    wide, (x, y) = width(label), frame.points[one]
    left, top = x + place.x - _FROM[place.side] * wide, y + place.y - _HIGH / 2
    return left, top, left + wide, top + _HIGH


def _is_free(box: Box, frame: Frame, others: Sequence[Box]) -> bool:
    left, top, right, bottom = box
    if left < 0 or top < 0 or right > frame.size[0] or bottom > frame.size[1]:
        return False
    covered: Sequence[Box] = () if frame.crowded else (*_marks(frame), *frame.lines)
    return not any(
        left < other[2] and other[0] < right and top < other[3] and other[1] < bottom
        for other in (*others, *covered)
    )


def _marks(frame: Frame) -> list[Box]:
    return [
        (x - radius, y - radius, x + radius, y + radius)
        for (x, y), radius in zip(frame.points, frame.radii, strict=True)
    ]
