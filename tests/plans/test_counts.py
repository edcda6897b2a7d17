"""Parameters, multiply-adds and shapes against torch's own counts, layer by layer, on meta nets."""

import re
from collections import Counter
from dataclasses import replace
from functools import cache

import pytest
import timm
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from timm.layers import make_divisible
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from convnext_viz.nets import build
from convnext_viz.nets.layers import Residual, SqueezeExcite
from convnext_viz.plans import Layer, Plan, Shape, plan, smallest_image
from convnext_viz.specs import (
    CONVNEXT,
    CONVNEXT_V2,
    FAMILIES,
    REGIMES,
    VARIANTS,
    ConvNeXtSpec,
    Spec,
    roadmap,
)
from tests.strategies import specs

STEPS = {step.spec.name: step.spec for regime in REGIMES for step in roadmap(regime)}
TOKENS = ["cifar_vit_conv_stem", "deit_tiny_distilled_patch16_224", "cifar_swin"]
TOKENS += [
    "vit_tiny_patch16_224",
    "swinv2_tiny_window8_256",
]  # others: nets/test_vit, test_swin
NAMED = FAMILIES["convnext"].variants | STEPS | {name: VARIANTS[name] for name in TOKENS}
TIMM = CONVNEXT | CONVNEXT_V2


@cache
def meta_net(spec: Spec) -> nn.Sequential:
    with torch.device("meta"):
        return build(spec).eval()


def counted_params(net: nn.Module) -> Counter[str]:
    """torch's parameters of every module that has its own, by the module's name."""
    counts: Counter[str] = Counter()
    for name, parameter in net.named_parameters():
        module = name.rpartition(".")[0]
        counts[module.removesuffix(".down").removesuffix(".up")] += parameter.numel()
    return counts


def operations(net: nn.Module) -> dict[str, nn.Module]:
    """The modules that are layers of the plan: squeeze-and-excitation is one, with its matrices."""
    gates = [f"{name}." for name, one in net.named_modules() if isinstance(one, SqueezeExcite)]
    return {
        name: module
        for name, module in net.named_modules()
        if not isinstance(module, nn.Sequential | Residual) and not name.startswith(tuple(gates))
    }


def run(net: nn.Sequential, shape: Shape) -> tuple[Counter[str], dict[str, tuple]]:
    """torch's multiply-adds and each operation's shapes in and out, in the order of running."""
    shapes: dict[str, tuple] = {}
    hooks = [
        module.register_forward_hook(
            lambda _, inputs, out, name=name: shapes.update(
                {name: (tuple(inputs[0].shape[1:]), tuple(out.shape[1:]))}
            )
        )
        for name, module in operations(net).items()
    ]
    image = torch.empty(1, *shape, device="meta")
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net(image)
    for hook in hooks:
        hook.remove()
    flops = counter.get_flop_counts()
    root = type(net).__name__
    macs = {name: sum(flops.get(f"{root}.{name}", {}).values()) / 2 for name in shapes}
    assert sum(macs.values()) == counter.get_total_flops() / 2  # nothing runs outside the layers
    return Counter(macs), shapes


def agree(described: Plan) -> None:
    net = meta_net(described.spec)
    layers = {layer.name: layer for layer in described.layers}
    params = counted_params(net)
    macs, shapes = run(net, described.in_shape)
    assert list(shapes) == list(layers)  # the same names, in the same order
    assert Counter({name: layer.params for name, layer in layers.items()}) == params
    assert Counter({name: layer.macs for name, layer in layers.items()}) == macs
    assert {name: (la.in_shape, la.out_shape) for name, la in layers.items()} == shapes
    assert described.params == params.total()
    assert described.macs == macs.total()
    elements = {name: torch.Size(out).numel() for name, (_, out) in shapes.items()}
    assert {name: layer.out_elements for name, layer in layers.items()} == elements
    assert described.out_elements == sum(elements.values())
    for part in (*described.stages, *(b for s in described.stages for b in s.blocks)):
        inside = [name for name in shapes if name.startswith(f"{part.name}.")]
        assert part.params == sum(params[name] for name in inside)
        assert part.macs == sum(macs[name] for name in inside)
        assert part.out_elements == sum(elements[name] for name in inside)


@pytest.mark.parametrize("name", NAMED)
def test_named_networks_count_as_torch_does(name: str) -> None:
    agree(plan(NAMED[name], 224))


@pytest.mark.parametrize("size", [(32, 32), (33, 65), (95, 223), (384, 384), (257, 64)], ids=str)
@pytest.mark.parametrize(
    "name", ["convnext_atto_ols", "convnextv2_pico", "resnet50", "cifar_bn_relu"]
)
def test_any_image_size_counts_as_torch_does(name: str, size: tuple[int, int]) -> None:
    agree(plan(VARIANTS[name], size))


@settings(max_examples=200)
@given(specs(), st.integers(0, 40), st.integers(0, 40))
def test_random_networks_count_as_torch_does(spec: ConvNeXtSpec, taller: int, wider: int) -> None:
    smallest = smallest_image(spec)
    described = plan(spec, (smallest + taller, smallest + wider))
    agree(described)
    children = [name for name, _ in meta_net(spec).named_children()]
    assert [stage.name for stage in described.stages] == children


