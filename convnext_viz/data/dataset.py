"""Data sets in memory: the images of each half in one uint8 tensor."""

from dataclasses import dataclass

import torch
from torch import Tensor

from convnext_viz.text import t

_COUNTED = 2**22  # pixels counted at a time


@dataclass(frozen=True, kw_only=True)
class Origin:
    """How a folder or an archive of pictures was understood."""

    train_folder: str = ""  # empty: the classes' folders lie in no other
    test_folder: str = ""  # empty: the test images were held back from the classes' folders
    unused: tuple[str, ...] = ()  # folders beside these two
    unreadable: tuple[tuple[str, str], ...] = ()  # file, and a key of images.reason
    files: int = 0  # in all, those that could not be read among them


@dataclass(frozen=True, kw_only=True, eq=False)
class Dataset:
    """Labelled pictures to train on and to test on.

    Images are (N, 3, H, W) uint8, channels_last in memory; labels are (N,) int64, indices into
    ``classes``. ``mean`` and ``std`` are of the training pictures, per channel, on the 0 … 1 scale.
    Raises ValueError for arrays of another layout or type, and for labels that are no class.
    """

    name: str
    classes: tuple[str, ...]
    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor
    mean: tuple[float, ...]
    std: tuple[float, ...]
    origin: Origin | None = None  # of a folder or an archive
    mark: str = ""  # of a set of one's own: another one where its pictures are others

    def __post_init__(self) -> None:
        for half in ("train", "test"):
            images, labels = getattr(self, f"{half}_images"), getattr(self, f"{half}_labels")
            shape, kind = tuple(images.shape), str(images.dtype).removeprefix("torch.")
            if len(shape) != 4 or shape[1] != 3 or images.dtype != torch.uint8:
                raise ValueError(t("train.error.images", half=half, shape=shape, kind=kind))
            check_labels(labels, len(images), len(self.classes), half)

    @property
    def skipped(self) -> int:
        """Files that were no readable pictures."""
        return len(self.origin.unreadable) if self.origin else 0


def check_labels(labels: Tensor, images: int, classes: int, name: str) -> None:
    """Raises ValueError where ``labels`` are not one whole number 0 … classes − 1 an image."""
    if labels.shape != (images,):
        given = tuple(labels.shape)
        raise ValueError(t("train.error.label_count", name=name, given=given, images=images))
    if labels.is_floating_point() or labels.is_complex() or labels.dtype == torch.bool:
        kind = str(labels.dtype).removeprefix("torch.")
        raise ValueError(t("train.error.label_type", name=name, kind=kind))
    if images and not (int(labels.min()) >= 0 and int(labels.max()) < classes):
        least, most = int(labels.min()), int(labels.max())
        values = {"least": least, "most": most, "last": classes - 1, "classes": classes}
        raise ValueError(t("train.error.label_range", name=name, **values))


def channel_statistics(images: Tensor) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation per channel of (N, C, H, W) uint8 images, on the 0 … 1 scale.

    Exact: from how often each of the 256 values occurs, without a float copy of the images.
    """
    at_once = max(1, _COUNTED // images[:1, 0].numel()) if len(images) else 1
    counts = torch.zeros(images.shape[1], 256, dtype=torch.int64)
    for channel, count in zip(images.unbind(1), counts, strict=True):
        for part in torch.split(channel, at_once):
            count += torch.bincount(part.flatten(), minlength=256)
    return statistics(counts)


def statistics(counts: Tensor) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation per channel, on the 0 … 1 scale, from how often each of the 256
    values occurs, (C, 256)."""
    value = torch.arange(256, dtype=torch.float64) / 255
    mean, std = [], []
    for channel in counts:
        share = channel.double() / channel.sum()
        centre = float(share @ value)
        mean.append(centre)
        std.append(max(float(share @ (value - centre) ** 2) ** 0.5, 1 / 255))
    return tuple(mean), tuple(std)
