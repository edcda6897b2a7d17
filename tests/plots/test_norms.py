"""Norms over four axes, drawn cell by cell and compared with torch's own."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from convnext_viz.nets.layers import RMSNorm2d
from convnext_viz.plots import norms

TORCH_NORMS = {
    "layer": lambda x: F.layer_norm(x.permute(0, 2, 3, 1), x.shape[1:2], eps=norms.EPS).permute(
        0, 3, 1, 2
    ),
    "layer_chw": lambda x: F.layer_norm(x, x.shape[1:], eps=norms.EPS),
    "batch": lambda x: F.batch_norm(x, None, None, training=True, eps=norms.EPS),
    "instance": lambda x: F.instance_norm(x, eps=norms.EPS),
    "group": lambda x: F.group_norm(x, norms.GROUPS, eps=norms.EPS),
    "rms": RMSNorm2d(norms.SHAPE[1], norms.EPS).double(),
}
CELLS = [(0, 0, 0, 0), (1, 3, 2, 1), (0, 2, 1, 2)]


@pytest.mark.parametrize("norm", norms.AXES)
@pytest.mark.parametrize("samples", [1, 2, 8])
def test_norms_are_torchs(norm: str, samples: int) -> None:
    x = norms.example(samples)
    expected = TORCH_NORMS[norm](torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(norms.normalise(norm, x), expected, atol=1e-10)


@pytest.mark.parametrize("norm", norms.AXES)
@pytest.mark.parametrize("cell", CELLS)
def test_the_cells_that_share_are_those_that_torch_lets_matter(norm: str, cell: norms.Cell) -> None:
    x = torch.from_numpy(norms.example(3)).requires_grad_()
    TORCH_NORMS[norm](x)[cell].backward()
    shared = norms.sharing(norm, tuple(x.shape), cell)
    assert x.grad is not None
    np.testing.assert_array_equal(shared, (x.grad.abs() > 0).numpy())


@pytest.mark.parametrize("norm", norms.AXES)
def test_cells_that_share_have_the_same_numbers_and_others_do_not(norm: str) -> None:
    x = norms.example(4)
    cell = (1, 2, 0, 1)
    shared = norms.sharing(norm, x.shape, cell)
    variance = norms.statistics(norm, x)[1]
    assert np.ptp(variance[shared]) == 0
    assert not np.isin(variance[~shared], variance[cell]).any()


def test_running_statistics_are_torchs() -> None:
    bn = nn.BatchNorm2d(norms.SHAPE[1], eps=norms.EPS, momentum=norms.MOMENTUM).double()
    for seed in range(1, norms.SEEN + 1):
        bn(torch.from_numpy(norms.example(5, seed=seed)))
    mean, variance = norms.running_statistics(5)
    assert bn.running_mean is not None and bn.running_var is not None
    np.testing.assert_allclose(mean.ravel(), bn.running_mean.numpy(), rtol=1e-10)
    np.testing.assert_allclose(variance.ravel(), bn.running_var.numpy(), rtol=1e-10)
    x = norms.example(2)
    after = norms.normalise("batch", x, running=(mean, variance))
    np.testing.assert_allclose(after, bn.eval()(torch.from_numpy(x)).detach().numpy(), atol=1e-10)


@pytest.mark.parametrize("evaluating", [False, True])
def test_only_batch_norm_in_training_moves_with_the_batch(evaluating: bool) -> None:
    figure = norms.against_batch(
        ("batch", "layer", "layer_chw"), (1, 0, 1, 1), evaluating=evaluating
    )
    assert list(figure.data[0].x) == list(range(2, norms.SHAPE[0] + 1))
    moves = [np.ptp(np.array(line.y, float)) > 1e-9 for line in figure.data]
    assert moves == [not evaluating, False, False]


@pytest.mark.parametrize("norm", norms.AXES)
@pytest.mark.parametrize("samples", [1, 4, 8])
def test_as_many_cells_are_coloured_as_share(norm: str, samples: int) -> None:
    x, cell = norms.example(samples), (0, 1, 2, 0)
    figure = norms.cells(norm, x, cell)
    filled = [s for s in figure.layout.shapes if s.fillcolor == norms.COLOURS[norm]]
    assert len(filled) == norms.sharing(norm, x.shape, cell).sum()
    assert len(figure.data[0].customdata) == x.size
    assert [0, 1, 2, 0] in [list(one) for one in figure.data[0].customdata]


@pytest.mark.parametrize(
    ("value", "decimals", "text"), [(-0.0004, 3, "0.000"), (-1.25, 2, "−1.25"), (2.0, 1, "2.0")]
)
def test_numbers_are_written_with_a_true_minus(value: float, decimals: int, text: str) -> None:
    assert norms.written(value, decimals) == text
