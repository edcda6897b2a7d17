"""What a trained variant predicts for the test images of its set, computed once for all."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from convnext_viz import explain
from convnext_viz.lab import Run
from convnext_viz.plans import plan
from convnext_viz.results import Attribution, Classified
from convnext_viz.ui.explain import pickers
from convnext_viz.ui.explain.cached import HashFuncs
from convnext_viz.ui.lab import lab

if TYPE_CHECKING:
    from torch import Tensor

    from convnext_viz.data import Dataset, ImageSet
    from convnext_viz.nets import Pretrained


@dataclass(frozen=True, eq=False)
class Answers:
    """A variant under one seed, and its predictions for the test images."""

    key: str
    pretrained: "Pretrained"
    images: "ImageSet"  # the test images, with their true classes
    predicted: NDArray[np.int64]  # (N,)
    sure: NDArray[np.float32]  # (N,) probability of the predicted class

    @property
    def classes(self) -> tuple[str, ...]:
        """The set's own words, as they were given."""
        return self.images.classes

    @property
    def labels(self) -> NDArray[np.int64]:
        """(N,) true classes."""
        return self.images.labels

    @property
    def mistakes(self) -> list[int]:
        """Places of the wrongly classified images, the most certain first."""
        wrong = np.flatnonzero(self.predicted != self.labels)
        return [int(place) for place in wrong[np.argsort(-self.sure[wrong], kind="stable")]]

    @property
    def right(self) -> list[int]:
        """Places of the correctly classified images, the least certain first."""
        good = np.flatnonzero(self.predicted == self.labels)
        return [int(place) for place in good[np.argsort(self.sure[good], kind="stable")]]

    @property
    def confusion(self) -> NDArray[np.int64]:
        """Test images by true (row) and predicted class."""
        count = len(self.classes)
        pairs = self.labels * count + self.predicted
        return np.bincount(pairs, minlength=count * count).reshape(count, count)

    def image(self, place: int) -> Image.Image:
        """A test image as the training saw it."""
        return self.images.read(place)


_BY_KEY: HashFuncs = {Answers: lambda one: one.key}


def answers(run: Run, label: str, seed: int) -> Answers:
    """The predictions of a run's variant with its newest weights; raises ValueError where there are
    none, or where the images are gone."""
    steps = lab().checkpoint_steps(run.id)
    return _answers(run.id, label, seed, steps.get(seed, 0))


@st.cache_resource(max_entries=16, show_spinner=False)
def _answers(run: str, label: str, seed: int, step: int) -> Answers:
    from convnext_viz.data.image_sets import dataset_images, inputs

    pretrained = lab().network(run, label, seed)
    images = dataset_images(dataset(run), key=f"{run}|test")
    found: Classified | None = None
    batches = inputs(images, pretrained.preprocess)
    for event in explain.classify(pretrained.net, batches, total=len(images)):
        found = event if isinstance(event, Classified) else found
    assert found is not None
    return Answers(
        key=f"{run}|{label}|{seed}|{step}",
        pretrained=pretrained,
        images=images,
        predicted=found.targets,
        sure=found.probabilities,
    )


def dataset(run: str) -> "Dataset":
    """The images of a run, as they are now."""
    from convnext_viz.data import load

    return load(lab().status(run).experiment.data)


def net_input(found: Answers, place: int) -> "tuple[Tensor, Image.Image]":
    """The network's input (1, C, H, W) for a test image, and what it shows."""
    from convnext_viz.data import preprocess

    return preprocess(found.image(place), found.pretrained.preprocess)


@st.cache_resource(max_entries=256, show_spinner=False, hash_funcs=_BY_KEY)
def heat_map(found: Answers, place: int, target: int) -> Attribution:
    """The class activation map (Grad-CAM) of the last place with enough cells."""
    x, _ = net_input(found, place)
    return explain.grad_cam(found.pretrained.net, x, target, stage=telling_place(found))


def telling_place(found: Answers) -> str:
    """Where the variant's maps are looked at, as on the Explain page."""
    from convnext_viz.explain.places import places

    pretrained = found.pretrained
    described = plan(pretrained.spec, pretrained.preprocess.image_size)
    return pickers.telling_place(places(pretrained.net), described)
