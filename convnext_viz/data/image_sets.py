"""Sets of images, read one at a time: samples, a folder, the test half of a data set.

A set of a thousand photographs never lies in memory as a whole.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from convnext_viz.data.dataset import Dataset
from convnext_viz.data.images import ImageError
from convnext_viz.data.layout import layout
from convnext_viz.data.limits import MOST_FILES
from convnext_viz.data.preprocessing import preprocess
from convnext_viz.data.samples import SAMPLES, sample_image
from convnext_viz.data.tree import tree, walk
from convnext_viz.nets.preprocess import Preprocess
from convnext_viz.text import t

_BATCH_PIXELS = 2**18  # of a network's input

_NO_LABELS = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Images by number, with a name each; ``read`` raises ImageError where it is none.

    ``labels`` are (N,) indices into ``classes``; both are empty where no classes are known. ``key``
    names the set, as its files stand, for caches.
    """

    names: tuple[str, ...]
    read: Callable[[int], Image.Image]
    classes: tuple[str, ...] = ()
    labels: NDArray[np.int64] = field(default_factory=_NO_LABELS.copy)
    key: str = ""

    def __len__(self) -> int:
        return len(self.names)

    def truth(self, place: int) -> str:
        """The name of an image's class; IndexError in a set without classes."""
        return self.classes[int(self.labels[place])]


def sample_pictures(key: str = "") -> ImageSet:
    """The photographs that come with scikit-image."""
    files = tuple(SAMPLES)
    names = tuple(t(SAMPLES[name].label) for name in files)
    return ImageSet(names, lambda place: sample_image(files[place]), key=key)


def folder_pictures(
    path: str | PathLike[str], *, count: int | None = None, key: str = ""
) -> ImageSet:
    """The files of a folder and of all folders in it, or of an archive, in the order of their
    names.

    Which of them are images is found out when they are read. ``count``: no more than so many are
    looked for. Raises ValueError where there is no such folder, or no file in it.
    """
    root = Path(path).expanduser()
    if root.is_dir():
        found = (("/".join(parts), read) for parts, read in walk(root) if read is not None)
    else:
        found = ((file.name, file.read) for file in tree(root).files)
    files = tuple(islice(found, count))
    if not files:
        raise ValueError(t("explain_features.error.empty_folder", path=root))
    return ImageSet(tuple(name for name, _ in files), lambda place: files[place][1](), key=key)


def labelled_folder(path: str | PathLike[str] | BinaryIO, *, key: str = "") -> ImageSet:
    """The images of ``test/<class>/…`` or, where there is no folder for testing, of
    ``<class>/…`` or ``train/<class>/…``; of a folder or of an archive.

    Raises ValueError where there is no such folder, or no file in it.
    """
    found = tree(path if hasattr(path, "read") else Path(path))  # type: ignore[arg-type]
    shown = found.name if hasattr(path, "read") else path
    here = layout(found, shown)
    by_class = here.test or here.train
    files = [(file, name) for name in sorted(by_class) for file in by_class[name]][:MOST_FILES]
    if not files:
        raise ValueError(t("explain_subjects.set.empty", path=shown))
    classes = tuple(sorted(by_class))
    places = {name: place for place, name in enumerate(classes)}
    return ImageSet(
        names=tuple(file.parts[-1] for file, _ in files),
        read=lambda place: files[place][0].read(),
        classes=classes,
        labels=np.array([places[name] for _, name in files], dtype=np.int64),
        key=key,
    )


def tensor_pictures(images: Tensor, names: Sequence[str], *, key: str = "") -> ImageSet:
    """Images in memory, (N, 3, H, W) uint8, with a name (its class) for each."""
    return ImageSet(tuple(names), lambda place: _of_tensor(images[place]), key=key)


def dataset_images(dataset: Dataset, count: int | None = None, *, key: str = "") -> ImageSet:
    """The test images of a data set, the first ``count`` of them, named by their classes."""
    labels = dataset.test_labels[:count].numpy()
    return ImageSet(
        names=tuple(dataset.classes[label] for label in labels),
        read=lambda place: _of_tensor(dataset.test_images[place]),
        classes=dataset.classes,
        labels=labels,
        key=key,
    )


def inputs(
    pictures: ImageSet, how: Preprocess, *, batch: int | None = None, count: int | None = None
) -> Iterator[tuple[tuple[int, ...], Tensor]]:
    """The images as a network wants them, (n, 3, h, w), with their places in the set.

    Those that cannot be read are left out. ``batch``: images of one tensor, at most; by default as
    many as have a quarter of a million pixels. ``count``: only the first so many are read.
    """
    batch = batch or max(1, _BATCH_PIXELS // (how.image_size[0] * how.image_size[1]))
    places: list[int] = []
    parts: list[Tensor] = []
    for place in range(len(pictures) if count is None else min(count, len(pictures))):
        try:
            image = pictures.read(place)
        except ImageError:
            continue
        places.append(place)
        parts.append(preprocess(image, how)[0])
        if len(parts) == batch:
            yield tuple(places), torch.cat(parts)
            places, parts = [], []
    if parts:
        yield tuple(places), torch.cat(parts)


def _of_tensor(image: Tensor) -> Image.Image:
    """(3, H, W) uint8 → an image."""
    return Image.fromarray(image.permute(1, 2, 0).contiguous().numpy())
