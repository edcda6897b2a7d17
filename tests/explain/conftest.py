"""Every small net with a picture for it."""

import pytest
from torch import Tensor, nn

from tests.explain.small_nets import SIDES, SPECS, frozen, picture


@pytest.fixture(params=SPECS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def net(kind: str) -> nn.Sequential:
    return frozen(SPECS[kind])


@pytest.fixture
def x(kind: str) -> Tensor:
    return picture(SPECS[kind], SIDES.get(kind, 64))
