"""Recorded runs: real runs in small files, read back as if this lab had trained them.

``Lab().metrics("recorded-norm-act")`` is all there is to it: a file becomes a database in memory
with the lab's own tables, so whoever reads a run need not know where it is from. Some files come
with the package; ``python -m convnext_viz.lab.recorded RUN FILE`` makes one of any finished run,
and what lies in the folder ``recorded`` of the lab is found, too. Pictures are in none of them, nor
weights.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from convnext_viz.data.home_folder import home
from convnext_viz.lab import runs
from convnext_viz.lab.recorded import form
from convnext_viz.lab.runs import Run
from convnext_viz.lab.store import Database, recordings
from convnext_viz.text import t

PREFIX = "recorded-"

_SHIPPED = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Recording:
    """What is to be known of a recorded run besides its numbers."""

    data: str  # what the pictures are
    at: float  # seconds since 1970
    seconds: float  # it took
    duration: float  # of it in training steps: how far its moments reach
    every: int  # the interval of the recorded steps
    looks: int  # the interval of the looks inside
    environment: Mapping[str, Any]  # versions, device, threads, commit
    classes: tuple[str, ...]
    bytes: int  # of its file


def is_one(run: str) -> bool:
    """Whether ``run`` names a recorded run that is here."""
    return run in _files()


def about(run: str) -> Recording:
    """Where, when and how a recorded run was made."""
    with _database(run) as db:
        card = form.about(_files()[run])
        duration = sum(recordings.lengths(db, card["experiment"]["seeds"]))
    return Recording(
        data=card["facts"]["name"],
        at=card["created"],
        seconds=card["elapsed"],
        duration=duration,
        every=card["every"],
        looks=card["looks"],
        environment=card["environments"][-1],
        classes=tuple(card["facts"]["classes"]),
        bytes=_files()[run].stat().st_size,
    )


def read() -> tuple[tuple[Run, ...], tuple[str, ...]]:
    """All that can be read, those of the package first; and for each other file the sentence that
    says why it cannot."""
    found, complaints = [], []
    for run in _files():
        try:
            found.append(status(run))
        except ValueError as error:
            complaints.append(str(error))
    return tuple(found), tuple(complaints)


def status(run: str, moment: float | None = None) -> Run:
    """A recorded run as it stood at a moment; see :func:`opened`."""
    if moment is not None:
        return _read(run, moment)
    file = _files()[run]
    return _ended(run, file, file.stat().st_mtime_ns)


@contextmanager
def opened(run: str, moment: float | None = None) -> Iterator[Database]:
    """The database of a recorded run as it stood after ``moment`` seconds of training, all seeds
    together; as it ended where that is None."""
    with _database(run) as db:
        if moment is not None:
            recordings.cut(db, moment, form.TABLES)
        yield db


@lru_cache(maxsize=64)
def _ended(run: str, file: Path, stamp: int) -> Run:
    """Read once: the list of all runs asks for it whenever it is drawn."""
    del file, stamp  # a file that was replaced is read again
    return _read(run, None)


def _read(run: str, moment: float | None) -> Run:
    with opened(run, moment) as db:
        return replace(runs.read(db, set(), run)[0], recorded=True, moment=moment)


def _files() -> dict[str, Path]:
    found: dict[str, Path] = {}
    for folder in (_SHIPPED, home() / "recorded"):
        for file in sorted(folder.glob("*.safetensors")):
            found.setdefault(PREFIX + file.stem, file)
    return found


@contextmanager
def _database(run: str) -> Iterator[Database]:
    """A database of its own for each reader."""
    file = _files()[run]
    loaded, lock = _loaded(file, file.stat().st_mtime_ns)
    with ExitStack() as stack:
        with lock:
            db = stack.enter_context(recordings.copied(loaded))
        yield db


@lru_cache(maxsize=8)
def _loaded(file: Path, stamp: int) -> tuple[Database, threading.Lock]:
    del stamp  # a file that was replaced is read again
    db = recordings.empty()
    try:
        form.insert(db, PREFIX + file.stem, file)
    except Exception as error:  # whatever is wrong with a file: it is none of ours
        db.close()
        raise ValueError(t("lab.error.recording", path=file.name)) from error
    return db, threading.Lock()
