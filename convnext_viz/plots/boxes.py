"""Feature maps as boxes: height follows resolution, thickness follows the logarithm of channels."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import log2, sqrt

from convnext_viz.plans import Plan, Shape

_THICKEST = 0.42  # of a column's width
_SLANT = (0.15, 0.26)  # how far the deepest box reaches back: share of a column, of the height


@dataclass(frozen=True)
class Scale:
    """What the largest box of a drawing, or of two drawings, stands for."""

    side: int  # positions
    channels: int
    column: float  # pixels of a column's width
    height: float  # pixels of the tallest front

    @classmethod
    def of(cls, *plans: Plan, column: float, room: float) -> "Scale":
        """The scale with which every feature map of the plans fits into ``room``, in pixels."""
        shapes = [plan.in_shape for plan in plans]
        shapes += [stage.map_shape for plan in plans for stage in plan.stages]
        side = max(max(shape[1:], default=1) for shape in shapes)
        return cls(side, max(shape[0] for shape in shapes), column, room / (1 + _SLANT[1]))


@dataclass(frozen=True)
class Box:
    """One feature map: its front face and how far it reaches back, in pixels, y downwards."""

    left: float
    top: float  # of the front
    width: float
    height: float
    back: tuple[float, float]  # to the right, and up

    @property
    def right(self) -> float:
        """Rightmost edge, that of the side face."""
        return self.left + self.width + self.back[0]

    def faces(self) -> tuple[str, str, str]:
        """Top, side and front as SVG paths."""
        dx, dy = (_pixels(one) for one in self.back)
        left, right, top = (_pixels(x) for x in (self.left, self.left + self.width, self.top))
        wide, high = _pixels(self.width), _pixels(self.height)
        return (
            f"M{left} {top}l{dx} -{dy}h{wide}l-{dx} {dy}z",
            f"M{right} {top}l{dx} -{dy}v{high}l-{dx} {dy}z",
            f"M{left} {top}h{wide}v{high}h-{wide}z",
        )

    def cuts(self, count: int) -> Iterator[str]:
        """SVG paths through front and top that show ``count`` folded blocks."""
        bottom = _pixels(self.top + self.height)
        dx, dy = (_pixels(one) for one in self.back)
        for i in range(1, count):
            x = _pixels(self.left + self.width * i / count)
            yield f"M{x} {bottom}V{_pixels(self.top)}l{dx} -{dy}"

    def grid(self, rows: int, columns: int) -> Iterator[str]:
        """SVG paths around the faces that show positions in rows and columns, as tokens are."""
        dx, dy = self.back
        wide, high = _pixels(self.width), _pixels(self.height)
        for i in range(1, rows):
            y = _pixels(self.top + self.height * i / rows)
            yield f"M{_pixels(self.left)} {y}h{wide}l{_pixels(dx)} -{_pixels(dy)}"
        for i in range(1, columns):
            x, y = _pixels(self.left + dx * i / columns), _pixels(self.top - dy * i / columns)
            yield f"M{x} {y}h{wide}v{high}"


def box(x: float, y: float, shape: Shape, scale: Scale) -> Box:
    """The box of a feature map around x, its front around y; (C,) is a map of one position."""
    channels, rows, columns = (*shape, 1, 1)[:3]
    # Square root: 7 positions next to 224 would be a line, and the four stages must differ visibly.
    tall, deep = sqrt(rows / scale.side), sqrt(columns / scale.side)
    width = _THICKEST * scale.column * log2(1 + channels) / log2(1 + scale.channels)
    height = scale.height * tall
    back = _SLANT[0] * scale.column * deep, _SLANT[1] * scale.height * deep
    return Box(x - (width + back[0]) / 2, y - height / 2, width, height, back)


def _pixels(value: float) -> str:
    return f"{value:.2f}"
