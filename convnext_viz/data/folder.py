"""A folder of images as a data set: ``train/<class>/`` and ``test/<class>/``."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from convnext_viz.data.dataset import Dataset, channel_statistics
from convnext_viz.data.images import ImageError, read_image_file
from convnext_viz.data.preprocessing import fitted
from convnext_viz.nets.preprocess import Preprocess
from convnext_viz.text import t


def image_folder(
    path: str | Path,
    *,
    image_size: int = 32,
    progress: Callable[[int, int], None] | None = None,
) -> Dataset:
    """The images of a folder, read by :func:`read_image_file`, each resized to its shorter side
    (bicubic) and cut to the middle square.

    Classes are the names of the folders in ``train``, sorted; ``test`` has the same ones. Files
    that are no readable pictures are left out and counted. ``progress(done, total)`` counts files.
    Raises ValueError where the folder has another form.
    """
    root = Path(path)
    # As the Explain page looks at a network of the lab (:meth:`Lab.network`): the same pixels.
    how = Preprocess(image_size=(image_size, image_size), crop_fraction=1.0)
    halves = {half: _classes(root, half) for half in ("train", "test")}
    _check_classes(root, halves)
    classes = tuple(sorted(halves["train"]))
    files = {half: [_files(root / half / name) for name in classes] for half in halves}
    total = sum(len(of_class) for half in files.values() for of_class in half)
    done = 0
    tensors: dict[str, tuple[Tensor, Tensor]] = {}
    for half, by_class in files.items():
        pictures: list[NDArray[np.uint8]] = []
        labels: list[int] = []
        for label, of_class in enumerate(by_class):
            for file in of_class:
                picture = _read(file, how)
                if picture is not None:
                    pictures.append(picture)
                    labels.append(label)
                done += 1
                if progress and (done % 100 == 0 or done == total):
                    progress(done, total)
            if not labels or labels[-1] != label:
                raise ValueError(t("train.error.class_empty", path=root / half / classes[label]))
        stacked = torch.from_numpy(np.stack(pictures))  # (N, H, W, 3)
        tensors[half] = stacked.permute(0, 3, 1, 2), torch.tensor(labels)
    mean, std = channel_statistics(tensors["train"][0])
    return Dataset(
        name=root.resolve().name,
        classes=classes,
        train_images=tensors["train"][0],
        train_labels=tensors["train"][1],
        test_images=tensors["test"][0],
        test_labels=tensors["test"][1],
        mean=mean,
        std=std,
        skipped=total - len(tensors["train"][1]) - len(tensors["test"][1]),
    )


def _classes(root: Path, half: str) -> set[str]:
    folder = root / half
    if not folder.is_dir():
        raise ValueError(t("train.error.folder_form", path=root, missing=folder))
    return {entry.name for entry in _visible(folder) if entry.is_dir()}


def _check_classes(root: Path, halves: dict[str, set[str]]) -> None:
    if len(halves["train"]) < 2:
        raise ValueError(t("train.error.too_few_classes", path=root / "train"))
    odd = sorted(halves["train"] ^ halves["test"])
    if odd:
        raise ValueError(t("train.error.classes_differ", path=root, names=", ".join(odd)))


def _files(folder: Path) -> list[Path]:
    """Sorted, so that the same folder gives the same data set everywhere."""
    return sorted(_visible(folder))


def _visible(folder: Path) -> Iterator[Path]:
    return (entry for entry in folder.iterdir() if not entry.name.startswith("."))


def _read(file: Path, how: Preprocess) -> NDArray[np.uint8] | None:
    """(h, w, 3) uint8, or None where ``file`` is no readable image."""
    try:
        return np.asarray(fitted(read_image_file(file), how))
    except ImageError:
        return None
