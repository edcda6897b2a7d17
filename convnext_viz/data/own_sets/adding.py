"""Adding of pictures to a set: decoded and encoded outside of the lock, put in place under it."""

import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from convnext_viz.data.images import ImageError, read_image
from convnext_viz.data.layout import layout
from convnext_viz.data.own_sets import words
from convnext_viz.data.own_sets.editing import check_classes, with_pictures
from convnext_viz.data.own_sets.encoding import THUMBNAIL, digest, encoded, shrunk, thumbnail
from convnext_viz.data.own_sets.fingerprint import fingerprint
from convnext_viz.data.own_sets.manifest import folder, locked, read, storing, write
from convnext_viz.data.own_sets.sets import MOST_PICTURES, Picture
from convnext_viz.data.own_sets.viewing import THUMBNAIL_SUFFIX
from convnext_viz.data.tree import tree
from convnext_viz.text import t

_INCOMING = "incoming-"
_FORGOTTEN = 86_400.0  # seconds after which nobody is still adding what lies there

Progress = Callable[[int, int], None]  # files done, of how many (0: not known)
_Incoming = tuple[str, str, Callable[[], Image.Image]]  # file's name, class, reader


@dataclass(frozen=True, kw_only=True)
class Added:
    """What became of the files that were given."""

    added: tuple[Picture, ...] = ()
    same: tuple[str, ...] = ()  # files with the very picture of another one of the set, or of these
    unreadable: tuple[tuple[str, str], ...] = ()  # file, and a key of images.reason
    left_out: tuple[str, ...] = ()  # files for which the set has no room
    unused: tuple[str, ...] = ()  # folders of an archive beside its halves


def add(
    id: str,
    label: str,
    files: Iterable[tuple[str, bytes]],
    *,
    home: Path | None = None,
    progress: Progress | None = None,
) -> Added:
    """Add files (name, bytes) to a class, which may be a new one. Files are taken one at a time.

    Raises ValueError where there is no such set, for a name that cannot be, for a class too many,
    and where the disk is full: then nothing was added.
    """
    label = words.class_name(label)
    total = len(files) if isinstance(files, Sized) else 0
    incoming = ((name, label, partial(read_image, data, name)) for name, data in files)
    return _add(id, incoming, {label}, total, home, progress)


def add_archive(
    id: str,
    archive: BinaryIO | Path,
    *,
    home: Path | None = None,
    progress: Progress | None = None,
) -> Added:
    """Add the pictures of a ZIP archive of class folders. Where it has halves (``train/``,
    ``test/`` …), their classes are merged: the split stays the set's own.

    Raises ValueError as :func:`add`, and for what is no archive or none to be trusted.
    """
    if isinstance(archive, Path) and archive.is_dir():
        raise ValueError(t("own_sets.error.no_archive"))
    found = tree(archive)
    here = layout(found, found.name)
    merged = [
        (words.class_name(name), file)
        for half in (here.train, here.test)
        for name in sorted(half)
        for file in half[name]
    ]
    incoming = ((file.parts[-1], label, file.read) for label, file in merged)
    labels = {label for label, _ in merged}
    return _add(id, incoming, labels, len(merged), home, progress, here.unused)


def _add(
    id: str,
    files: Iterable[_Incoming],
    labels: set[str],
    total: int,
    home: Path | None,
    progress: Progress | None,
    unused: tuple[str, ...] = (),
) -> Added:
    before = read(id, home=home)
    check_classes({*before.classes, *labels})
    known = {one.id for one in before.pictures}
    waiting: list[Picture] = []
    same: list[str] = []
    unreadable: list[tuple[str, str]] = []
    left_out: list[str] = []
    with storing(), _incoming(folder(id, home)) as place:
        for done, (given, label, read_file) in enumerate(files, 1):
            name = words.file_name(given)
            if len(known) >= MOST_PICTURES:
                left_out.append(name)
                continue
            try:
                picture = shrunk(read_file())
            except ImageError as why:
                unreadable.append((name, why.reason))
            else:
                own = digest(picture)
                if own in known:
                    same.append(name)
                else:
                    known.add(own)
                    waiting.append(_stored(picture, own, name, label, place))
            if progress:
                progress(done, total)
        with locked(home):
            added, late, crowded = _taken_in(id, waiting, place, home)
    return Added(
        added=added,
        same=(*same, *late),
        unreadable=tuple(unreadable),
        left_out=(*left_out, *crowded),
        unused=unused,
    )


@contextmanager
def _incoming(place: Path) -> Iterator[Path]:
    """A folder for what is on its way into a set; what processes that died left is cleared."""
    for other in place.glob(f"{_INCOMING}*"):
        with suppress(OSError):
            if time.time() - other.stat().st_mtime > _FORGOTTEN:
                shutil.rmtree(other, ignore_errors=True)
    made = place / f"{_INCOMING}{secrets.token_hex(8)}"
    made.mkdir()
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _stored(picture: Image.Image, own: str, name: str, label: str, place: Path) -> Picture:
    data, suffix = encoded(picture)
    small = thumbnail(picture, THUMBNAIL)
    (place / f"{own}{suffix}").write_bytes(data)
    (place / f"{own}{THUMBNAIL_SUFFIX}").write_bytes(small)
    return Picture(
        id=own,
        name=name,
        label=label,
        half="train",  # until it is placed
        file=f"{own}{suffix}",
        fingerprint=fingerprint(picture),
        size=len(data) + len(small),
    )


def _taken_in(
    id: str, waiting: list[Picture], place: Path, home: Path | None
) -> tuple[tuple[Picture, ...], list[str], list[str]]:
    """What was added of ``waiting``; the names of what another tab added meanwhile, and of what
    there is no room for any more."""
    now = read(id, home=home)
    there = {one.id for one in now.pictures}
    new = [one for one in waiting if one.id not in there]
    room = max(0, MOST_PICTURES - len(now.pictures))
    after = with_pictures(now, new[:room])
    moved: list[Path] = []
    try:
        for one in new[:room]:
            for name in (one.file, one.id + THUMBNAIL_SUFFIX):
                os.replace(place / name, folder(id, home) / name)
                moved.append(folder(id, home) / name)
        if new[:room]:
            write(after, home)
    except BaseException:
        for file in moved:
            file.unlink(missing_ok=True)
        raise
    late = [one.name for one in waiting if one.id in there]
    return after.pictures[len(now.pictures) :], late, [one.name for one in new[room:]]
