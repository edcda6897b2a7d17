"""Feature maps are the outputs of the net's own children."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from convnext_viz.explain import feature_maps, stage_names
from convnext_viz.explain.places import places
from convnext_viz.nets import build
from convnext_viz.plans import plan
from convnext_viz.results import FeatureMaps
from tests.explain.small_nets import SPECS, frozen, picture


def test_equal_a_hooks_catch(kind: str, net: nn.Sequential, x: Tensor) -> None:
    caught: dict[str, Tensor] = {}
    hooks = [
        module.register_forward_hook(lambda _m, _i, out, name=name: caught.update({name: out}))
        for name, module in net.named_modules()
        if name in places(net)
    ]
    net(x)
    for hook in hooks:
        hook.remove()
    found = feature_maps(net, x)
    blocks = ("stem", *(f"stage1.blocks.{number}" for number in range(3)))
    known = blocks if kind == "iso" else stage_names(net)
    assert tuple(maps.stage for maps in found) == known == tuple(caught)
    for maps in found:
        np.testing.assert_allclose(maps.values, caught[maps.stage][0], rtol=1e-3, atol=1e-4)
        assert maps.values.dtype == np.float32 and maps.values.flags.c_contiguous


def test_shapes_are_the_plans(kind: str, net: nn.Sequential, x: Tensor) -> None:
    described = plan(SPECS[kind], x.shape[-1])
    for maps in feature_maps(net, x):
        assert maps.values.shape == described.stage(maps.stage).out_shape


def test_the_strongest_channels() -> None:
    (_, *_, last) = feature_maps(frozen(SPECS["convnext"]), picture(SPECS["convnext"]))
    means = torch.from_numpy(last.values).mean((1, 2))
    assert last.strongest(5) == tuple(means.topk(5).indices.tolist())
    assert len(last.strongest(999)) == 24


def test_one_channel_in_numbers(x: Tensor, net: nn.Sequential) -> None:
    maps = feature_maps(net, x)[1]
    values = torch.from_numpy(maps.values)
    means, largest = values.mean((1, 2)), values.amax((1, 2))
    for number in (0, 3, len(values) - 1):
        one = maps.channel(number)
        assert (one.number, one.count) == (number, len(values))
        assert one.rank_mean == 1 + int((means > means[number]).sum())
        assert one.rank_max == 1 + int((largest > largest[number]).sum())
        row, column = one.largest_at
        assert values[number, row, column] == largest[number] == one.largest
        assert one.mean == pytest.approx(float(means[number]), abs=1e-5)
        assert one.deviation == pytest.approx(float(values[number].std(correction=0)), rel=1e-4)
        assert one.smallest == values[number].min()
        assert one.negative == pytest.approx(float((values[number] < 0).float().mean()))
    for order, size in (("mean", means), ("max", largest)):
        sizes = size[list(maps.ordered(order))]
        assert (sizes.diff() <= 0).all() and sorted(maps.ordered(order)) == list(range(len(size)))
    assert maps.ordered("number") == tuple(range(len(values)))


@pytest.mark.parametrize(
    ("values", "span"), [([-3.0, 2.0], (-3, 3)), ([0.0, 2.0], (0, 2)), ([0.0, 0.0], (0, 1))]
)
def test_a_scale_that_holds_all_channels(values: list[float], span: tuple[int, int]) -> None:
    maps = FeatureMaps(stage="stem", values=np.array(values, np.float32).reshape(2, 1, 1))
    assert maps.span() == span


def test_no_classifier_is_needed() -> None:
    spec = replace(SPECS["convnext"], num_classes=0)
    assert len(feature_maps(frozen(spec), picture(spec))) == 5


def test_errors_in_words() -> None:
    spec = SPECS["convnext"]
    with pytest.raises(ValueError, match="eval"):
        feature_maps(build(spec), picture(spec))
    with pytest.raises(ValueError, match="one image at a time"):
        feature_maps(frozen(spec), picture(spec)[0])
