"""Feature maps as boxes: height follows resolution, thickness follows the logarithm of channels."""

from dataclasses import dataclass
from math import log2, sqrt

from convnext_viz.plans import Plan, Shape

_THICKEST = 0.42  # of a column's width
_SLANT = (0.15, 0.26)  # how far the deepest box reaches back: share of a column, of the height


@dataclass(frozen=True)
class Scale:
    """What the largest box of a drawing, or of two drawings side by side, stands for."""

    side: int  # positions
    channels: int

    @classmethod
    def of(cls, *plans: Plan) -> "Scale":
        """The scale that fits every feature map of the plans."""
        shapes = [plan.in_shape for plan in plans]
        shapes += [stage.map_shape for plan in plans for stage in plan.stages]
        return cls(max(max(shape[1:], default=1) for shape in shapes), max(s[0] for s in shapes))


@dataclass(frozen=True)
class Box:
    """One feature map drawn around (x, 0): its front face and how far it reaches back."""

    x: float  # middle of the whole drawing, in columns
    thickness: float
    height: float  # 1 is the tallest box
    back: tuple[float, float]

    @property
    def left(self) -> float:
        """Left edge of the front face."""
        return self.x - (self.thickness + self.back[0]) / 2

    @property
    def right(self) -> float:
        """Rightmost edge, that of the side face."""
        return self.left + self.thickness + self.back[0]

    @property
    def top(self) -> float:
        """Upper edge of the top face."""
        return self.height / 2 + self.back[1]

    def faces(self) -> tuple[str, str]:
        """Top and side as SVG paths in data coordinates."""
        x0, x1, y0, y1 = (
            self.left,
            self.left + self.thickness,
            -self.height / 2,
            self.height / 2,
        )
        dx, dy = self.back
        top = f"M{x0},{y1} L{x0 + dx},{y1 + dy} L{x1 + dx},{y1 + dy} L{x1},{y1} Z"
        side = f"M{x1},{y0} L{x1 + dx},{y0 + dy} L{x1 + dx},{y1 + dy} L{x1},{y1} Z"
        return top, side

    def slices(self, count: int) -> tuple[list[float | None], list[float | None]]:
        """Cuts through front and top that show ``count`` folded blocks, as broken lines."""
        xs: list[float | None] = []
        ys: list[float | None] = []
        for i in range(1, count):
            x = self.left + self.thickness * i / count
            xs += [x, x, x + self.back[0], None]
            ys += [-self.height / 2, self.height / 2, self.top, None]
        return xs, ys


def box(x: float, shape: Shape, scale: Scale) -> Box:
    """The box of a feature map; a vector (C,) is a map of one position."""
    channels, height, width = (*shape, 1, 1)[:3]
    # Square root: 7 positions beside 224 would be a line, and the four stages must be told apart.
    tall, deep = sqrt(height / scale.side), sqrt(width / scale.side)
    thickness = _THICKEST * log2(1 + channels) / log2(1 + scale.channels)
    return Box(x, thickness, tall, (_SLANT[0] * deep, _SLANT[1] * deep))
