"""Files written by hand, byte by byte where no library would write such a thing."""

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 64, 48


@dataclass(frozen=True)
class OddFile:
    name: str
    data: bytes
    refused: str = ""

    @property
    def is_picture(self) -> bool:
        return self.refused == ""


def scene(width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """Smooth, coloured, and different in all four corners: a turn or a swapped channel shows."""
    x, y = np.arange(width, dtype=np.int32), np.arange(height, dtype=np.int32)[:, None]
    values = np.empty((height, width, 3), np.uint8)
    values[..., 0] = 255 * x // max(1, width - 1)
    values[..., 1] = 255 * y // max(1, height - 1)
    values[..., 2] = (160 * x // (width + 2 * height)) + (320 * y // (width + 2 * height))
    return Image.fromarray(values)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def half_transparent(width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """The scene, its left half opaque and its right half invisible."""
    image = scene(width, height).convert("RGBA")
    alpha = Image.new("L", image.size, 0)
    alpha.paste(255, (0, 0, width // 2, height))
    image.putalpha(alpha)
    return image


def ramp16(top: int = 65535) -> Image.Image:
    """16-bit grey from 0 at the left to ``top`` at the right."""
    values = np.linspace(0, top, WIDTH).astype(np.uint16)
    return Image.fromarray(np.tile(values, (HEIGHT, 1)))


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


PNG = b"\x89PNG\r\n\x1a\n"


def png(
    width: int,
    height: int,
    raw: bytes,
    *,
    depth: int = 8,
    colour: int = 2,
    interlaced: int = 0,
    extra: bytes = b"",
) -> bytes:
    """A PNG by hand: ``raw`` holds the rows, each behind its filter byte."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    body = chunk(b"IDAT", zlib.compress(raw, 9))
    return PNG + chunk(b"IHDR", header) + extra + body + chunk(b"IEND", b"")


def png_rows(values: np.ndarray) -> bytes:
    rows = values.reshape(values.shape[0], -1)
    return b"".join(b"\0" + row.tobytes() for row in rows)


def adam7(values: np.ndarray) -> bytes:
    passes = (  # (first row, step, first column, step)
        (0, 8, 0, 8), (0, 8, 4, 8), (4, 8, 0, 4), (0, 4, 2, 4), (2, 4, 0, 2), (0, 2, 1, 2),
        (1, 2, 0, 1),
    )  # fmt: skip
    return b"".join(png_rows(values[y::dy, x::dx]) for y, dy, x, dx in passes)


def with_orientation(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


def jpeg_with_segment(segment: bytes, marker: int = 0xE1) -> bytes:
    """The scene's JPEG with one more segment right behind its beginning."""
    intact = saved(scene(), "JPEG", quality=90)
    return intact[:2] + struct.pack(">BBH", 0xFF, marker, len(segment) + 2) + segment + intact[2:]


def tiff(tags: dict[int, tuple[int, int, int]], body: bytes = b"") -> bytes:
    """A TIFF of one directory, by hand: {tag: (type, count, value or offset)}."""
    entries = b"".join(
        struct.pack("<HHII", tag, kind, count, value) for tag, (kind, count, value) in tags.items()
    )
    directory = struct.pack("<H", len(tags)) + entries + struct.pack("<I", 0)
    return b"II*\0" + struct.pack("<I", 8) + directory + body


def bmp(width: int, height: int, pixels: bytes) -> bytes:
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return struct.pack("<2sIHHI", b"BM", 54 + len(pixels), 0, 0, 54) + header + pixels


def without_times(film: bytes) -> bytes:
    """An ISO media file whose headers no longer tell when it was made."""
    data = bytearray(film)
    for kind in (b"mvhd", b"tkhd", b"mdhd"):
        times = data.index(kind) + 8
        length = 16 if data[times - 4] == 1 else 8  # by the version of the box
        data[times : times + length] = bytes(length)
    return bytes(data)


def tga(width: int, height: int, pixels: bytes) -> bytes:
    return struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, width, height, 24, 32) + pixels


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", 8 + len(body)) + kind + body
