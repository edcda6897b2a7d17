"""Grey of more than eight bits, or with a sign, as eight: its range, and which end is white."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image


@dataclass(frozen=True)
class DeepGrey:
    """How a file stores its numbers: ``dtype`` where Pillow takes them for another type, and
    whether the smallest is white."""

    negative: bool = False
    dtype: str = ""

    def values(self, strip: Image.Image) -> NDArray[np.float64]:
        """(h, w): the numbers that the file holds."""
        stored = np.asarray(strip)
        with np.errstate(invalid="ignore"):  # a signalling NaN complains when it is widened
            return (stored.view(self.dtype) if self.dtype else stored).astype(np.float64)

    def range(self, strips: Iterator[Image.Image]) -> tuple[float, float]:
        """The smallest and the largest finite value; (0, 0) where there is none."""
        low, high = np.inf, -np.inf
        for strip in strips:
            values = self.values(strip)
            values = values[np.isfinite(values)]
            if values.size:
                low, high = min(low, float(values.min())), max(high, float(values.max()))
        return (low, high) if low <= high else (0.0, 0.0)

    def stretched(self, strip: Image.Image, low: float, high: float) -> Image.Image:
        """RGB: ``low`` black and ``high`` white, or the other way; a single value is mid-grey."""
        values = np.nan_to_num(self.values(strip), nan=low, posinf=high, neginf=low)
        grey = np.full_like(values, 128)
        if high > low:
            grey = np.rint((values - low) / (high - low) * 255)
            grey = 255 - grey if self.negative else grey
        return Image.fromarray(grey.astype(np.uint8)).convert("RGB")
