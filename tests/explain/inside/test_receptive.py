"""Fields against gradients, against Luo's closed form, and against RepLKNet's own procedure."""

from collections import OrderedDict

import numpy as np
import pytest
import torch
from torch import nn

from convnext_viz.explain import stage_names
from convnext_viz.explain.inside.receptive import (
    effective_field,
    gaussian_deviation,
    theoretical_field,
)
from convnext_viz.plans import plan
from convnext_viz.results import EffectiveField
from convnext_viz.results.evidence import THRESHOLDS
from tests.explain.small_nets import SPECS, frozen, picture
from tests.explain.traces import traces


def plain(layers: int, kernel: int) -> nn.Sequential:
    """Convolutions of stride 1 with equal weights and nothing else, as in Luo et al."""
    convs = [nn.Conv2d(1, 1, kernel, padding=kernel // 2, bias=False) for _ in range(layers)]
    for conv in convs:
        nn.init.constant_(conv.weight, 1 / kernel**2)
    stages = OrderedDict(stem=nn.Sequential(*convs), head=nn.Sequential(nn.Flatten()))
    return nn.Sequential(stages).eval().requires_grad_(False)


@pytest.mark.parametrize(
    ("layers", "kernel", "deviation", "share"),
    [(5, 3, 1.8257, 0.664), (10, 3, 2.5820, 0.492), (20, 3, 3.6515, 0.356), (10, 7, 6.3246, 0.415)],
)
def test_plain_layers_see_what_luo_says(
    layers: int, kernel: int, deviation: float, share: float
) -> None:
    field = layers * (kernel - 1) + 1
    assert gaussian_deviation(layers, kernel) == pytest.approx(deviation, abs=1e-4)
    assert 4 * deviation / field == pytest.approx(share, abs=1e-3)
    side = field + 2
    *_, found = effective_field(plain(layers, kernel), torch.ones(2, 1, side, side))
    assert found.deviation == pytest.approx((deviation, deviation), rel=1e-3)
    assert found.images == 2 and found.cell == (side // 2, side // 2)
    seen = np.argwhere(found.score > 0)
    assert (seen.max(0) - seen.min(0) + 1).tolist() == [field, field]


@pytest.mark.parametrize("kind", ["convnext", "batch_norm", "resnet", "overlap", "cifar"])
def test_nothing_outside_the_theoretical_field_counts(kind: str) -> None:
    spec = SPECS[kind]
    net, drawn = frozen(spec).double(), plan(spec, 160)
    x = torch.randn(1, 3, 160, 160, generator=torch.Generator().manual_seed(0)).double()
    for stage in stage_names(net)[:3]:
        rows, columns = drawn.stage(stage).out_shape[1:]
        for cell in ((0, 0), (rows // 2, columns // 3), (rows - 1, 1)):
            box = theoretical_field(drawn, stage, cell)
            assert box.bottom - box.top == drawn.stage(stage).receptive_field
            y = net[: stage_names(net).index(stage) + 1]
            start = x.clone().requires_grad_()
            (gradient,) = torch.autograd.grad(y(start)[0, :, cell[0], cell[1]].sum(), start)
            seen = torch.nonzero(gradient[0].abs().sum(0)).numpy()
            inside = box.clipped(160, 160)
            assert (seen.min(0) >= (inside.top, inside.left)).all()
            assert (seen.max(0) < (inside.bottom, inside.right)).all()
            # A ReLU may be off at the edge of the field; the rest of the square is seen.
            reach = (inside.bottom - inside.top, inside.right - inside.left)
            assert (seen.max(0) - seen.min(0) + 1 >= 0.6 * np.array(reach)).all()


def test_the_procedure_of_replknet() -> None:
    """Their visualize_erf.py and analyze_erf.py, step by step."""
    spec = SPECS["convnext"]
    net, pictures = frozen(spec), torch.cat([picture(spec, seed=i) for i in range(5)])
    meter = []
    for one in pictures:
        x = one[None].clone().requires_grad_()
        y = net[:-1](x)
        point = torch.nn.functional.relu(y[:, :, y.size(2) // 2, y.size(3) // 2]).sum()
        gradient = torch.nn.functional.relu(torch.autograd.grad(point, x)[0])
        meter.append(gradient.sum((0, 1)).numpy())
    logs = np.log10(np.mean(meter, axis=0, dtype=np.float64) + 1)
    logs /= logs.max()
    before = traces(net)
    *told, found = effective_field(net, pictures, batch=2)
    assert [one.done for one in told] == [2, 4, 5] and traces(net) == before
    np.testing.assert_allclose(found.scaled, logs, rtol=1e-3, atol=1e-6)
    for threshold in THRESHOLDS:
        assert found.share(threshold) == rectangle(found.scaled, threshold)


def rectangle(data: np.ndarray, threshold: float) -> float | None:
    h, w = data.shape
    for i in range(1, h // 2):
        area = data[h // 2 - i : h // 2 + 1 + i, w // 2 - i : w // 2 + 1 + i]
        if area.sum() / data.sum() > threshold:
            return (i * 2 + 1) ** 2 / (h * w)
    return None


def test_a_picture_with_nan_is_left_out() -> None:
    spec = SPECS["convnext"]
    net, pictures = frozen(spec), torch.cat([picture(spec, seed=i) for i in range(3)])
    *_, two = effective_field(net, pictures[1:])
    pictures[0] = float("nan")
    *_, found = effective_field(net, pictures)
    assert isinstance(found, EffectiveField) and found.images == 2
    np.testing.assert_allclose(found.score, two.score, rtol=1e-5)


def test_errors_in_words() -> None:
    spec = SPECS["convnext"]
    with pytest.raises(ValueError, match=r"stage9"):
        theoretical_field(plan(spec, 64), "stage9", (0, 0))
    with pytest.raises(ValueError, match=r"\(2, 0\).*2"):
        theoretical_field(plan(spec, 64), "stage4", (2, 0))
    with pytest.raises(ValueError, match=r"\(0, 2\)"):
        next(effective_field(frozen(spec), picture(spec), cell=(0, 2)))
