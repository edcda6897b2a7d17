"""ZIP archives of pictures, read entry by entry: nothing is ever unpacked to the disk.

An archive comes from somebody: what points out of it, links, hides behind a password or would
unpack to far more than it is, is refused as a whole before anything of it is read.
"""

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from convnext_viz.data.images import ImageError, read_image
from convnext_viz.data.limits import LARGEST_DIRECTORY, LARGEST_FILE, most_unpacked
from convnext_viz.text import t

_UTF_8, _ENCRYPTED = 0x800, 0x1  # flags of an entry
_KNOWN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # LZMA's header can ask for 4 GB of memory
_END = struct.Struct("<4s4H2LH")  # end of central directory
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
# GB 2312's characters, as Chinese Windows writes names without saying so. No name in a western
# alphabet has such pairs in code page 437, which is what ZIP means by default.
_CHINESE = re.compile(rb"(?:[\x00-\x7f]|[\xa1\xa3\xb0-\xf7][\xa1-\xfe])*")


def is_archive(path: Path) -> bool:
    """Whether a file begins like a ZIP archive."""
    with path.open("rb") as stream:
        return stream.read(4) in (b"PK\3\4", b"PK\5\6")


def entries(
    place: Path | BinaryIO,
) -> Iterator[tuple[tuple[str, ...], Callable[[], Image.Image] | None]]:
    """Place and reader of every file in an archive; folders come with None for the reader.

    Raises ValueError, in words, where the archive is damaged or not to be trusted.
    """
    name = str(getattr(place, "name", "ZIP"))
    archive = _opened(place, name)
    unpacked = 0
    for entry in archive.infolist():
        spoken = _name(entry)
        parts = _parts(spoken)
        unpacked += entry.file_size
        if parts is None:
            raise ValueError(t("train.error.archive_outside", path=name, entry=spoken[:80]))
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise ValueError(t("train.error.archive_link", path=name, entry=spoken[:80]))
        if entry.flag_bits & _ENCRYPTED:
            raise ValueError(t("train.error.archive_locked", path=name))
        if entry.compress_type not in _KNOWN:
            raise ValueError(t("train.error.archive_packing", path=name))
        if parts and spoken.endswith(("/", "\\")):
            yield parts, None
        elif parts:
            yield parts, partial(_picture, archive, entry, parts[-1])
    if unpacked > most_unpacked(_size(place)):
        raise ValueError(t("train.error.archive_bomb", path=name, unpacked=unpacked / 1e9))


def _opened(place: Path | BinaryIO, name: str) -> zipfile.ZipFile:
    try:
        stream = place.open("rb") if isinstance(place, Path) else place
        if _directory_size(stream) > LARGEST_DIRECTORY:  # which zipfile would read as a whole
            raise ValueError(t("train.error.archive_files", path=name))
        return zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, struct.error, NotImplementedError, OSError) as broken:
        raise ValueError(t("train.error.archive_damaged", path=name)) from broken


def _directory_size(stream: BinaryIO) -> int:
    """Bytes of the list of files, by what stands at the archive's end; 0 where nothing does."""
    size = stream.seek(0, 2)
    start = stream.seek(max(0, size - _END.size - 0xFFFF))
    tail = stream.read()
    found = tail.rfind(b"PK\5\6")
    if found < 0 or found + _END.size > len(tail):
        return 0
    told = int(_END.unpack_from(tail, found)[5])
    locator = start + found - _LOCATOR_64.size
    if locator >= 0:
        stream.seek(locator)
        mark, _, place, _ = _LOCATOR_64.unpack(stream.read(_LOCATOR_64.size))
        if mark == b"PK\6\7" and place + _END_64.size <= size:
            stream.seek(place)
            told = max(told, int(_END_64.unpack(stream.read(_END_64.size))[8]))
    return min(told, size)


def _size(place: Path | BinaryIO) -> int:
    return place.stat().st_size if isinstance(place, Path) else place.seek(0, 2)


def _name(entry: zipfile.ZipInfo) -> str:
    """The entry's name. Macs write UTF-8 and Chinese Windows GBK, both without saying so."""
    if entry.flag_bits & _UTF_8 or entry.orig_filename.isascii():
        return entry.orig_filename
    try:
        stored = entry.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return entry.orig_filename
    for encoding in ("utf-8", "gb18030"):
        if encoding == "utf-8" or _CHINESE.fullmatch(stored):
            try:
                return stored.decode(encoding)
            except UnicodeDecodeError:
                continue
    return entry.orig_filename


def _parts(name: str) -> tuple[str, ...] | None:
    """The names of folders and file; None for a place outside the archive."""
    name = name.replace("\\", "/")  # as some programs on Windows write them
    parts = [part for part in name.split("/") if part not in ("", ".")]
    outside = name.startswith("/") or ".." in parts or "\0" in name
    return None if outside or re.match("[A-Za-z]:", name) else tuple(parts)


def _picture(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> Image.Image:
    try:
        with archive.open(entry) as stream:
            data = stream.read(LARGEST_FILE + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as broken:
        raise ImageError(t("images.error.damaged", file=name)) from broken
    return read_image(data, name)