def totals(net: nn.Module, channels: int, size: int) -> tuple[int, int]:
    """torch's parameters and multiply-adds of any net that lies on the meta device."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net.eval()(torch.empty(1, channels, size, size, device="meta"))
    return sum(p.numel() for p in net.parameters()), counter.get_total_flops() // 2


@pytest.mark.parametrize("name", TIMM)
def test_named_networks_count_as_timms(name: str) -> None:
    with torch.device("meta"):
        theirs = timm.create_model(name)
    described = plan(replace(TIMM[name], num_classes=theirs.num_classes), 96)
    assert (described.params, described.macs) == totals(theirs, 3, 96)


TIMM_NORMS = {"layer": "layernorm2d", "batch": "batchnorm2d", "rms": "rmsnorm2d"}


@settings(max_examples=40)
@given(specs())
def test_random_networks_count_as_timms(drawn: ConvNeXtSpec) -> None:
    # What timm's ConvNeXt can be: four stages, inverted blocks of one norm and one activation.
    stem = "patchify" if drawn.stem.startswith("conv") else drawn.stem
    spec = replace(
        drawn,
        depths=(drawn.depths * 4)[:4],
        dims=(drawn.dims * 4)[:4],
        kernel_size=(drawn.kernel_sizes * 4)[:4],
        num_classes=drawn.num_classes + 1,
        stem=stem,
        stem_norm=True,
        stem_act=False,
        patch_size=4,
        bottleneck="inverted",
        expansion=4.0,
        conv_position="first",
        depthwise=True,
        groups=1,
        inner_ratio=1.0,
        conv_bias=True,  # timm's False leaves the pointwise layers theirs
        norm="layer" if drawn.norm == "group" else drawn.norm,
        norm_groups=1,
        block_norms="one",
        block_acts="one",
        downsample="separate",
        first_downsample=False,
        head_norm="after_pool" if drawn.head_norm == "none" else drawn.head_norm,
        layer_scale=drawn.layer_scale or None,
    )
    with torch.device("meta"):
        theirs = timm.models.ConvNeXt(
            in_chans=spec.in_chans,
            num_classes=spec.num_classes,
            depths=spec.depths,
            dims=spec.dims,
            kernel_sizes=spec.kernel_sizes,
            ls_init_value=spec.layer_scale,
            stem_type="patch" if stem == "patchify" else stem,
            head_norm_first=spec.head_norm == "before_pool",
            head_hidden_size=spec.head_hidden,
            conv_mlp=True,
            use_grn=spec.grn,
            norm_layer=TIMM_NORMS.get(spec.norm, "simplenorm2d"),
        )
    described = plan(spec, 64)
    assert (described.params, described.macs) == totals(theirs, spec.in_chans, 64)


def test_tiered_stem_rounds_as_timm() -> None:
    for dim in range(1, 400):
        conv = plan(ConvNeXtSpec(dims=(dim,), depths=(1,), stem="overlap_tiered")).layer(
            "stem.conv1"
        )
        assert conv.out_shape[0] == make_divisible(dim // 2)


def value(arithmetic: str) -> int:
    """What the left side of "7·7·96 + 96 = 4,800" comes to, read as a pupil would."""
    return eval(re.sub("[·×]", "*", arithmetic.partition(" = ")[0]))


def check_arithmetic(layer: Layer) -> None:
    for text, count in (
        (layer.params_arithmetic, layer.params),
        (layer.macs_arithmetic, layer.macs),
    ):
        left, equals, right = text.partition(" = ")
        assert re.fullmatch(r"\d+(( [+×] |·)\d+)*", left)
        assert value(text) == count
        assert right == (f"{count:,}" if equals else "")


@pytest.mark.parametrize("name", ["convnext_tiny", "convnextv2_nano", "resnet50", "cifar_bn_gelu"])
def test_arithmetic_comes_to_the_count(name: str) -> None:
    for layer in plan(VARIANTS[name]).layers:
        check_arithmetic(layer)


@given(specs())
def test_arithmetic_of_random_networks_comes_to_the_count(spec: ConvNeXtSpec) -> None:
    for layer in plan(spec, 64).layers:
        check_arithmetic(layer)


@pytest.mark.parametrize(
    ("layer", "params", "macs"),
    [
        ("stage1.blocks.0.body.dwconv", "7·7·96 + 96 = 4,800", "7·7·96 × 56·56 = 14,751,744"),
        ("stage1.blocks.0.body.norm", "2·96 = 192", "0"),
        ("stage1.blocks.0.body.pwconv1", "96·384 + 384 = 37,248", "96·384 × 56·56 = 115,605,504"),
        ("stage1.blocks.0.body.act", "0", "0"),
        ("stem.conv", "4·4·3·96 + 96 = 4,704", "4·4·3·96 × 56·56 = 14,450,688"),
        ("head.fc", "768·1000 + 1000 = 769,000", "768·1000 = 768,000"),
    ],
)
def test_arithmetic_reads_as_the_paper_writes(layer: str, params: str, macs: str) -> None:
    found = plan(ConvNeXtSpec()).layer(layer)
    assert (found.params_arithmetic, found.macs_arithmetic) == (params, macs)
