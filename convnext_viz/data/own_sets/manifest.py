"""Manifest of a set: which pictures it has, in one JSON file next to them, replaced as a whole.

What changes a set does so under one lock for all sets of a lab, which holds between the tabs of a
server and between processes; the slow part, decoding pictures, happens outside of it.
"""

import errno
import json
import os
import re
import secrets
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from io import BufferedRandom
from pathlib import Path
from typing import Any

from convnext_viz.data import home_folder
from convnext_viz.data.own_sets.sets import Picture, PictureSet
from convnext_viz.text import t

_FILE = "set.json"
_FORM = 1  # of the manifest
_FACTS = tuple(one.name for one in fields(PictureSet) if one.name != "pictures")
_COLUMNS = tuple(one.name for one in fields(Picture))
_in_this_process = threading.Lock()


def is_id(given: str) -> bool:
    """Whether ``given`` can be a set's id: nothing else ever becomes part of a path."""
    return re.fullmatch("[0-9a-f]{32}", given) is not None


def sets_folder(home: Path | None) -> Path:
    """Where all sets of the lab in ``home`` lie; by default of :func:`convnext_viz.data.home`."""
    return (home_folder.home() if home is None else home) / "sets"


def folder(id: str, home: Path | None) -> Path:
    """Where a set lies, which may not be there; raises ValueError for what is no id."""
    if not is_id(id):
        raise missing()
    return sets_folder(home) / id


def read(id: str, *, home: Path | None = None) -> PictureSet:
    """The set of that id.

    Raises ValueError, in the same words for a set that was deleted and for what never was an id;
    in others where its manifest cannot be read.
    """
    file = folder(id, home) / _FILE
    try:
        return _of_json(json.loads(file.read_bytes()))
    except (FileNotFoundError, NotADirectoryError) as gone:
        raise missing() from gone
    except (OSError, ValueError, KeyError, TypeError) as broken:
        raise ValueError(t("own_sets.error.damaged")) from broken


def listing(*, owner: str | None = None, home: Path | None = None) -> tuple[PictureSet, ...]:
    """The sets of ``owner``, or of everybody, the newest first; damaged ones are left out."""
    found = []
    with suppress(OSError):  # there is no folder before the first set
        for place in sets_folder(home).iterdir():
            with suppress(ValueError):  # another file, or a set that is being deleted
                found.append(read(place.name, home=home))
    mine = (one for one in found if owner in (None, one.owner))
    return tuple(sorted(mine, key=lambda one: (-one.created, one.id)))


def usage(owner: str, *, home: Path | None = None) -> int:
    """Bytes that an owner's sets take on the disk, with what was made of them for training."""
    mine = listing(owner=owner, home=home)
    arrays = [file for one in mine for file in cached_arrays(one.id, home)]
    total = sum(one.size for one in mine)
    for file in arrays:
        with suppress(OSError):
            total += file.stat().st_size
    return total


def arrays_folder(home: Path | None) -> Path:
    """Where sets lie as arrays of one image size."""
    return sets_folder(home).parent / "data"


def cached_arrays(id: str, home: Path | None, prefix: str = "") -> list[Path]:
    """The files that were made of a set for training."""
    return list(arrays_folder(home).glob(f"own-{id}-{prefix}*"))


@contextmanager
def locked(home: Path | None) -> Iterator[None]:
    """Nobody else changes a set meanwhile. Not to be taken twice by one thread."""
    place = sets_folder(home)
    with _in_this_process, storing():
        place.mkdir(parents=True, exist_ok=True)
        with (place / ".lock").open("a+b") as file:
            _take(file)  # until the file is closed, or its process dies
            yield


@contextmanager
def storing() -> Iterator[None]:
    """What a full or read-only disk refuses becomes ValueError, with what to do."""
    try:
        yield
    except FileNotFoundError as gone:  # deleted in another tab
        raise missing() from gone
    except OSError as error:
        full = error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG)
        key = "own_sets.error.disk_full" if full else "own_sets.error.disk"
        raise ValueError(t(key, reason=error.strerror or error)) from error


def change(
    id: str, home: Path | None, update: Callable[[PictureSet], PictureSet]
) -> tuple[PictureSet, PictureSet]:
    """The set before and after ``update``, which is stored."""
    with locked(home):
        before = read(id, home=home)
        after = update(before)
        write(after, home)
        return before, after


def write(given: PictureSet, home: Path | None) -> None:
    """Replace a set's manifest; under the lock. Raises OSError, and the one before stays."""
    place = folder(given.id, home)
    rows = [[getattr(one, name) for name in _COLUMNS] for one in given.pictures]
    facts = {name: getattr(given, name) for name in _FACTS}
    text = json.dumps({"form": _FORM, **facts, "columns": _COLUMNS, "pictures": rows})
    half = place / f"{_FILE}.{secrets.token_hex(4)}"
    try:
        with half.open("wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        half.replace(place / _FILE)
    except BaseException:
        half.unlink(missing_ok=True)
        raise


def _of_json(given: dict[str, Any]) -> PictureSet:
    if given["form"] != _FORM:
        raise ValueError(given["form"])
    rows = (dict(zip(given["columns"], row, strict=True)) for row in given["pictures"])
    pictures = tuple(Picture(**row) for row in rows)
    return PictureSet(**{name: given[name] for name in _FACTS}, pictures=pictures)


def missing() -> ValueError:
    """What is said of a set that is not there, or is another visitor's."""
    return ValueError(t("own_sets.error.no_set"))


def _take(file: BufferedRandom) -> None:
    if sys.platform == "win32":
        import msvcrt

        while True:
            with suppress(OSError):  # after ten seconds of waiting
                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
                return
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)
