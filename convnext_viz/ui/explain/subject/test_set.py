"""The data sets whose test images can be looked at, and what a network takes them for."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from convnext_viz.data.images import ImageError, read_image
from convnext_viz.explain.classes import matched
from convnext_viz.results import Classified, Progress
from convnext_viz.text import t
from convnext_viz.ui.explain import cached
from convnext_viz.ui.explain.records import NetworkChoice

if TYPE_CHECKING:
    from torch import Tensor

    from convnext_viz.data import DataSpec
    from convnext_viz.nets import Pretrained

BUDGET = 100_000_000_000  # multiply-adds that a look for mistakes may take unasked: some seconds
MOST_FILES = 20_000  # of a folder
_OFFICIAL = {"cifar10": "cifar-10-batches-py", "cifar100": "cifar-100-python"}
_PIXELS = 2**18  # of a batch


@dataclass(frozen=True, eq=False)
class TestSet:
    """Labelled pictures that are read when they are wanted; ``read`` may raise ImageError."""

    key: str  # for caches
    classes: tuple[str, ...]
    labels: NDArray[np.int64]  # (N,) the class of each
    read: Callable[[int], Image.Image]

    def truth(self, place: int) -> str:
        """The name of a picture's class."""
        return self.classes[int(self.labels[place])]


def kinds(choice: NetworkChoice | None) -> list[str]:
    """The sets to choose from: those that are on this machine, a run's own, a folder."""
    from convnext_viz.data import home

    there = [kind for kind, folder in _OFFICIAL.items() if (home() / "data" / folder).is_dir()]
    own = ["run"] if choice is not None and choice.run else []
    return [*own, "shapes", *there, "folder"]


def opened(kind: str, choice: NetworkChoice | None, path: str = "") -> TestSet:
    """The test images of a set; raises ValueError in words where they are not there."""
    from convnext_viz.data import DataSpec
    from convnext_viz.ui import lab as train_doors

    if kind == "folder":
        return _folder(path, _stamp(path))
    if kind == "run" and choice is not None:
        data = train_doors.lab().status(choice.run).experiment.data
        return _loaded(f"run:{choice.run}:{_stamp(data.path)}", data)
    drawn = DataSpec(train=10)  # none of which is looked at: drawing them takes time
    return _loaded(kind, drawn if kind == "shapes" else DataSpec(kind=kind))  # type: ignore[arg-type]


@st.cache_resource(max_entries=3, show_spinner=False)
def _loaded(key: str, _data: "DataSpec") -> TestSet:
    from convnext_viz.data import load

    found = load(_data)
    return TestSet(key, found.classes, found.test_labels.numpy(), _OfTensor(found.test_images))


@st.cache_resource(max_entries=3, show_spinner=False)
def _folder(path: str, stamp: int) -> TestSet:
    """``test/<class>/…`` or ``<class>/…``, or CIFAR's official files."""
    from convnext_viz.data import DataSpec

    root = Path(path).expanduser()
    if any((root / name).is_file() for name in ("batches.meta", "meta")):
        return _loaded(f"batches:{path}:{stamp}", DataSpec(kind="batches", path=str(root)))
    root = root / "test" if (root / "test").is_dir() else root
    try:
        folders = sorted(one for one in root.iterdir() if one.is_dir() and one.name[0] != ".")
        by_class = [sorted(file for file in one.iterdir() if file.is_file()) for one in folders]
    except OSError as error:
        raise ValueError(t("explain_subjects.set.no_folder", path=path)) from error
    files = [(file, label) for label, some in enumerate(by_class) for file in some][:MOST_FILES]
    if not files:
        raise ValueError(t("explain_subjects.set.empty", path=path))
    labels = np.array([label for _, label in files], dtype=np.int64)
    names = tuple(one.name for one in folders)
    read = _OfFiles(tuple(file for file, _ in files))
    return TestSet(f"folder:{path}:{stamp}", names, labels, read)


def _stamp(path: str) -> int:
    """Changes with the folder."""
    try:
        root = Path(path).expanduser()
        return max(one.stat().st_mtime_ns for one in (root, *root.glob("test")))
    except OSError:
        return 0


@st.cache_resource(max_entries=512, show_spinner=False)
def thumbnail(key: str, place: int, _set: TestSet) -> Image.Image:
    """A picture of a set, small; an empty one where it cannot be read."""
    try:
        image = _set.read(place).copy()
    except ImageError:
        return Image.new("RGB", (8, 8), "white")
    image.thumbnail((cached.THUMBNAIL, cached.THUMBNAIL))
    return image


def same_classes(of: TestSet, pretrained: "Pretrained | None") -> tuple[int, ...] | None:
    """For every class of the set the network's; None where it does not know all of them."""
    return matched(of.classes, pretrained.labels) if pretrained is not None else None


def affordable(of: TestSet, pretrained: "Pretrained") -> int:
    """How many of the first pictures a network can be asked about unasked."""
    from convnext_viz.plans import plan

    height, width = pretrained.preprocess.image_size
    macs = plan(pretrained.spec, max(height, width)).macs
    return min(len(of.labels), max(12, BUDGET // macs))


def classified(
    of: TestSet, pretrained: "Pretrained", count: int
) -> Iterator[Progress | Classified]:
    """What the network takes the first ``count`` pictures for; progress on the way."""
    from convnext_viz.explain import classify

    return classify(pretrained.net, _batches(of, pretrained, count), total=count)


def _batches(
    of: TestSet, pretrained: "Pretrained", count: int
) -> "Iterator[tuple[Sequence[int], Tensor]]":
    import torch

    from convnext_viz.data import preprocess

    height, width = pretrained.preprocess.image_size
    size = max(1, _PIXELS // (height * width))
    for first in range(0, count, size):
        places, parts = [], []
        for place in range(first, min(first + size, count)):
            try:
                parts.append(preprocess(of.read(place), pretrained.preprocess)[0])
            except ImageError:
                continue
            places.append(place)
        if parts:
            yield places, torch.cat(parts)


@dataclass(frozen=True, eq=False)
class _OfTensor:
    images: "Tensor"  # (N, 3, H, W) uint8

    def __call__(self, place: int) -> Image.Image:
        return Image.fromarray(self.images[place].permute(1, 2, 0).contiguous().numpy())


@dataclass(frozen=True)
class _OfFiles:
    files: tuple[Path, ...]

    def __call__(self, place: int) -> Image.Image:
        file = self.files[place]
        try:
            return read_image(file.read_bytes(), file.name)
        except OSError as error:
            raise ImageError(t("explain_subjects.set.gone", path=file)) from error
