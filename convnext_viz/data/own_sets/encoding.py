"""Encoding of a set's pictures: pixels and nothing else, at most 512 on the longer side.

Photographs are stored as JPEG of quality 95 with full colour resolution; pictures of up to
128 × 128 pixels, and those of up to 256 colours (drawings, screenshots), as PNG, where nothing is
lost: a 28-pixel shirt would lose most, and takes least.
"""

import hashlib
from io import BytesIO

import numpy as np
from PIL import Image, ImageOps

LONGEST_STORED = 512  # pixels
THUMBNAIL = 96  # pixels, of both sides
_LOSSLESS_PIXELS = 128 * 128
_LOSSLESS_COLOURS = 256


def shrunk(picture: Image.Image) -> Image.Image:
    """The picture as it is stored: RGB, averaged over areas; without whatever else came with it."""
    scale = LONGEST_STORED / max(picture.size)
    if scale < 1:
        width, height = (max(1, round(side * scale)) for side in picture.size)
        picture = picture.resize((width, height), Image.Resampling.BOX)
    return Image.fromarray(np.asarray(picture.convert("RGB")))


def digest(picture: Image.Image) -> str:
    """32 hexadecimal digits that are the same for the same pixels, whatever file they came in."""
    found = hashlib.blake2b(f"{picture.size}".encode(), digest_size=16)
    found.update(picture.tobytes())
    return found.hexdigest()


def encoded(picture: Image.Image) -> tuple[bytes, str]:
    """The bytes of a picture's file, and the file's suffix."""
    file = BytesIO()
    small = picture.width * picture.height <= _LOSSLESS_PIXELS
    if small or picture.getcolors(_LOSSLESS_COLOURS) is not None:
        picture.save(file, "PNG")
        return file.getvalue(), ".png"
    picture.save(file, "JPEG", quality=95, subsampling=0)
    return file.getvalue(), ".jpg"


def thumbnail(picture: Image.Image, side: int) -> bytes:
    """JPEG of the middle square, which is what a network gets of it, as (side, side) pixels."""
    file = BytesIO()
    square = ImageOps.fit(picture, (side, side), Image.Resampling.BOX)
    square.save(file, "JPEG", quality=85)
    return file.getvalue()
