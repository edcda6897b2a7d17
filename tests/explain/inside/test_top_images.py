"""The pictures that excite a channel most, against sorting all of them."""

import pytest
import torch
from torch import nn

from convnext_viz.explain.inside.top_images import top_activating
from tests.explain.small_nets import SIDES, SPECS, frozen, picture
from tests.explain.traces import traces


@pytest.mark.parametrize("count", [1, 4, 20])
def test_against_sorting_everything(kind: str, net: nn.Sequential, count: int) -> None:
    side = SIDES.get(kind, 64)
    pictures = torch.cat([picture(SPECS[kind], side, seed=i) for i in range(10)])
    before = traces(net)
    *told, found = top_activating(net, pictures.split(4), stage="stage1", total=10, count=count)
    assert [one.done for one in told] == [4, 8, 10] and traces(net) == before
    y = net[:2](pictures)  # (N, C, h, w)
    assert found.grid == y.shape[2:]
    most, order = y.amax((2, 3)).T.sort(1, descending=True)
    kept = min(count, 10)
    assert found.pictures.shape == (y.shape[1], kept)
    torch.testing.assert_close(torch.from_numpy(found.values), most[:, :kept], rtol=1e-4, atol=1e-5)
    for channel in range(y.shape[1]):
        for place in range(kept):
            row, column = found.cells[channel, place]
            value = y[found.pictures[channel, place], channel, row, column]
            assert float(value) == pytest.approx(found.values[channel, place], rel=1e-3, abs=1e-4)
    assert (order[:, 0].numpy() == found.pictures[:, 0]).mean() > 0.9


def test_an_empty_set_and_an_unknown_stage() -> None:
    net = frozen(SPECS["convnext"])
    with pytest.raises(ValueError, match="no images"):
        list(top_activating(net, [], stage="stage1", total=0))
    with pytest.raises(ValueError, match="stage9"):
        list(top_activating(net, [], stage="stage9", total=0))
