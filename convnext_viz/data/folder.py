"""A folder or archive of images as a data set: ``train/<class>/`` and ``test/<class>/``, or class
folders alone."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from convnext_viz.data import streamed
from convnext_viz.data.dataset import Dataset, Origin, channel_statistics
from convnext_viz.data.images import ImageError
from convnext_viz.data.layout import Classes, Layout, layout
from convnext_viz.data.preprocessing import fitted, middle_square
from convnext_viz.data.randomness import generator
from convnext_viz.data.tree import tree
from convnext_viz.text import t

HELD_BACK = 5  # where there is no folder of test images: every fifth image of each class


@dataclass(frozen=True)
class _Half:
    """Images of one half, (h, w, 3) each, with their labels, in the order of classes and names."""

    images: list[NDArray[np.uint8]] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)

    def tensors(self) -> tuple[Tensor, Tensor]:
        """Images (N, 3, H, W), channels last in memory, and labels."""
        stacked = torch.from_numpy(np.stack(self.images))
        return stacked.permute(0, 3, 1, 2), torch.tensor(self.labels)


def image_folder(
    path: str | Path | BinaryIO,
    *,
    image_size: int = 32,
    progress: Callable[[int, int], None] | None = None,
) -> Dataset:
    """The images of a folder, or of a ZIP archive (its path, or an open file), each resized to its
    shorter side (averaged over areas, so that no edge rings; enlarged bicubically) and cut to the
    middle square.

    Classes are the names of the folders in ``train``, sorted; the folder for testing is called
    ``test``, ``val``, ``valid`` or ``validation``, in any case, and has the same classes. Where
    there is none, a fifth of each class is held back, always the same images of the same files.
    Files that are no readable pictures are left out and named in ``origin``. ``progress(done,
    total)`` counts files. Raises ValueError where the folder has another form.
    """
    found = _found(path)
    read = _read_all(found, image_size, lambda image: image, progress)
    train_images, train_labels = read.train.tensors()
    test_images, test_labels = read.test.tensors()
    mean, std = channel_statistics(train_images)
    return Dataset(
        name=found.name,
        classes=read.classes,
        train_images=train_images,
        train_labels=train_labels,
        test_images=test_images,
        test_labels=test_labels,
        mean=mean,
        std=std,
        origin=read.origin,
    )


def folder_bytes(path: str | Path, *, image_size: int) -> int:
    """Bytes that the images take in memory, if all files are images. Raises ValueError where the
    folder has another form."""
    return _found(path).files * image_size * image_size * 3


def write_image_folder(path: str | Path, file: Path, mark: str, *, image_size: int) -> None:
    """The same data set written to ``file``, for the cache, without ever being in memory as a
    whole: images wait in a second file until it is known which ones are held back.

    Raises ValueError as :func:`image_folder`, and OSError where there is no room for both files.
    """
    found = _found(path)
    shape = (found.files, image_size, image_size, 3)
    file.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=file.parent) as spool:
        spool.truncate(math.prod(shape))
        rows = np.memmap(spool, dtype=np.uint8, mode="r+", shape=shape)
        places = count()

        def keep(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
            place = next(places)
            # Written, not assigned: a full disk is an error here, and there the end of the process.
            spool.seek(place * image.nbytes)
            spool.write(image.tobytes())
            spool.flush()
            return rows[place]

        read = _read_all(found, image_size, keep)
        streamed.write(
            file,
            mark,
            name=found.name,
            classes=read.classes,
            image_size=image_size,
            train=streamed.Half(labels=read.train.labels, images=read.train.images),
            test=streamed.Half(labels=read.test.labels, images=read.test.images),
            origin=read.origin,
        )


@dataclass(frozen=True)
class _Found:
    """A folder or archive before any of its images is read."""

    name: str
    shown: object  # as an error calls it
    layout: Layout
    files: int


@dataclass(frozen=True)
class _Read:
    """The images of a folder in their halves."""

    classes: tuple[str, ...]
    train: _Half
    test: _Half
    origin: Origin


def _found(path: str | Path | BinaryIO) -> _Found:
    found = tree(path)
    shown = path if isinstance(path, str | Path) else found.name
    here = layout(found, shown)
    _check_classes(here, shown)
    files = sum(map(len, (*here.train.values(), *here.test.values())))
    return _Found(found.name, shown, here, files)


def _read_all(
    found: _Found,
    image_size: int,
    keep: Callable[[NDArray[np.uint8]], NDArray[np.uint8]],
    progress: Callable[[int, int], None] | None = None,
) -> _Read:
    """All images, each as ``keep`` gives it back."""
    here, shown = found.layout, found.shown
    classes = tuple(sorted(here.train))
    unreadable: list[tuple[str, str]] = []
    progressing = _counter(progress, found.files)

    def read(files: Classes) -> _Half:
        half = _Half()
        for label, image in _images(files, classes, image_size, unreadable, progressing):
            half.images.append(keep(image))
            half.labels.append(label)
        return half

    train, test = read(here.train), read(here.test) if here.test else None
    if test is None:
        train, test = _held_back(train, classes, shown)
    for half, place in ((train, here.train_folder), (test, here.test_folder)):
        for label in sorted(set(range(len(classes))) - set(half.labels)):
            empty = "/".join(filter(None, (str(shown), place, classes[label])))
            raise ValueError(t("train.error.class_empty", path=empty))
    origin = Origin(
        train_folder=here.train_folder,
        test_folder=here.test_folder,
        unused=here.unused,
        unreadable=tuple(unreadable),
        files=found.files,
    )
    return _Read(classes, train, test, origin)


def _check_classes(here: Layout, path: object) -> None:
    if len(here.train) < 2:
        place = "/".join(filter(None, (str(path), here.train_folder)))
        raise ValueError(t("train.error.too_few_classes", path=place))
    odd = sorted(here.train.keys() ^ here.test.keys()) if here.test else []
    if odd:
        halves = {"train": here.train_folder, "test": here.test_folder}
        raise ValueError(t("train.error.classes_differ", path=path, names=", ".join(odd), **halves))


def _counter(progress: Callable[[int, int], None] | None, total: int) -> Iterator[None]:
    """Tells ``progress`` of every hundredth file, and of the last."""
    for done in range(1, total + 1):
        if progress and (done % 100 == 0 or done == total):
            progress(done, total)
        yield


def _images(
    files: Classes,
    classes: tuple[str, ...],
    image_size: int,
    unreadable: list[tuple[str, str]],
    progressing: Iterator[None],
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Label and image of every readable file; the others go to ``unreadable``."""
    how = middle_square(image_size)
    for label, name in enumerate(classes):
        for file in files[name]:
            try:
                yield label, np.asarray(fitted(file.read(), how))
            except ImageError as why:
                unreadable.append((file.name, why.reason))
            next(progressing)


def _held_back(half: _Half, classes: tuple[str, ...], path: object) -> tuple[_Half, _Half]:
    """The images split in two, class by class: chance depends on the class and its images only."""
    train, test = _Half(), _Half()
    for label, name in enumerate(classes):
        places = [place for place, one in enumerate(half.labels) if one == label]
        if len(places) == 1:
            raise ValueError(t("train.error.class_single", path=path, name=name))
        held = max(1, round(len(places) / HELD_BACK)) if places else 0
        order = torch.randperm(len(places), generator=generator("held back", name)).tolist()
        chosen = {places[one] for one in order[:held]}
        for place in places:
            side = test if place in chosen else train
            side.images.append(half.images[place])
            side.labels.append(label)
    return train, test
