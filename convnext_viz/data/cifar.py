"""CIFAR-10 and CIFAR-100 (Krizhevsky, 2009): the official files, checked before they are read."""

import pickle
import shutil
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from convnext_viz.data.arrays import ArrayError, images_of
from convnext_viz.data.dataset import Dataset, channel_statistics
from convnext_viz.data.downloads import fetch, writable
from convnext_viz.text import t

Progress = Callable[[int, int], None]  # bytes done, bytes in all

OFFICIAL = {"cifar10": "cifar-10-batches-py", "cifar100": "cifar-100-python"}  # folders
_META = ("batches.meta", "meta")  # of CIFAR-10's form, of CIFAR-100's


def cifar10(
    folder: str | Path, *, download: bool = False, progress: Progress | None = None
) -> Dataset:
    """The 50,000 + 10,000 pictures of CIFAR-10 out of ``folder/cifar-10-batches-py``.

    Every file's checksum is compared before it is read. With ``download``, what is missing or
    damaged is loaded (163 MB). Raises ValueError where the pictures are not there.
    """
    return _official("CIFAR10", Path(folder), download=download, progress=progress)


def cifar100(
    folder: str | Path, *, download: bool = False, progress: Progress | None = None
) -> Dataset:
    """The same number of pictures in 100 classes, out of ``folder/cifar-100-python``."""
    return _official("CIFAR100", Path(folder), download=download, progress=progress)


def is_cifar_format(path: str | Path) -> bool:
    """Whether a folder holds files in the official Python format of CIFAR-10 or CIFAR-100."""
    return any((Path(path).expanduser() / name).is_file() for name in _META)


def cifar_batches(path: str | Path) -> Dataset:
    """Pictures in the official Python format of CIFAR-10 or CIFAR-100, any number of them.

    ``path`` is the folder that holds ``batches.meta`` or ``meta``. No checksum: the files are read
    by an unpickler that makes arrays, numbers, texts and lists and refuses anything else. Raises
    ValueError where the folder has another form.
    """
    root = Path(path)
    ten = (root / _META[0]).is_file()
    if not is_cifar_format(root):
        raise ValueError(t("train.error.batches_form", path=root))
    train_files = sorted(root.glob("data_batch_*")) if ten else [root / "train"]
    train, test = _read_all(train_files), _read_all([root / ("test_batch" if ten else "test")])
    meta = _unpickle(root / _META[0 if ten else 1])
    try:
        names = tuple(meta["label_names" if ten else "fine_label_names"])
    except KeyError as error:
        raise ValueError(t("train.error.batches_form", path=root)) from error
    return _dataset("CIFAR-10" if ten else "CIFAR-100", names, *train, *test)


def _official(name: str, folder: Path, *, download: bool, progress: Progress | None) -> Dataset:
    from torchvision import datasets

    kind = getattr(datasets, name)
    place = folder / kind.base_folder
    try:
        halves = [kind(folder, train=train) for train in (True, False)]
    except RuntimeError as error:  # torchvision: a file is missing or its checksum differs
        if not download:
            damaged, missing = "train.error.cifar_damaged", "train.error.cifar_missing"
            key = damaged if place.is_dir() else missing
            raise ValueError(t(key, name=name, path=place)) from error
        _install(kind, folder, progress)
        halves = [kind(folder, train=train) for train in (True, False)]
    train, test = ((_channels_last(half.data), torch.tensor(half.targets)) for half in halves)
    return _dataset(name.replace("CIFAR", "CIFAR-"), tuple(halves[0].classes), *train, *test)


def _install(kind: Any, folder: Path, progress: Progress | None) -> None:
    """Load, check and unpack the archive of ``kind`` (a data set of torchvision)."""
    archive = folder / kind.filename
    fetch(kind.url, archive, md5=kind.tgz_md5, progress=progress)
    with writable(folder), tempfile.TemporaryDirectory(dir=folder) as unpacked:
        with tarfile.open(archive) as tar:
            tar.extractall(unpacked, filter="data")
        # Moved when complete: an interruption leaves no half a data set.
        shutil.rmtree(folder / kind.base_folder, ignore_errors=True)
        (Path(unpacked) / kind.base_folder).rename(folder / kind.base_folder)
        archive.unlink()


class _ArraysOnly(pickle.Unpickler):
    """Unpickles numpy arrays and plain values; a file that asks for more is refused."""

    _ALLOWED = frozenset(
        {
            ("numpy.core.multiarray", "_reconstruct"),
            ("numpy._core.multiarray", "_reconstruct"),
            ("numpy", "ndarray"),
            ("numpy", "dtype"),
            ("_codecs", "encode"),
        }
    )

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name}")
        return super().find_class(module.replace("numpy.core", "numpy._core"), name)


def _unpickle(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as stream:
            entry = _ArraysOnly(stream, encoding="latin1").load()
    # A damaged pickle raises nearly anything: what matters is which file it is.
    except Exception as error:
        raise ValueError(t("train.error.batch_file", path=file, reason=error)) from error
    if not isinstance(entry, dict):
        raise ValueError(t("train.error.batch_file", path=file, reason=type(entry).__name__))
    return entry


def _read_all(files: list[Path]) -> tuple[Tensor, Tensor]:
    """Images (N, 3, 32, 32) and labels of several files."""
    images, labels = [], []
    for file in files:
        entry = _unpickle(file)
        try:
            data = images_of(entry["data"], file.name)
            of_data = entry["labels"] if "labels" in entry else entry["fine_labels"]
            labels.append(torch.tensor(of_data).reshape(len(data)))
        except ArrayError:
            raise
        except (KeyError, ValueError, TypeError, RuntimeError) as error:
            raise ValueError(t("train.error.batch_file", path=file, reason=error)) from error
        images.append(data)
    if not images:
        raise ValueError(t("train.error.batches_form", path="data_batch_1"))
    return _channels_last(np.concatenate(images)), torch.cat(labels)


def _channels_last(images: Any) -> Tensor:
    """(N, H, W, 3) numpy → (N, 3, H, W), the memory untouched."""
    return torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2)


def _dataset(
    name: str,
    classes: tuple[str, ...],
    train_images: Tensor,
    train_labels: Tensor,
    test_images: Tensor,
    test_labels: Tensor,
) -> Dataset:
    mean, std = channel_statistics(train_images)
    return Dataset(
        name=name,
        classes=classes,
        train_images=train_images,
        train_labels=train_labels,
        test_images=test_images,
        test_labels=test_labels,
        mean=mean,
        std=std,
    )
