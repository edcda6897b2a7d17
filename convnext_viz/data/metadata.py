"""Metadata of an image file, taken away: profiles, texts and the like, of which none is a pixel.

Pillow refuses a PNG whose profile or texts are larger than its own limits, and some broken ones.
A sound picture must open all the same.
"""

import struct
import zlib
from collections.abc import Iterator

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = (b"tRNS", b"eXIf", b"acTL", b"fcTL", b"fdAT")  # besides what is critical
_JPEG_START = b"\xff\xd8"
_ADOBE = 12  # bytes of Adobe's segment, which says how colours are stored


def without_metadata(data: bytes) -> bytes:
    """The same picture and how it is to be turned; the same file where it is neither PNG nor
    JPEG, or cannot be followed."""
    if data.startswith(_PNG):
        return _PNG + b"".join(_png_chunks(data))
    if data.startswith(_JPEG_START):
        return b"".join(_jpeg_segments(data))
    return data


def _png_chunks(data: bytes) -> Iterator[bytes]:
    place = len(_PNG)
    while place + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        end = place + 12 + length
        critical = not kind[0] & 0x20
        if critical or (kind in _PNG_KEPT and _is_sound(data[place + 4 : end])):
            yield data[place:end]
        place = end
    yield data[place:]


def _is_sound(chunk: bytes) -> bool:
    return len(chunk) >= 8 and zlib.crc32(chunk[:-4]) == int.from_bytes(chunk[-4:], "big")


def _jpeg_segments(data: bytes) -> Iterator[bytes]:
    """All but comments and what applications added: EXIF and a whole Adobe segment stay."""
    yield _JPEG_START
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF and data[place + 1] not in (0xDA, 0xD9):
        marker, length = struct.unpack_from(">xBH", data, place)
        body = data[place + 4 : place + 2 + length]
        kept = not (0xE0 <= marker <= 0xEF or marker == 0xFE)
        kept |= marker == 0xE1 and body.startswith(b"Exif\0")
        kept |= marker == 0xEE and body.startswith(b"Adobe") and len(body) >= _ADOBE
        if kept:
            yield data[place : place + 2 + length]
        place += 2 + max(2, length)
    yield data[place:]
