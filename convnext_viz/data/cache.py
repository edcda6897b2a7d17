"""Cache of data sets that take long to make, one file each: a server that starts anew and every
worker read it in a moment, and share its pages in memory."""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors.torch import save_file

from convnext_viz.data.dataset import Dataset, Origin

LARGEST = 1_000_000_000  # bytes; what is larger is written as it is made, or made each time
_HALVES = ("train", "test")


def cached(file: Path, mark: str, make: Callable[[], Dataset]) -> Dataset:
    """The data set in ``file`` where it is cached under the same ``mark``; else ``make()``, which
    is then cached in its place. A file that cannot be read or written costs time, nothing else."""
    try:
        return read_cached(file, mark)
    except Exception:  # not there, of other pictures, cut short, of another release
        made = make()
    _write(made, file, mark)
    return made


def read_cached(file: Path, mark: str) -> Dataset:
    """The data set in ``file``, mapped, where it is cached under that mark. Raises an exception of
    whatever kind where it is not."""
    with safe_open(file, framework="pt") as opened:
        facts = json.loads(opened.metadata()["facts"])
        if facts["mark"] != mark:
            raise ValueError(mark)
        images = [opened.get_tensor(half).permute(0, 3, 1, 2) for half in _HALVES]
        labels = [opened.get_tensor(f"{half}_labels") for half in _HALVES]
    return Dataset(
        name=facts["name"],
        classes=tuple(facts["classes"]),
        train_images=images[0],
        train_labels=labels[0],
        test_images=images[1],
        test_labels=labels[1],
        mean=tuple(facts["mean"]),
        std=tuple(facts["std"]),
        origin=_origin(facts["origin"]),
    )


def listing(place: Path) -> str:
    """A mark of a file, or of all files in a folder: another name, size or time of change gives
    another one.

    Raises OSError where it cannot be looked into.
    """
    digest = hashlib.blake2b(digest_size=16)
    if place.is_file():
        found = place.stat()
        return f"{found.st_size} {found.st_mtime_ns}"
    for folder, folders, names in os.walk(place, onerror=_raise, followlinks=True):
        folders.sort()
        for name in sorted(names):
            found = os.stat(os.path.join(folder, name))
            digest.update(f"{folder}/{name}\0{found.st_size}\0{found.st_mtime_ns}\0".encode())
    return digest.hexdigest()


def changed(place: Path) -> int:
    """When a file or folder last changed, in nanoseconds since 1970; 0 where it is not there."""
    try:
        return place.stat().st_mtime_ns
    except OSError:
        return 0


def _raise(error: OSError) -> None:
    raise error


def _origin(facts: dict[str, Any] | None) -> Origin | None:
    if facts is None:
        return None
    unreadable = tuple((name, reason) for name, reason in facts["unreadable"])
    return Origin(**(facts | {"unused": tuple(facts["unused"]), "unreadable": unreadable}))


def _write(made: Dataset, file: Path, mark: str) -> None:
    if made.train_images.nbytes + made.test_images.nbytes > LARGEST:
        return
    tensors = {
        "train": made.train_images.permute(0, 2, 3, 1).contiguous(),
        "test": made.test_images.permute(0, 2, 3, 1).contiguous(),
        "train_labels": made.train_labels,
        "test_labels": made.test_labels,
    }
    facts = {
        "mark": mark,
        "name": made.name,
        "classes": made.classes,
        "mean": made.mean,
        "std": made.std,
        "origin": asdict(made.origin) if made.origin else None,
    }
    half = file.with_suffix(f".{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        save_file(tensors, half, metadata={"facts": json.dumps(facts)})
        half.replace(file)
    except Exception:  # a full or read-only folder
        half.unlink(missing_ok=True) if half.parent.is_dir() else None
