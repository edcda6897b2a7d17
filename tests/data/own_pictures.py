"""Pictures as a visitor might drop them, as bytes."""

from io import BytesIO

import numpy as np
from PIL import Image


def noise(seed: int, side: int = 20) -> Image.Image:
    gen = np.random.default_rng(seed)
    return Image.fromarray(gen.integers(0, 256, (side, side, 3), dtype=np.uint8))


def data(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    file = BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def files(count: int, start: int = 0) -> list[tuple[str, bytes]]:
    """Small pictures that look nothing like each other."""
    return [(f"{place}.png", data(noise(place))) for place in range(start, start + count)]
