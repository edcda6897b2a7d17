"""Numbered pictures that are read when they are asked for: samples, a folder, a data set's tensor.

A set of a thousand photographs never lies in memory as a whole.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from os import PathLike
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from convnext_viz.data.images import ImageError, read_image
from convnext_viz.data.preprocessing import preprocess
from convnext_viz.data.samples import SAMPLES, sample_image
from convnext_viz.nets.preprocess import Preprocess
from convnext_viz.text import t

LARGEST_FILE = 100_000_000  # bytes; what is larger is no photograph


@dataclass(frozen=True, eq=False)
class Pictures:
    """Names, and what reads the picture of that place; it raises ImageError where it is none."""

    names: tuple[str, ...]
    read: Callable[[int], Image.Image]

    def __len__(self) -> int:
        return len(self.names)


def sample_pictures() -> Pictures:
    """The photographs that come with scikit-image."""
    files = tuple(SAMPLES)
    return Pictures(tuple(t(SAMPLES[name].label) for name in files), _OfNames(files))


def folder_pictures(path: str | PathLike[str], *, count: int | None = None) -> Pictures:
    """The files of a folder and of all folders in it, in the order of their names.

    Which of them are pictures is found out when they are read. ``count``: no more than so many are
    looked for. Raises ValueError where there is no such folder, or no file in it.
    """
    root = Path(path).expanduser()
    if not root.is_dir():
        raise ValueError(t("explain_features.error.no_folder", path=root))
    files = tuple(islice(_walk(root), count))
    if not files:
        raise ValueError(t("explain_features.error.empty_folder", path=root))
    return Pictures(tuple(str(file.relative_to(root)) for file in files), _OfFiles(files))


def _walk(root: Path) -> Iterator[Path]:
    """Visible files, folder by folder: the first ones are found without a look at the rest."""
    for folder, inside, files in os.walk(root):
        inside[:] = sorted(name for name in inside if not name.startswith("."))
        for name in sorted(files):
            file = Path(folder) / name
            if not name.startswith(".") and file.is_file():
                yield file


def tensor_pictures(images: Tensor, names: Sequence[str]) -> Pictures:
    """A data set's pictures, (N, 3, H, W) uint8, with a name (its class) for each."""
    return Pictures(tuple(names), _OfTensor(images))


def inputs(
    pictures: Pictures, how: Preprocess, *, batch: int = 16
) -> Iterator[tuple[tuple[int, ...], Tensor]]:
    """The pictures as a network wants them, (n, 3, h, w), with their places in the set.

    Those that cannot be read are left out. ``batch``: pictures of one tensor, at most.
    """
    places: list[int] = []
    parts: list[Tensor] = []
    for place in range(len(pictures)):
        try:
            image = pictures.read(place)
        except (ImageError, OSError):
            continue
        places.append(place)
        parts.append(preprocess(image, how)[0])
        if len(parts) == batch:
            yield tuple(places), torch.cat(parts)
            places, parts = [], []
    if parts:
        yield tuple(places), torch.cat(parts)


@dataclass(frozen=True)
class _OfNames:
    names: tuple[str, ...]

    def __call__(self, place: int) -> Image.Image:
        return sample_image(self.names[place])


@dataclass(frozen=True)
class _OfFiles:
    files: tuple[Path, ...]

    def __call__(self, place: int) -> Image.Image:
        file = self.files[place]
        if file.stat().st_size > LARGEST_FILE:
            raise ImageError(t("explain_features.error.large_file", file=file.name))
        return read_image(file.read_bytes(), file.name)


@dataclass(frozen=True, eq=False)
class _OfTensor:
    images: Tensor

    def __call__(self, place: int) -> Image.Image:
        return Image.fromarray(self.images[place].permute(1, 2, 0).contiguous().numpy())
