"""Weights of timm, torchvision and the official repositories, run in our nets: equal logits."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
import timm
import torch
import torchvision
from hypothesis import given, settings
from torch import Tensor, nn

from convnext_viz.nets import build
from convnext_viz.nets.checkpoints.rename import rename, spec_of
from convnext_viz.nets.weights import fill
from convnext_viz.specs import (
    CONVNEXT,
    CONVNEXT_ISO,
    CONVNEXT_V2,
    DEIT,
    RESNET,
    VARIANTS,
    VIT,
    ConvNeXtSpec,
)
from tests.nets.official import TINY, Official
from tests.nets.weights import random_net, randomise
from tests.strategies import specs

ARCHITECTURES = timm.list_models(["convnext*", "test_convnext*"], exclude_filters="*.*")
TOO_LARGE = re.compile("large|huge")  # for two cores: compared by shape
LARGE = [name for name in ARCHITECTURES if TOO_LARGE.search(name)]
SMALL = [name for name in ARCHITECTURES if not TOO_LARGE.search(name)]


def images(size: int = 64) -> Tensor:
    return torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(1))


def assert_same_logits(ours: nn.Module, theirs: nn.Module, x: Tensor) -> None:
    with torch.inference_mode():
        a, b = ours(x), theirs.eval()(x)
    assert b.std() > 1e-2, "the test's own weights say nothing"
    assert (a - b).abs().max() <= 1e-4 * b.abs().max()


@pytest.mark.parametrize("name", SMALL)
def test_timm_gives_the_same_logits_and_its_spec_is_recognised(name: str) -> None:
    theirs = random_net(lambda: timm.create_model(name))
    spec = spec_of(theirs.state_dict())
    assert spec == VARIANTS[name]
    assert_same_logits(fill(spec, rename(theirs.state_dict())), theirs, images())


@pytest.mark.parametrize("name", LARGE)
def test_the_large_ones_of_timm_have_our_names_and_shapes(name: str) -> None:
    with torch.device("meta"):
        theirs, ours = timm.create_model(name), build(VARIANTS[name])
    renamed = rename(theirs.state_dict())
    shapes = {name: tensor.shape for name, tensor in ours.state_dict().items()}
    assert {name: tensor.shape for name, tensor in renamed.items()} == shapes
    assert spec_of(theirs.state_dict()) == VARIANTS[name]


@pytest.mark.parametrize(
    "options",
    [
        {"head_hidden_size": 20},
        {"head_norm_first": True},
        {"use_grn": True, "ls_init_value": None},
        {"kernel_sizes": (3, 5, 7, 9)},
        {"in_chans": 1},
        {"norm_layer": "batchnorm2d", "conv_mlp": True},
        {"norm_layer": "rmsnorm2d", "conv_mlp": True},
        {"num_classes": 0},
    ],
    ids=str,
)
def test_options_of_timm_are_seen_in_the_shapes(options: dict[str, object]) -> None:
    theirs = randomise(
        timm.create_model("convnext_tiny", **{"depths": TINY.depths, "dims": TINY.dims} | options)
    )
    # RMSNorm has no bias, and a LayerNorm need not have one.
    rms = {"norm": "rms"} if options.get("norm_layer") == "rmsnorm2d" else {}
    spec = spec_of(theirs.state_dict(), **rms)
    x = images()[:, : spec.in_chans]
    assert_same_logits(fill(spec, rename(theirs.state_dict())), theirs, x)


# The others are compared by shape; resnext50_32x4d has their groups, wide_resnet50_2 their width.
RUN = [name for name in RESNET if not name.startswith(("resnext101", "wide_resnet101"))]


@pytest.mark.parametrize("name", RUN)
def test_timm_resnets_give_the_same_logits(name: str) -> None:
    theirs = random_net(lambda: timm.create_model(name))
    assert spec_of(theirs.state_dict()) == RESNET[name]
    assert_same_logits(fill(RESNET[name], rename(theirs.state_dict())), theirs, images())


@pytest.mark.parametrize("name", [name for name in RESNET if name not in RUN])
def test_the_large_resnets_of_timm_have_our_names_and_shapes(name: str) -> None:
    with torch.device("meta"):
        theirs, ours = timm.create_model(name), build(RESNET[name])
    shapes = {name: tensor.shape for name, tensor in ours.state_dict().items()}
    renamed = rename(theirs.state_dict())
    assert {name: tensor.shape for name, tensor in renamed.items()} == shapes
    assert spec_of(theirs.state_dict()) == RESNET[name]


def test_relatives_without_a_name_here_are_read_too() -> None:
    layers = torchvision.models.resnet.Bottleneck, [2, 1, 2, 1]
    theirs = randomise(torchvision.models.ResNet(*layers, groups=16, width_per_group=8))
    spec = spec_of(theirs.state_dict())
    assert (spec.name, spec.dims, spec.groups) == ("checkpoint", (64, 128, 256, 512), 16)
    assert_same_logits(fill(spec, rename(theirs.state_dict())), theirs, images())


@pytest.mark.parametrize("name", [name for name in RUN if hasattr(torchvision.models, name)])
def test_torchvision_resnets_give_the_same_logits(name: str) -> None:
    theirs = random_net(getattr(torchvision.models, name))
    spec = spec_of(theirs.state_dict())
    assert spec == RESNET[name]
    assert_same_logits(fill(spec, rename(theirs.state_dict())), theirs, images())


def test_torchvision_convnext_gives_the_same_logits() -> None:
    theirs = random_net(torchvision.models.convnext_tiny)
    assert spec_of(theirs.state_dict()) == CONVNEXT["convnext_tiny"]
    ours = fill(CONVNEXT["convnext_tiny"], rename(theirs.state_dict()))
    assert_same_logits(ours, theirs, images())


@pytest.mark.parametrize(
    ("spec", "options"),
    [
        (CONVNEXT["convnext_tiny"], {}),
        (CONVNEXT_V2["convnextv2_atto"], {"v2": True}),
        (CONVNEXT_ISO["convnext_iso_small"], {"isotropic": True}),
        (replace(CONVNEXT_ISO["convnext_iso_large"], depths=(3,)), {"isotropic": True}),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_the_official_network_gives_the_same_logits(
    spec: ConvNeXtSpec, options: dict[str, bool]
) -> None:
    theirs = randomise(Official(spec, **options))
    read = spec_of(theirs.state_dict())
    assert replace(read, name=spec.name) == spec
    assert_same_logits(fill(read, rename(theirs.state_dict())), theirs, images())


def test_an_official_checkpoint_means_the_same_to_us_and_to_timm() -> None:
    theirs = randomise(Official(TINY))
    model = timm.create_model("convnext_tiny", depths=TINY.depths, dims=TINY.dims, num_classes=7)
    filtered = timm.models.convnext.checkpoint_filter_fn(theirs.state_dict(), model)
    model.load_state_dict(filtered)
    assert_same_logits(fill(TINY, rename(theirs.state_dict())), model, images())


@pytest.mark.parametrize("name", sorted(VARIANTS))
def test_named_networks_are_recognised_from_our_own_names(name: str) -> None:
    spec = VARIANTS[name]
    with torch.device("meta"):
        state = build(spec).state_dict()
    shapes = {key: tensor.shape for key, tensor in state.items()}
    read = spec_of(state)
    with torch.device("meta"):
        again = build(read).state_dict()
    assert {key: tensor.shape for key, tensor in again.items()} == shapes
    # Norm or pool first, and what a ViT was trained with: no weight tells.
    unseen = {"convnext_tiny_hnf": "convnext_tiny"}
    unseen |= {one: vit for one in DEIT if (vit := one.replace("deit", "vit")) in VIT}
    assert read.name == unseen.get(name, name) or name.startswith("cifar")


@pytest.mark.parametrize("wrapper", ["module.", "_orig_mod.", "model.module.", "backbone."])
@pytest.mark.parametrize("make", [Official, lambda spec: build(spec)])
def test_wrappers_are_taken_off(wrapper: str, make: Callable[[ConvNeXtSpec], nn.Module]) -> None:
    state = make(TINY).state_dict()
    wrapped = rename({wrapper + name: tensor for name, tensor in state.items()})
    assert wrapped.keys() == rename(state).keys() == build(TINY).state_dict().keys()


@pytest.mark.parametrize("mlp", [False, True])
def test_the_image_tower_of_a_clip_model_is_found(mlp: bool) -> None:
    spec = replace(TINY, head_hidden=10 if mlp else None)
    model = randomise(
        timm.create_model(
            "convnext_tiny",
            depths=TINY.depths,
            dims=TINY.dims,
            num_classes=7,
            head_hidden_size=10 if mlp else None,
        )
    )
    nn.init.zeros_(model.head.fc.bias)  # open_clip's projection has none
    heads = {
        "head.fc.weight": "head.mlp.fc2.weight" if mlp else "head.proj.weight",
        "head.pre_logits.fc.weight": "head.mlp.fc1.weight",
        "head.pre_logits.fc.bias": "head.mlp.fc1.bias",
    }
    clip = {"logit_scale": torch.ones(()), "transformer.resblocks.0.ln_1.weight": torch.ones(3)}
    for name, tensor in model.state_dict().items():
        if name != "head.fc.bias":
            clip["visual." + heads.get(name, f"trunk.{name}")] = tensor
    assert spec_of(clip, name="tiny") == spec
    assert_same_logits(fill(spec, rename(clip)), model, images())


def test_weights_without_a_head_become_a_net_of_features() -> None:
    state = {
        k: v for k, v in Official(TINY).state_dict().items() if k.split(".")[0] not in "norm head"
    }
    spec = spec_of(state)
    assert (spec.num_classes, spec.head_norm) == (0, "none")
    assert fill(spec, rename(state))(images()).shape == (2, TINY.dims[-1])


@settings(max_examples=200)
@given(specs())
def test_any_network_is_recognised_as_one_with_the_same_weights(spec: ConvNeXtSpec) -> None:
    state = build(spec).state_dict()
    read = spec_of(state)
    fill(read, rename(state))
    for field in ("depths", "in_chans", "num_classes", "grn", "depthwise", "block_norms"):
        assert getattr(read, field) == getattr(spec, field)
    assert read.kernel_sizes == spec.kernel_sizes


def test_what_shapes_cannot_tell_may_be_given() -> None:
    state = build(TINY).state_dict()
    assert spec_of(state, act="silu", norm_eps=1e-3).act == "silu"
