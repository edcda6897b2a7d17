"""A data set that takes no time to learn from, and networks with everything that is random."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from convnext_viz.nets import build
from convnext_viz.specs import NetSpec
from convnext_viz.train import Dataset, shapes

TINY = NetSpec(
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
        import dataclasses

        return build(dataclasses.replace(TINY, **changes), seed=0)

    return make


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)
