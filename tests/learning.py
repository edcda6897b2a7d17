"""A data set that takes no time, and networks with everything that is random."""

import dataclasses
from collections.abc import Callable

import pytest
import torch
from torch import nn

from convnext_viz.data import Dataset, shapes
from convnext_viz.nets import build
from convnext_viz.specs import ConvNeXtSpec

TINY = ConvNeXtSpec(
    name="tiny",
    depths=(1, 2),
    dims=(8, 16),
    num_classes=10,
    patch_size=4,
    drop_path_rate=0.4,
    layer_scale=None,
)


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    return shapes(train=90, test=40, image_size=16)


@pytest.fixture
def tiny() -> Callable[..., nn.Module]:
    """Builds a ConvNeXt of three blocks for 16-pixel pictures, always with the same weights."""

    def make(**changes: object) -> nn.Module:
        return build(dataclasses.replace(TINY, **changes), seed=0)

    return make


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)
