"""Fields held against each other are those of the nets; plain layers see what Luo's sum says."""

from collections import OrderedDict
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from torch import nn

from convnext_viz.data.image_sets import ImageSet, sample_pictures
from convnext_viz.explain.inside.fields import (
    differ_in_kernels,
    field_pair,
    fresh,
    kernel_sizes,
    prepared,
)
from convnext_viz.explain.inside.receptive import (
    effective_field,
    gaussian_deviation,
    plain_deviation,
)
from convnext_viz.nets import Preprocess, Pretrained
from convnext_viz.plans import Layer, Plan, plan
from convnext_viz.results import FieldPair, KernelSizes, Progress
from convnext_viz.specs import ConvNeXtSpec
from convnext_viz.specs.fields import text
from tests.explain.small_nets import SPECS, frozen

SIDE = 48


def pretrained(spec: ConvNeXtSpec) -> Pretrained:
    how = Preprocess(image_size=(32, 32), crop_fraction=1.0)
    return Pretrained(net=frozen(spec), spec=spec, labels=(), preprocess=how)


def some(count: int) -> ImageSet:
    every = sample_pictures()
    return ImageSet(every.names[:count], every.read)


def windows(described: Plan) -> list[Layer]:
    """The layers of the way through every block's body."""
    names = [layer.name for stage in described.stages[:-1] for layer in stage.own]
    names += [layer.name for stage in described.stages for b in stage.blocks for layer in b.body]
    return [one for one in described.layers if one.name in names and one.kernel_size > 1]


@pytest.mark.parametrize("kind", ["convnext", "cifar", "resnet", "iso", "overlap"])
def test_plain_layers_in_a_nets_places_see_what_the_sum_says(kind: str) -> None:
    """Against the gradients of convolutions with equal weights and the net's own windows."""
    side, spec = 512, SPECS[kind]
    described = plan(spec, side)
    convs = []
    for layer in windows(described):
        k = layer.kernel_size
        convs.append(nn.Conv2d(1, 1, k, layer.stride, layer.padding, bias=False))
        nn.init.constant_(convs[-1].weight, 1 / k**2)
    net = nn.Sequential(OrderedDict(stem=nn.Sequential(*convs), head=nn.Sequential(nn.Flatten())))
    *_, found = effective_field(net.eval(), torch.ones(1, 1, side, side))
    last = described.stages[-2].name
    assert described.receptive_field < side
    assert found.deviation == pytest.approx([plain_deviation(described, last)] * 2, rel=1e-3)


def test_layers_of_stride_one_are_luos_case() -> None:
    spec = replace(SPECS["iso"], patch_size=1, depths=(5,), kernel_size=7)
    assert plain_deviation(plan(spec, 64), "stage1") == pytest.approx(gaussian_deviation(5, 7))


def test_a_pair_is_the_net_and_its_fresh_twin() -> None:
    spec = SPECS["cifar"]
    given = pretrained(spec)
    *told, pair = field_pair(given, some(3), side=SIDE, stage="stage2", cell=(1, 4))
    assert isinstance(pair, FieldPair)
    assert [one.done for one in told if isinstance(one, Progress)][-1] == 6
    x = prepared(some(3), given, SIDE)
    assert x.shape == (3, 3, SIDE, SIDE)
    for found, net in ((pair.trained, given.net), (pair.fresh, fresh(spec))):
        *_, expected = effective_field(net, x, stage="stage2", cell=(1, 4))
        assert found.stage == "stage2" and found.cell == (1, 4) and found.images == 3
        np.testing.assert_allclose(found.score, expected.score, rtol=1e-3, atol=1e-9)
    assert not np.allclose(pair.trained.score, pair.fresh.score)


def test_kernel_sizes_are_measured_on_nets_that_differ_in_nothing_else() -> None:
    spec = SPECS["cifar"]
    given = pretrained(spec)
    *told, found = kernel_sizes(given, some(2), side=SIDE, sizes=(3, 7))
    assert isinstance(found, KernelSizes) and found.own == spec.kernel_sizes
    assert told[-1] == Progress(done=10, total=10)  # two pictures: the net, and two by two fresh
    x = prepared(some(2), given, SIDE)
    *_, own = effective_field(given.net, x)
    assert 4 * found.trained == pytest.approx(own.size, rel=1e-4)
    for size, one in zip((3, 7), found.fresh, strict=True):
        other = replace(spec, kernel_size=size)
        described = plan(other, SIDE)
        assert (one.kernel_size, one.side) == (size, described.receptive_field)
        assert one.plain == plain_deviation(described, described.stages[-2].name)
        *_, as_is = effective_field(fresh(other), x)
        *_, full = effective_field(fresh(replace(other, layer_scale=1.0)), x)
        assert 4 * one.fresh == pytest.approx(as_is.size, rel=1e-3)
        assert 4 * one.full == pytest.approx(full.size, rel=1e-3)


def test_without_layer_scale_there_is_one_net_a_size() -> None:
    given = pretrained(SPECS["resnet"])
    *told, found = kernel_sizes(given, some(1), side=64, sizes=(3, 5))
    assert told[-1] == Progress(done=3, total=3) and isinstance(found, KernelSizes)
    assert all(one.full == one.fresh for one in found.fresh)


def test_trained_siblings_are_measured_beside_the_net() -> None:
    spec = replace(SPECS["cifar"], kernel_size=5)
    wide, wrong = replace(spec, kernel_size=9), replace(spec, kernel_size=9, act="silu")
    given, sibling = pretrained(spec), pretrained(wide)
    *told, found = kernel_sizes(given, some(2), side=SIDE, sizes=(3,), siblings=(sibling,))
    assert isinstance(found, KernelSizes) and told[-1] == Progress(done=8, total=8)
    ((size, deviation),) = found.siblings
    *_, expected = effective_field(sibling.net, prepared(some(2), sibling, SIDE))
    assert size == 9 and 4 * deviation == pytest.approx(expected.size, rel=1e-4)
    assert found.learnt == ((spec.kernel_sizes[0], found.trained), (9, deviation))
    for other in (wrong, spec, replace(spec, kernel_size=(3, 5, 7))):
        with pytest.raises(ValueError, match="differs"):
            next(kernel_sizes(given, some(1), side=SIDE, siblings=(pretrained(other),)))


def test_no_picture_at_all() -> None:
    with pytest.raises(ValueError, match="no images"):
        next(field_pair(pretrained(SPECS["cifar"]), some(0), side=SIDE))


def test_a_family_without_a_kernel_size_is_refused() -> None:
    @dataclass(frozen=True)
    class Foreign:
        name: str = text("foreign")

    net = frozen(SPECS["cifar"])
    foreign = Pretrained(net=net, spec=Foreign(), labels=(), preprocess=Preprocess())  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="foreign has no kernel size"):
        next(kernel_sizes(foreign, some(1), side=SIDE))


def test_networks_differ_in_kernels_alone_or_they_do_not() -> None:
    seven = SPECS["convnext"]
    five = replace(seven, kernel_size=5)
    assert differ_in_kernels(five, replace(seven, kernel_size=7))
    assert not differ_in_kernels(five, replace(five, kernel_size=(5,) * len(five.depths)))
    assert not differ_in_kernels(five, replace(seven, kernel_size=7, name="other"))
    assert not differ_in_kernels(five, replace(seven, kernel_size=7, act="relu"))
    uneven = (3, *[7] * (len(five.depths) - 1))
    assert not differ_in_kernels(five, replace(seven, kernel_size=uneven))
