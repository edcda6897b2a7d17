"""A set as a data set to train on: the arrays of one image size lie in a file that is mapped into
memory, named by the set's mark, so that it is made anew when the set changes."""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from convnext_viz.data import streamed
from convnext_viz.data.cache import read_cached
from convnext_viz.data.dataset import Dataset
from convnext_viz.data.images import DECODER
from convnext_viz.data.own_sets.manifest import (
    arrays_folder,
    cached_arrays,
    folder,
    read,
    storing,
)
from convnext_viz.data.own_sets.sets import Half, Picture, PictureSet, mark
from convnext_viz.data.own_sets.viewing import stored
from convnext_viz.data.preprocessing import fitted, middle_square
from convnext_viz.text import t

_FORGOTTEN = 86_400.0  # seconds after which nobody is still writing a file


def trainable(id: str, *, home: Path | None = None) -> PictureSet:
    """The set, if a network can be trained on it. Raises ValueError where it has fewer than two
    classes, no pictures in a half, or a class without any for training."""
    found = read(id, home=home)
    if len(found.classes) < 2:
        raise ValueError(t("own_sets.error.too_few_classes", name=found.name))
    halves: tuple[Half, ...] = ("train", "test")
    for half in halves:
        if not found.count(half=half):
            said = t(f"own_sets.half.{half}")
            raise ValueError(t("own_sets.error.half_empty", name=found.name, half=said))
    for label in found.classes:
        if not found.count(label, "train"):
            raise ValueError(t("own_sets.error.class_untrained", name=found.name, label=label))
    return found


def dataset(id: str, image_size: int, *, home: Path | None = None) -> Dataset:
    """The pictures of a set in its halves, by class and by their own digest, each resized and cut
    as a folder's are (:func:`convnext_viz.data.image_folder`); its ``mark`` is the set's.

    Images are mapped from a file in the lab's folder: they need not fit in memory, and stay
    readable when the set is changed or deleted. Raises ValueError as :func:`trainable`, and where
    the file cannot be written.
    """
    found = trainable(id, home=home)
    own = mark(found)
    file = arrays_folder(home) / f"own-{id}-{image_size}-{own}-{DECODER}.safetensors"
    try:
        made = read_cached(file, own)
    except Exception:  # not there yet, or cut short
        with storing():
            _write(found, own, file, image_size, home)
            made = read_cached(file, own)
    return replace(made, name=found.name, mark=own)


def _write(found: PictureSet, own: str, file: Path, image_size: int, home: Path | None) -> None:
    streamed.write(
        file,
        own,
        name=found.name,
        classes=found.classes,
        image_size=image_size,
        train=_half(found, "train", image_size, home),
        test=_half(found, "test", image_size, home),
    )
    if not folder(found.id, home).is_dir():  # deleted meanwhile: nothing of it may stay
        file.unlink(missing_ok=True)
        read(found.id, home=home)
    for other in cached_arrays(found.id, home, f"{image_size}-"):
        with suppress(OSError):  # Windows keeps a file that is in use
            complete = other.suffix != streamed.PART
            if other != file and (complete or time.time() - other.stat().st_mtime > _FORGOTTEN):
                other.unlink()


def _half(found: PictureSet, half: Half, image_size: int, home: Path | None) -> streamed.Half:
    pictures = sorted(
        (one for one in found.pictures if one.half == half), key=lambda one: (one.label, one.id)
    )
    places = {label: place for place, label in enumerate(found.classes)}
    return streamed.Half(
        labels=[places[one.label] for one in pictures],
        images=_images(pictures, folder(found.id, home), image_size),
    )


def _images(pictures: list[Picture], place: Path, image_size: int) -> Iterator[NDArray[np.uint8]]:
    how = middle_square(image_size)
    for one in pictures:
        yield np.asarray(fitted(stored(place, one), how))
