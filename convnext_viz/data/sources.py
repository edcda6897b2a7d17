"""Data sets of experiments: the description of one, and the loading of what it describes."""

import hashlib
import json
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from convnext_viz.data import cache
from convnext_viz.data.cache import cached, changed, listing
from convnext_viz.data.cifar import OFFICIAL, Progress, cifar10, cifar100, cifar_batches
from convnext_viz.data.dataset import Dataset, Origin, channel_statistics
from convnext_viz.data.drawn_shapes import CLASSES, shapes
from convnext_viz.data.folder import folder_bytes, image_folder, write_image_folder
from convnext_viz.data.home_folder import home
from convnext_viz.data.images import DECODER
from convnext_viz.data.layout import is_half
from convnext_viz.data.own_sets.loading import dataset as own_dataset
from convnext_viz.data.own_sets.loading import trainable
from convnext_viz.data.own_sets.manifest import is_id
from convnext_viz.data.own_sets.sets import mark
from convnext_viz.data.randomness import generator
from convnext_viz.specs import fields
from convnext_viz.specs.fields import choice, integer, text
from convnext_viz.text import t

Kind = Literal["shapes", "cifar10", "cifar100", "batches", "folder", "own"]

_ERROR = "lab.error.data"
_SHAPES = (10_000, 2_000)  # drawn where no number is requested
_CIFAR = (50_000, 10_000)


@dataclass(frozen=True, kw_only=True)
class DataSpec:
    """A data set by kind, place and size.

    ``path`` is the folder of "folder" and "batches" (CIFAR's Python format, any number of
    pictures), and the id of a set of one's own (:mod:`convnext_viz.data.own_sets`) for "own"; for
    "cifar10" and "cifar100" it may be left empty: they are stored in the lab's own folder. Raises
    ValueError that names the field, its value and what is allowed.
    """

    kind: Kind = choice("shapes", Kind)
    path: str = text("", allowed="…/")
    # So many images, chosen at random but always the same; None = all.
    train: int | None = integer(None, 1, optional=True, allowed="None, 1, 2, 3, …")
    test: int | None = integer(None, 1, optional=True, allowed="None, 1, 2, 3, …")
    image_size: int = integer(32, 1, 512, allowed="1 … 512", unit="px")  # of shapes and folders

    def __post_init__(self) -> None:
        fields.check(self, _ERROR)
        known = is_id(self.path) if self.kind == "own" else self.path or not self.foreign
        if not known:
            raise fields.refusal("path", self.path, "…/", _ERROR)

    @property
    def foreign(self) -> bool:
        """Whether the pictures are the visitor's own."""
        return self.kind in ("folder", "batches", "own")


@dataclass(frozen=True, kw_only=True)
class DataFacts:
    """What is to be known of a data set before an experiment starts."""

    train: int  # pictures
    test: int
    classes: int
    image_size: int  # pixels
    origin: Origin | None = None  # of a folder or an archive


def to_dict(data: DataSpec) -> dict[str, Any]:
    """``data`` in the types JSON has."""
    return fields.to_json(data)


def from_dict(values: Mapping[str, Any]) -> DataSpec:
    """The description of ``values``; raises ValueError for a field that there is not."""
    return fields.from_json(DataSpec, values, _ERROR)


def facts(data: DataSpec) -> DataFacts:
    """Numbers of pictures and classes; only "batches" and "folder" are loaded for it.

    Raises ValueError where they are not there.
    """
    if data.kind == "own":
        return _own_facts(data)
    if data.foreign:
        loaded = load(data)
        train, test = len(loaded.train_images), len(loaded.test_images)
        size = loaded.train_images.shape[-1]
        classes = len(loaded.classes)
        return DataFacts(
            train=train, test=test, classes=classes, image_size=size, origin=loaded.origin
        )
    size = data.image_size
    if data.kind == "shapes":
        train, test = data.train or _SHAPES[0], data.test or _SHAPES[1]
        return DataFacts(train=train, test=test, classes=len(CLASSES), image_size=size)
    train, test = min(data.train or _CIFAR[0], _CIFAR[0]), min(data.test or _CIFAR[1], _CIFAR[1])
    classes = 10 if data.kind == "cifar10" else 100
    return DataFacts(train=train, test=test, classes=classes, image_size=32)


def _own_facts(data: DataSpec) -> DataFacts:
    """From the set's description: no picture is looked at."""
    found = trainable(data.path)
    train, test = found.count(half="train"), found.count(half="test")
    return DataFacts(
        train=min(data.train or train, train),
        test=min(data.test or test, test),
        classes=len(found.classes),
        image_size=data.image_size,
    )


def load(data: DataSpec, *, download: bool = False, progress: Progress | None = None) -> Dataset:
    """The data set; the last ones stay in memory, as all runs of a lesson share them.

    ``download`` and ``progress(bytes done, bytes in all)`` are CIFAR's. Raises ValueError, with
    what to do, where the pictures are not there or cannot be read.
    """
    if data.kind in OFFICIAL and download:
        _download(data, progress)
    with _loading:  # a second one waits instead of reading the same images too
        return _loaded(data, _stamp(data))


def _download(data: DataSpec, progress: Progress | None) -> None:
    """One at a time: a second one reports how far the first one is."""

    def on_progress(done: int, total: int) -> None:
        _arrived[:] = done, total
        if progress:
            progress(done, total)

    while not _downloading.acquire(timeout=0.3):
        if progress:
            progress(*_arrived)
    try:
        _made(data, download=True, progress=on_progress)
    finally:
        _downloading.release()


