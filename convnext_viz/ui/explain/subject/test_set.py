"""The data sets whose test images can be looked at, and what a network takes them for."""

import re
import threading
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from PIL import Image

from convnext_viz.data.images import ImageError
from convnext_viz.explain.classes import matched
from convnext_viz.results import Classified, Progress
from convnext_viz.ui.explain import cached
from convnext_viz.ui.explain.records import NetworkChoice, UserFile, label_count

if TYPE_CHECKING:
    from convnext_viz.data import DataSpec
    from convnext_viz.data.image_sets import ImageSet
    from convnext_viz.nets import Pretrained

_IMAGENET = 1000  # classes
_SYNSET = re.compile(r"n\d{8}")
BUDGET = 100_000_000_000  # multiply-adds that a look for mistakes may take unasked: some seconds


OWN = {"bundled": "cifar10", "lab": "run", "pretrained": "imagenet"}
"""The data that a kind of network was trained on."""


def kinds(choice: NetworkChoice | None) -> list[str]:
    """The sets to choose from: the network's own first, those on this machine, a folder."""
    from convnext_viz.data import home
    from convnext_viz.data.cifar import OFFICIAL

    there = [kind for kind, folder in OFFICIAL.items() if (home() / "data" / folder).is_dir()]
    own = [OWN[choice.kind]] if choice is not None and choice.kind in OWN else []
    return list(dict.fromkeys([*own, *there, "shapes", "folder", "zip"]))


def is_here(kind: str) -> bool:
    """Whether a set is on this machine; ImageNet's pictures are in no set that can be opened."""
    from convnext_viz.data import home
    from convnext_viz.data.cifar import OFFICIAL

    return kind != "imagenet" and (
        kind not in OFFICIAL or (home() / "data" / OFFICIAL[kind]).is_dir()
    )


def opened(kind: str, choice: NetworkChoice | None, path: str = "") -> "ImageSet":
    """The test images of a set; raises ValueError in words where they are not there."""
    from convnext_viz.data import DataSpec
    from convnext_viz.ui import own_runs

    if kind == "folder":
        return _folder(path, _stamp(path))
    if kind == "run" and choice is not None:
        data = own_runs.status(choice.run).experiment.data
        return _loaded(f"run:{choice.run}:{_stamp(data.path)}", data)
    drawn = DataSpec(train=10)  # none of which is looked at: drawing them takes time
    return _loaded(kind, drawn if kind == "shapes" else DataSpec(kind=kind))  # type: ignore[arg-type]


@st.cache_resource(max_entries=3, show_spinner=False)
def _loaded(key: str, _data: "DataSpec") -> "ImageSet":
    from convnext_viz.data import load
    from convnext_viz.data.image_sets import dataset_images

    return dataset_images(load(_data), key=key)


@st.cache_resource(max_entries=3, show_spinner=False)
def _folder(path: str, stamp: int) -> "ImageSet":
    """``test/<class>/…`` or ``<class>/…``, or CIFAR's official files."""
    from convnext_viz.data import DataSpec
    from convnext_viz.data.cifar import is_cifar_format
    from convnext_viz.data.image_sets import labelled_folder

    if is_cifar_format(path):
        root = str(Path(path).expanduser())
        return _loaded(f"batches:{path}:{stamp}", DataSpec(kind="batches", path=root))
    return labelled_folder(path, key=f"folder:{path}:{stamp}")


@st.cache_resource(
    max_entries=2, show_spinner=False, hash_funcs={UserFile: lambda file: file.digest}
)
def opened_zip(file: UserFile) -> "ImageSet":
    """The labelled images of a visitor's archive; raises ValueError in words where it is none."""
    from convnext_viz.data.image_sets import labelled_folder

    archive = BytesIO(file.data)
    archive.name = file.name
    return labelled_folder(archive, key=f"zip:{file.digest}")


def _stamp(path: str) -> int:
    """Changes with the folder."""
    from convnext_viz.data.cache import changed

    root = Path(path).expanduser()
    return max(changed(root), changed(root / "test"))


@st.cache_resource(max_entries=512, show_spinner=False)
def thumbnail(key: str, place: int, _set: "ImageSet") -> Image.Image:
    """A picture of a set, small; an empty one where it cannot be read."""
    try:
        image = _set.read(place).copy()
    except ImageError:
        return Image.new("RGB", (8, 8), "white")
    image.thumbnail((cached.THUMBNAIL, cached.THUMBNAIL))
    return image


def same_classes(of: "ImageSet", pretrained: "Pretrained | None") -> tuple[int, ...] | None:
    """For every class of the set the network's; None where it does not know all of them."""
    if pretrained is None:
        return None
    return matched(of.classes, pretrained.labels) or in_order(of, pretrained)


def in_order(of: "ImageSet", pretrained: "Pretrained") -> tuple[int, ...] | None:
    """The same where numbers have to do for names: of as many classes, sorted by their folders, to
    a network without names; and of ImageNet's synsets, whose order is that of the outputs."""
    count = len(of.classes)
    synsets = count == _IMAGENET and all(_SYNSET.fullmatch(name) for name in of.classes)
    if count != label_count(pretrained) or (pretrained.labels and not synsets):
        return None
    # Label 1 of two is the class that an only output means.
    return (1, 0) if pretrained.spec.num_classes == 1 else tuple(range(count))


def taken_for(
    of: "ImageSet", places: Sequence[int], net: str, pretrained: "Pretrained"
) -> dict[int, tuple[int, float]]:
    """By place, the class that the network ``net`` takes a picture for, and how probable it is;
    without those that it cannot read. Those that nobody asked for yet are classified together."""
    lock, known = _answers(of.key, net)
    with lock:
        missing = tuple(place for place in places if place not in known)
        if missing:
            found = _classified_together(of, missing, pretrained)
            known.update(found)
    return {place: answer for place in places if (answer := known[place]) is not None}


@st.cache_resource(max_entries=32, show_spinner=False)
def _answers(of: str, net: str) -> tuple[threading.Lock, dict[int, tuple[int, float] | None]]:
    del of, net
    return threading.Lock(), {}  # thirty who open the same page wait for one of them


def _classified_together(
    of: "ImageSet", places: Sequence[int], pretrained: "Pretrained"
) -> dict[int, tuple[int, float] | None]:
    from convnext_viz.data.image_sets import ImageSet, inputs
    from convnext_viz.explain import classify

    answers: dict[int, tuple[int, float] | None] = dict.fromkeys(places)
    some = ImageSet(tuple(map(str, places)), lambda number: of.read(places[number]))
    try:
        *_, found = classify(pretrained.net, inputs(some, pretrained.preprocess), total=len(some))
    except ValueError:  # said where the picture is looked at
        return answers
    assert isinstance(found, Classified)
    for place, target, share in zip(places, found.targets, found.probabilities, strict=True):
        if target >= 0:
            answers[place] = int(target), float(share)
    return answers


def affordable(of: "ImageSet", pretrained: "Pretrained") -> int:
    """How many of the first pictures a network can be asked about unasked."""
    from convnext_viz.plans import plan

    height, width = pretrained.preprocess.image_size
    macs = plan(pretrained.spec, max(height, width)).macs
    return min(len(of.labels), max(12, BUDGET // macs))


def classified(
    of: "ImageSet", pretrained: "Pretrained", count: int
) -> Iterator[Progress | Classified]:
    """What the network takes the first ``count`` images for; progress on the way."""
    from convnext_viz.data.image_sets import inputs
    from convnext_viz.explain import classify

    batches = inputs(of, pretrained.preprocess, count=count)
    return classify(pretrained.net, batches, total=count)
