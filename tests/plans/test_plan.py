"""What a plan is: a value, in parts that add up, for every image that is large enough."""

import pickle
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from torch import nn

from convnext_viz.nets import build
from convnext_viz.plans import plan, smallest_image
from convnext_viz.specs import VARIANTS, ConvNeXtSpec
from convnext_viz.text import use_language
from tests.strategies import specs


def runs(net: nn.Sequential, size: tuple[int, int]) -> bool:
    channels = net.stem[0].in_channels
    try:
        net(torch.empty(1, channels, *size, device="meta"))
    except RuntimeError:
        return False
    return True


@settings(max_examples=100)
@given(specs())
def test_smallest_image_runs_and_nothing_smaller_does(spec: ConvNeXtSpec) -> None:
    with torch.device("meta"):
        net = build(spec).eval()
    side = smallest_image(spec)
    assert runs(net, (side, side))
    assert plan(spec, side).stages[-2].out_shape[1:] == (1, 1)
    for size in ((side - 1, side), (side, side - 1)):
        with pytest.raises(ValueError, match=f"{size[0]}×{size[1]} .* {side}×{side}"):
            plan(spec, size)
        assert not runs(net, size)


@pytest.mark.parametrize(
    ("name", "side"),
    [("convnext_tiny", 32), ("convnext_iso_small", 16), ("cifar_ln_gelu", 8), ("resnet50", 1)],
)
def test_smallest_image_of_named_networks(name: str, side: int) -> None:
    assert smallest_image(VARIANTS[name]) == side


@pytest.mark.parametrize("size", [31, 0, -5, (31, 224), (224, 31), (0, 0)], ids=str)
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "{} pixels is too small .* smallest size is 32×32"),
        ("zh", "{} .*太小.*为 32×32"),
    ],
)
def test_a_small_image_is_refused_in_words(
    language: str, words: str, size: int | tuple[int, int]
) -> None:
    height, width = (size, size) if isinstance(size, int) else size
    with (
        use_language(language),
        pytest.raises(ValueError, match=words.format(f"{height}×{width}")),
    ):
        plan(ConvNeXtSpec(), size)


def test_one_number_is_a_square() -> None:
    assert plan(ConvNeXtSpec(), 200) == plan(ConvNeXtSpec(), (200, 200))
    assert plan(ConvNeXtSpec()).image_size == (224, 224)


@given(specs())
def test_parts_hand_on_what_they_give(spec: ConvNeXtSpec) -> None:
    described = plan(spec, 97)
    assert described.in_shape == (spec.in_chans, 97, 97)
    assert described.stages[0].in_shape == described.in_shape
    for before, after in zip(described.stages, described.stages[1:], strict=False):
        assert before.out_shape == after.in_shape
    for stage in described.stages[1:-1]:
        shape = stage.own[-1].out_shape if stage.own else stage.in_shape
        for block in stage.blocks:
            assert block.in_shape == shape
            for chain in (block.body, block.shortcut):
                for layer in chain:
                    assert layer.in_shape == shape
                    shape = layer.out_shape
                assert not chain or shape == block.out_shape
                shape = block.in_shape
            shape = block.out_shape
        assert stage.out_shape == shape
    width = spec.head_hidden or spec.widths(len(spec.dims) - 1)[1]
    assert described.out_shape == (spec.num_classes or width,)


@given(specs())
def test_a_plan_is_a_value(spec: ConvNeXtSpec) -> None:
    described = plan(spec, 64)
    for copy in (pickle.loads(pickle.dumps(described)), plan(replace(spec), 64)):
        assert copy == described
        assert hash(copy) == hash(described)


def test_stages_and_layers_are_found_by_name() -> None:
    described = plan(ConvNeXtSpec())
    layers = list(described.layers)
    assert len({layer.name for layer in layers}) == len(layers)
    assert all(described.layer(layer.name) == layer for layer in layers[:30])
    assert [described.stage(stage.name) for stage in described.stages] == list(described.stages)
    for find in (described.stage, described.layer):
        with pytest.raises(KeyError, match="stage9"):
            find("stage9")


@given(specs())
def test_drop_path_carries_each_blocks_rate(spec: ConvNeXtSpec) -> None:
    layers = [layer for layer in plan(spec, 64).layers if layer.kind == "drop_path"]
    rates = [layer.rate for layer in layers]
    assert rates == (list(spec.drop_path_rates) if spec.drop_path_rate > 0 else [])
    assert rates == sorted(rates)
