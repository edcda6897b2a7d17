"""A folder or archive of images as a data set: ``train/<class>/`` and ``test/<class>/``, or class
folders alone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from convnext_viz.data.dataset import Dataset, Origin, channel_statistics
from convnext_viz.data.images import ImageError
from convnext_viz.data.layout import Classes, Layout, layout
from convnext_viz.data.preprocessing import fitted, middle_square
from convnext_viz.data.randomness import generator
from convnext_viz.data.tree import tree
from convnext_viz.nets.preprocess import Preprocess
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
    found = tree(path)
    shown = path if isinstance(path, str | Path) else found.name
    here = layout(found, shown)
    _check_classes(here, shown)
    how = middle_square(image_size)
    classes = tuple(sorted(here.train))
    total = sum(map(len, (*here.train.values(), *here.test.values())))
    unreadable: list[tuple[str, str]] = []
    count = _counter(progress, total)
    train = _read(here.train, classes, how, unreadable, count)
    test = _read(here.test, classes, how, unreadable, count) if here.test else None
    if test is None:
        train, test = _held_back(train, classes, shown)
    for half, place in ((train, here.train_folder), (test, here.test_folder)):
        for label in sorted(set(range(len(classes))) - set(half.labels)):
            empty = "/".join(filter(None, (str(shown), place, classes[label])))
            raise ValueError(t("train.error.class_empty", path=empty))
    train_images, train_labels = train.tensors()
    test_images, test_labels = test.tensors()
    mean, std = channel_statistics(train_images)
    return Dataset(
        name=found.name,
        classes=classes,
        train_images=train_images,
        train_labels=train_labels,
        test_images=test_images,
        test_labels=test_labels,
        mean=mean,
        std=std,
        origin=Origin(
            train_folder=here.train_folder,
            test_folder=here.test_folder,
            unused=here.unused,
            unreadable=tuple(unreadable),
            files=total,
        ),
    )


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


def _read(
    files: Classes,
    classes: tuple[str, ...],
    how: Preprocess,
    unreadable: list[tuple[str, str]],
    count: Iterator[None],
) -> _Half:
    half = _Half()
    for label, name in enumerate(classes):
        for file in files[name]:
            try:
                half.images.append(np.asarray(fitted(file.read(), how)))
                half.labels.append(label)
            except ImageError as why:
                unreadable.append((file.name, why.reason))
            next(count)
    return half


def _held_back(half: _Half, classes: tuple[str, ...], path: object) -> tuple[_Half, _Half]:
    """The images split in two, class by class: chance depends on the class and its images only."""
    train, test = _Half(), _Half()
    for label, name in enumerate(classes):
        places = [place for place, one in enumerate(half.labels) if one == label]
        if len(places) == 1:
            raise ValueError(t("train.error.class_single", path=path, name=name))
        count = max(1, round(len(places) / HELD_BACK)) if places else 0
        order = torch.randperm(len(places), generator=generator("held back", name)).tolist()
        chosen = {places[one] for one in order[:count]}
        for place in places:
            side = test if place in chosen else train
            side.images.append(half.images[place])
            side.labels.append(label)
    return train, test