def warm(text: str) -> bool:
    """Load the data set described by ``text`` (JSON), so that a run on it can start at once; False
    where it was warm already or cannot be had."""
    before = _loaded.cache_info().misses
    try:
        if text not in _hopeless:
            load(from_dict(json.loads(text)))
    except ValueError:
        _hopeless.add(text)
    return _loaded.cache_info().misses > before and text not in _hopeless


_hopeless: set[str] = set()
_loading = threading.Lock()
_downloading = threading.Lock()
_arrived = [0, 0]  # bytes, and of how many


@lru_cache(maxsize=4)
def _loaded(data: DataSpec, stamp: tuple[int, ...]) -> Dataset:
    """``stamp`` changes with the files: a data set that was repaired is read again."""
    if data.kind == "shapes" or (data.train is None and data.test is None):
        return _read(data, stamp)
    # Visitors who choose other numbers of the same pictures do not make them be read again.
    complete = _read(replace(data, train=None, test=None), stamp)
    some = _some_of_each if data.kind == "own" else _some
    train = some("train", data.train, complete.train_images, complete.train_labels)
    test = some("test", data.test, complete.test_images, complete.test_labels)
    mean, std = channel_statistics(train[0])
    return replace(
        complete,
        train_images=train[0],
        train_labels=train[1],
        test_images=test[0],
        test_labels=test[1],
        mean=mean,
        std=std,
    )


@lru_cache(maxsize=2)
def _read(data: DataSpec, stamp: tuple[int, ...]) -> Dataset:
    del stamp
    return _made(data)


def _made(data: DataSpec, *, download: bool = False, progress: Progress | None = None) -> Dataset:
    folder = Path(data.path).expanduser() if data.path else home() / "data"
    try:
        if data.kind == "cifar10":
            return cifar10(folder, download=download, progress=progress)
        if data.kind == "cifar100":
            return cifar100(folder, download=download, progress=progress)
        if data.kind == "batches":
            return cifar_batches(folder)
        if data.kind == "folder":
            return _pictures(folder, data.image_size)
        if data.kind == "own":
            return own_dataset(data.path, data.image_size)
    except OSError as error:
        place, reason = error.filename or folder, error.strerror or error
        raise ValueError(t("train.error.unreadable", path=place, reason=reason)) from error
    return _drawn(data)


def _drawn(data: DataSpec) -> Dataset:
    """The shapes: drawing ten thousand takes seconds."""
    train, test = data.train or _SHAPES[0], data.test or _SHAPES[1]
    file = home() / "data" / f"shapes-{train}-{test}-{data.image_size}.safetensors"
    return cached(file, "", lambda: shapes(train=train, test=test, image_size=data.image_size))


def _pictures(folder: Path, image_size: int) -> Dataset:
    """A folder's or an archive's pictures: tens of thousands of files take half a minute.
    What would be too much for the memory is written as it is read, and mapped."""
    name = hashlib.blake2b(f"{folder.absolute()} {image_size}".encode(), digest_size=8).hexdigest()
    file = home() / "data" / f"folder-{name}.safetensors"
    mark = f"{DECODER} {listing(folder)}" if folder.exists() else ""

    def make() -> Dataset:
        if folder_bytes(folder, image_size=image_size) <= cache.LARGEST:
            return image_folder(folder, image_size=image_size)
        write_image_folder(folder, file, mark, image_size=image_size)
        return cache.read_cached(file, mark)

    return cached(file, mark, make)


def _some(half: str, count: int | None, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    if count is None or count >= len(images):
        return images, labels
    chosen = torch.randperm(len(images), generator=generator("some", half))[:count].sort().values
    picked = images[chosen].contiguous(memory_format=torch.channels_last)
    return picked, labels[chosen]


def _some_of_each(
    half: str, count: int | None, images: Tensor, labels: Tensor
) -> tuple[Tensor, Tensor]:
    """The same share of every class, and one of each first: of a few dozen pictures, a random
    choice may leave a class out. Fewer pictures are always some of more."""
    if count is None or count >= len(images):
        return images, labels
    order = torch.randperm(len(images), generator=generator("some", half))
    seen: dict[int, int] = {}
    counts = torch.bincount(labels).tolist()
    places = []
    for place in order.tolist():
        label = int(labels[place])
        rank = seen.get(label, 0)
        seen[label] = rank + 1
        places.append((rank > 0, (rank + 0.5) / counts[label], label, place))
    chosen = torch.tensor(sorted(place for *_, place in sorted(places)[:count]))
    return images[chosen].contiguous(memory_format=torch.channels_last), labels[chosen]


def _stamp(data: DataSpec) -> tuple[int, ...]:
    """When the folders, or the archive, that hold the pictures last changed; 0 for one that is not
    there. Of a set of one's own its mark."""
    if data.kind == "own":
        return (int(mark(trainable(data.path)), 16),)
    place = Path(data.path).expanduser() if data.path else home() / "data"
    if data.kind in OFFICIAL:
        places = [place / OFFICIAL[data.kind]]
    elif data.kind == "folder":
        top = _folders(place)
        halves = [one for one in top if is_half(one.name) or len(top) == 1]
        inner = [one for half in halves for one in _folders(half)]
        # An archive's train may hold another train, or all of it.
        deeper = [one for folder in inner if is_half(folder.name) for one in _folders(folder)]
        places = [place, *top, *inner, *deeper]
    else:
        places = [place] if data.kind == "batches" else []
    return tuple(changed(one) for one in places)


def _folders(place: Path) -> list[Path]:
    try:
        return [Path(entry.path) for entry in os.scandir(place) if entry.is_dir()]
    except OSError:
        return []
