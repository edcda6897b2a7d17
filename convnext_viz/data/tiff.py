"""Directories of a TIFF file: what its numbers mean, and whether they are a camera's raw data.

Most kinds of camera raw are TIFFs whose first directory holds a small preview: whoever reads the
first directory only takes the preview for the photograph.
"""

import re
import struct
from collections.abc import Iterator

_SIZES = {1: 1, 3: 2, 4: 4, 13: 4, 16: 8, 18: 8}  # bytes of BYTE, SHORT, LONG, IFD, LONG8, IFD8
_MOST_DIRECTORIES = 64
_MOST_TAGS = 4096
_MOST_VALUES = 64  # of a tag; more than any tag has that is looked at here

PHOTOMETRIC, SUBFILES, SAMPLE_FORMAT, BITS = 262, 330, 339, 258
_DNG_VERSION = 50706
_CFA, _LINEAR_RAW = 32803, 34892  # photometric: one colour a pixel; DNG's demosaiced sensor data
_WHITE_IS_ZERO, _BLACK_IS_ZERO = 0, 1
_SIGNED = 2

# What begins like no TIFF, or like one of a maker's own kind: Fujifilm's RAF, Panasonic's RW2,
# Olympus' ORF, Canon's CR2, CRW and CR3, Phase One's IIQ, Minolta's MRW, Sigma's X3F.
_RAW = re.compile(
    rb"FUJIFILMCCD-RAW|IIU\0|IIR[OS]|MMOR|II\*\0.{4}CR|II\x1a\0.{4}HEAPCCDR|.{4}ftypcrx "
    rb"|II\*\0.{4}IIII|MM\0\*.{4}IIII|\0MRM|FOVb",
    re.DOTALL,
)
# Makers whose first directory is a preview and whose sensor data this reader may not find.
_RAW_NAME = re.compile(
    r"\.(cr2|cr3|crw|nef|nrw|arw|srf|sr2|dng|raf|orf|rw2|raw|pef|srw|3fr|fff|iiq|erf|mef|mos|mrw"
    r"|dcr|kdc|rwl|x3f|gpr)$",
    re.IGNORECASE,
)

Tags = dict[int, tuple[int, ...]]


def is_camera_raw(data: bytes, name: str = "") -> bool:
    """Whether a file holds a sensor's data, not a developed picture.

    The name counts for a TIFF only: there is no other sign of some makers' kinds.
    """
    if _RAW.match(data):
        return True
    if not is_tiff(data):
        return False
    if _RAW_NAME.search(name):
        return True
    return any(
        _DNG_VERSION in tags or set(tags.get(PHOTOMETRIC, ())) & {_CFA, _LINEAR_RAW}
        for tags in directories(data)
    )


def is_tiff(data: bytes) -> bool:
    """Whether a file begins like a TIFF or a BigTIFF."""
    return data.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"))


def directories(data: bytes) -> Iterator[Tags]:
    """The tags of whole numbers of every directory, the first one first; of a broken file those
    that can be read."""
    order, big = _order(data)
    pointer, count = ("Q", "Q") if big else ("I", "H")
    try:
        waiting = [struct.unpack_from(order + pointer, data, 8 if big else 4)[0]]
        seen: set[int] = set()
        while waiting and len(seen) < _MOST_DIRECTORIES:
            place = waiting.pop(0)
            if place in seen or not place:
                continue
            seen.add(place)
            try:
                number = min(struct.unpack_from(order + count, data, place)[0], _MOST_TAGS)
                place += struct.calcsize(order + count)
                tags = dict(_tags(data, place, number, order, big))
                yield tags
                waiting += tags.get(SUBFILES, ())
                end = place + number * (20 if big else 12)
                waiting.append(struct.unpack_from(order + pointer, data, end)[0])
            except (struct.error, OverflowError):  # points behind the end
                continue
    except (struct.error, OverflowError):
        return


def _tags(
    data: bytes, place: int, number: int, order: str, big: bool
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Tag and values of ``number`` entries at ``place``; those of fractions and words left out."""
    for entry in range(place, place + number * (20 if big else 12), 20 if big else 12):
        tag, kind, count = struct.unpack_from(order + ("HHQ" if big else "HHI"), data, entry)
        size = _SIZES.get(kind, 0)
        if not size or count > _MOST_VALUES:
            continue
        at, room = entry + (12 if big else 8), 8 if big else 4
        if size * count > room:
            (at,) = struct.unpack_from(order + ("Q" if big else "I"), data, at)
        letter = {1: "B", 2: "H", 4: "I", 8: "Q"}[size]
        if at + size * count <= len(data):
            yield tag, struct.unpack_from(f"{order}{count}{letter}", data, at)


def numbers(data: bytes) -> tuple[bool, bool, int]:
    """Whether white is stored as 0, whether numbers have a sign, and their bits, of a grey TIFF's
    first picture; (False, False, 0) of any other file."""
    tags = next(directories(data), {}) if is_tiff(data) else {}
    bits = tags.get(BITS, (1,))
    if len(bits) != 1 or tags.get(PHOTOMETRIC) not in ((_WHITE_IS_ZERO,), (_BLACK_IS_ZERO,)):
        return False, False, 0
    negative = tags[PHOTOMETRIC] == (_WHITE_IS_ZERO,)
    return negative, tags.get(SAMPLE_FORMAT) == (_SIGNED,), bits[0]


def black_is_zero(data: bytes) -> bytes:
    """The same file, its first picture declared to store black as 0: Pillow turns 8 bits around
    where it is the other way, and of more bits it knows one kind in four."""
    order, big = _order(data)
    pointer, count, width = ("Q", "Q", 20) if big else ("I", "H", 12)
    (place,) = struct.unpack_from(order + pointer, data, 8 if big else 4)
    (number,) = struct.unpack_from(order + count, data, place)
    first = place + struct.calcsize(order + count)
    changed = bytearray(data)
    for entry in range(first, first + width * min(number, _MOST_TAGS), width):
        if struct.unpack_from(order + "H", data, entry)[0] == PHOTOMETRIC:
            struct.pack_into(
                order + "H", changed, entry + width - (8 if big else 4), _BLACK_IS_ZERO
            )
    return bytes(changed)


def _order(data: bytes) -> tuple[str, bool]:
    """The order of bytes, and whether it is a BigTIFF."""
    return "<" if data.startswith(b"II") else ">", data[2:4] in (b"+\0", b"\0+")
