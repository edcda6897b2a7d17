"""Sets of images, read one at a time: samples, a folder, the test half of a data set.

A set of a thousand photographs never lies in memory as a whole.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from os import PathLike
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from convnext_viz.data.dataset import Dataset
from convnext_viz.data.images import ImageError, read_image_file
from convnext_viz.data.preprocessing import preprocess
from convnext_viz.data.samples import SAMPLES, sample_image
from convnext_viz.nets.preprocess import Preprocess
from convnext_viz.text import t

MOST_FILES = 20_000  # of a folder with classes
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
    """The files of a folder and of all folders in it, in the order of their names.

    Which of them are images is found out when they are read. ``count``: no more than so many are
    looked for. Raises ValueError where there is no such folder, or no file in it.
    """
    root = Path(path).expanduser()
    if not root.is_dir():
        raise ValueError(t("explain_features.error.no_folder", path=root))
    files = tuple(islice(_walk(root), count))
    if not files:
        raise ValueError(t("explain_features.error.empty_folder", path=root))
    names = tuple(str(file.relative_to(root)) for file in files)
    return ImageSet(names, lambda place: read_image_file(files[place]), key=key)


def labelled_folder(path: str | PathLike[str], *, key: str = "") -> ImageSet:
    """The images of ``test/<class>/…`` or, where there is no folder "test", of ``<class>/…``.

    Raises ValueError where there is no such folder, or no file in it.
    """
    root = Path(path).expanduser()
    root = root / "test" if (root / "test").is_dir() else root
    try:
        folders = sorted(one for one in root.iterdir() if one.is_dir() and one.name[0] != ".")
        by_class = [sorted(file for file in one.iterdir() if file.is_file()) for one in folders]
    except OSError as error:
        raise ValueError(t("explain_subjects.set.no_folder", path=path)) from error
    files = [(file, label) for label, some in enumerate(by_class) for file in some][:MOST_FILES]
    if not files:
        raise ValueError(t("explain_subjects.set.empty", path=path))
    return ImageSet(
        names=tuple(file.name for file, _ in files),
        read=lambda place: read_image_file(files[place][0]),
        classes=tuple(one.name for one in folders),
        labels=np.array([label for _, label in files], dtype=np.int64),
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


def _walk(root: Path) -> Iterator[Path]:
    """Visible files, folder by folder: the first ones are found without a look at the rest."""
    for folder, inside, files in os.walk(root):
        inside[:] = sorted(name for name in inside if not name.startswith("."))
        for name in sorted(files):
            file = Path(folder) / name
            if not name.startswith(".") and file.is_file():
                yield file


def _of_tensor(image: Tensor) -> Image.Image:
    """(3, H, W) uint8 → an image."""
    return Image.fromarray(image.permute(1, 2, 0).contiguous().numpy())
