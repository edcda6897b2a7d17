"""Checkpoints as other tools write them: the file's own logits, or a refusal by the right name."""

import io
from collections.abc import Callable
from typing import Any

import pytest
import timm
import torch
from torch import Tensor, nn
from torchvision.models.convnext import CNBlockConfig, ConvNeXt, LayerNorm2d
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet

from convnext_viz.nets import Pretrained, WeightsError, load_checkpoint
from tests.nets.other_libraries import (
    MmpretrainConvNeXt,
    TransformersConvNext,
    TransformersResNet,
)
from tests.nets.weights import randomise

DEPTHS, DIMS = (1, 2, 1, 1), (12, 16, 20, 28)
X = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(3))


def opened(state: dict[str, Tensor], **given: Any) -> Pretrained:
    file = io.BytesIO()
    torch.save(state, file)
    return load_checkpoint(file.getvalue(), given=given)


def agrees(net: nn.Module, state: dict[str, Tensor] | None = None, **given: Any) -> Pretrained:
    """The network that the file gives, which has the logits of the one that wrote it."""
    loaded = opened(net.state_dict() if state is None else state, **given)
    with torch.inference_mode():
        right, got = net(X).flatten(1), loaded.net(X)
    assert right.std() > 1e-3, "the test's own weights say nothing"
    assert (right - got).abs().max() <= 1e-5 * right.abs().max()
    return loaded


def convnext(**options: Any) -> nn.Module:
    sizes = {"depths": DEPTHS, "dims": DIMS, "num_classes": 6, **options}
    return randomise(timm.create_model("convnext_atto", **sizes))


def resnet(block: type = Bottleneck, **options: Any) -> ResNet:
    return randomise(ResNet(block, [1, 2, 1, 1], num_classes=6, **options))


def torchvision_convnext() -> ConvNeXt:
    ends = [*DIMS[1:], None]
    blocks = zip(DIMS, ends, DEPTHS, strict=True)
    return randomise(ConvNeXt([CNBlockConfig(*block) for block in blocks], num_classes=6))


@pytest.mark.parametrize(
    "make",
    [
        lambda: TransformersConvNext(DEPTHS, DIMS, 6),
        lambda: TransformersConvNext(DEPTHS, DIMS, 6, grn=True),
        lambda: TransformersResNet(16, (1, 2), (32, 64), 6, basic=False),
        lambda: TransformersResNet(16, (2, 1, 1), (16, 24, 40), 6, basic=True),
        lambda: MmpretrainConvNeXt(DEPTHS, DIMS, 6),
        lambda: MmpretrainConvNeXt(DEPTHS, DIMS, 6, grn=True),
    ],
    ids=["hf", "hf v2", "hf resnet", "hf resnet basic", "mm", "mm v2"],
)
def test_transformers_and_mmpretrain_give_the_same_logits(make: Callable[[], nn.Module]) -> None:
    assert agrees(randomise(make())).spec.num_classes == 6


def test_a_model_of_transformers_without_its_classifier_is_a_network_of_features() -> None:
    net = randomise(TransformersConvNext(DEPTHS, DIMS, 6))
    loaded = opened(net.convnext.state_dict())
    net.classifier = nn.Identity()
    with torch.inference_mode():
        assert torch.allclose(net(X), loaded.net(X), rtol=1e-5, atol=1e-5)
    assert loaded.spec.num_classes == 0


def test_mmpretrain_calls_a_resnet_as_torchvision_does() -> None:
    net = resnet(BasicBlock)
    state = {
        ("head." if n[:2] == "fc" else "backbone.") + n: w for n, w in net.state_dict().items()
    }
    agrees(net, state)


class Pooled(nn.Module):
    """The mean of the last map of a network."""

    def __init__(self, maps: nn.Module) -> None:
        super().__init__()
        self.maps = maps

    def forward(self, x: Tensor) -> Tensor:
        last = self.maps(x)
        return (last[-1] if isinstance(last, list) else last).mean((-2, -1))


@pytest.mark.parametrize("name", ["convnext_atto", "resnet18", "resnext50_32x4d"])
def test_features_of_timm_are_networks_without_a_head(name: str) -> None:
    sizes = {"depths": DEPTHS, "dims": DIMS} if "conv" in name else {"layers": (1, 1, 2, 1)}
    for outputs in ((0, 1, 2, 3), (1, 2)):
        if "resn" in name:
            outputs = tuple(number + 1 for number in outputs)
        net = timm.create_model(name, features_only=True, out_indices=outputs, **sizes)
        loaded = agrees(Pooled(randomise(net)), net.state_dict())
        assert (loaded.spec.num_classes, loaded.spec.head_norm) == (0, "none")


def test_a_sequential_of_children_is_recognised() -> None:
    for block in (BasicBlock, Bottleneck):
        children = list(resnet(block).children())
        agrees(nn.Sequential(*children[:-1]))
        agrees(nn.Sequential(*children[:-1], nn.Flatten(), children[-1]))
        headless = nn.Sequential(*children[:-3])
        agrees(Pooled(headless), headless.state_dict())
    body = nn.Sequential(*list(torchvision_convnext().children()))
    agrees(body)
    parts = list(convnext().children())
    agrees(nn.Sequential(*parts))
    features = torchvision_convnext().features
    agrees(Pooled(features), features.state_dict())


def test_a_network_that_keeps_its_body_as_features_has_its_own_classifier() -> None:
    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.features = nn.Sequential(*list(resnet().children())[:-1])
            self.classifier = nn.Sequential(nn.Dropout(), nn.Linear(2048, 5))

        def forward(self, x: Tensor) -> Tensor:
            return self.classifier(self.features(x).flatten(1))

    assert agrees(randomise(Own())).spec.num_classes == 5


HEADS = {
    "dropout": lambda c: nn.Sequential(nn.Dropout(0.3), nn.Linear(c, 4)),
    "no bias": lambda c: nn.Linear(c, 4, bias=False),
    "hidden": lambda c: nn.Sequential(nn.Linear(c, 9), nn.GELU(), nn.Dropout(), nn.Linear(9, 4)),
}


@pytest.mark.parametrize("head", HEADS)
def test_classifiers_of_ones_own_are_read(head: str) -> None:
    nets: list[nn.Module] = [resnet(), convnext(), torchvision_convnext()]
    nets[0].fc = HEADS[head](2048)
    nets[1].head.fc = HEADS[head](DIMS[-1])
    nets[2].classifier[2] = HEADS[head](DIMS[-1])
    for net in nets:
        loaded = agrees(randomise(net))
        assert loaded.spec.num_classes == 4
        assert bool(loaded.spec.head_hidden) == (head == "hidden")
        assert (head == "no bias") == any("bias" in note for note in loaded.notes)


def test_the_activation_after_a_hidden_layer_is_assumed_and_can_be_given() -> None:
    net = resnet(BasicBlock)
    net.fc = nn.Sequential(nn.Linear(512, 16), nn.ReLU(), nn.Linear(16, 3))
    randomise(net)
    (assumed,) = (one for one in opened(net.state_dict()).assumed if one.field == "head_act")
    assert "relu" in assumed.options
    agrees(net, head_act="relu")


def test_a_norm_in_front_of_ones_own_classifier_is_read() -> None:
    net = torchvision_convnext()
    net.classifier = nn.Sequential(
        LayerNorm2d(DIMS[-1]), nn.Flatten(1), nn.Dropout(), nn.Linear(DIMS[-1], 3)
    )
    agrees(randomise(net))


def test_stems_for_small_pictures_are_recognised() -> None:
    small = resnet(BasicBlock)
    small.conv1, small.maxpool = nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.Identity()
    loaded = agrees(randomise(small))
    assert (loaded.spec.stem, loaded.spec.patch_size) == ("conv3", 1)
    for patch in (1, 2, 4):
        loaded = agrees(convnext(patch_size=patch))
        assert (loaded.spec.patch_size, loaded.spec.first_downsample) == (patch, patch == 2)


def given_nets() -> dict[str, tuple[nn.Module, dict[str, Any]]]:
    """Networks that weights do not tell from others, and what has to be said of them."""
    pooled = resnet(BasicBlock)
    pooled.conv1 = nn.Conv2d(3, 64, 3, 2, 1, bias=False)
    without = resnet(BasicBlock)
    without.maxpool = nn.Identity()
    group = timm.create_model("resnet50_gn", layers=(1, 1, 1, 1), num_classes=6)
    return {
        "relu": (convnext(act_layer="relu"), {"act": "relu"}),
        "eps": (convnext(norm_eps=1e-3), {"norm_eps": 1e-3}),
        "rms": (convnext(norm_layer="rmsnorm2d"), {"norm": "rms"}),
        "simple": (convnext(norm_layer="simplenorm2d"), {"norm": "simple"}),
        "one group": (convnext(norm_layer="groupnorm1"), {"norm": "group"}),
        "max": (convnext(global_pool="max"), {"head_pool": "max"}),
        "3x3 and pool": (randomise(pooled), {"stem": "conv3_pool", "patch_size": 2}),
        "7x7 alone": (without, {"stem": "conv7"}),
        "groups": (randomise(group), {}),
    }


def test_what_leaves_no_trace_is_assumed_and_can_be_given() -> None:
    for name, (net, given) in given_nets().items():
        assumed = {one.field: one for one in opened(net.state_dict()).assumed}
        for field, value in given.items():
            assert value in assumed[field].options and value != assumed[field].value, name
        loaded = agrees(net, **given)
        now = {one.field: one.value for one in loaded.assumed}
        assert now.items() >= given.items()  # it stays there to be changed again
        if name == "groups":
            assert now["norm"] == "group" and now["norm_groups"] == 32


def test_norms_without_a_bias_are_layer_norms_until_something_else_is_said() -> None:
    net = convnext()
    norms = [
        n for n, _ in net.named_parameters() if n.endswith(("norm.bias", ".1.bias", ".0.bias"))
    ]
    norms = [n for n in norms if net.get_parameter(n).ndim == 1 and "conv" not in n]
    norms = [n for n in norms if n not in ("stem.0.bias",) and "downsample.1" not in n]
    with torch.no_grad():
        for name in norms:
            net.get_parameter(name).zero_()
    state = {n: w for n, w in net.state_dict().items() if n not in norms}
    loaded = agrees(net, state)
    assert loaded.spec.norm == "layer" and any("bias" in note for note in loaded.notes)


def test_strides_are_said_as_they_are_taken() -> None:
    dilated = convnext(output_stride=16)  # the same names and shapes
    (said,) = (n for n in opened(dilated.state_dict()).notes if "dilation" in n)
    assert "32 times smaller" in said


def test_every_option_of_an_assumption_makes_a_network() -> None:
    state = convnext(head_hidden_size=8).state_dict()
    for one in opened(state).assumed:
        for value in one.options:
            assert getattr(opened(state, **{one.field: value}).spec, one.field) == value


def relatives() -> dict[str, nn.Module]:
    deep, normed = resnet(BasicBlock), resnet(BasicBlock)
    deep.fc = nn.Sequential(*(nn.Linear(a, b) for a, b in ((512, 8), (8, 8), (8, 3))))
    normed.fc = nn.Sequential(nn.Linear(512, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))
    small = {"layers": (1, 1, 1, 1), "num_classes": 4}
    return {
        "squeeze-and-excitation": timm.create_model("seresnet50", **small),
        "deep stem": timm.create_model("resnet50d", **small),
        "shortcuts": timm.create_model("resnet50d", stem_type="", **small),
        "ResNeSt": timm.create_model("resnest50d", **small),
        "more than one hidden layer": deep,
        "norms between": normed,
    }


def test_relatives_are_refused_by_their_name() -> None:
    for words, net in relatives().items():
        with pytest.raises(WeightsError, match=words):
            opened(net.state_dict())


def test_blur_pooling_and_a_regnet_are_refused_by_their_name() -> None:
    state = resnet(BasicBlock).state_dict()
    with pytest.raises(WeightsError, match="blur pooling"):
        opened(state | {"layer2.0.conv2.0.filt": torch.ones(64, 1, 3, 3)})
    net = TransformersResNet(16, (1, 1), (32, 64), 6, basic=False)
    net.resnet.embedder.embedder.convolution = nn.Conv2d(3, 16, 3, 2, 1, bias=False)
    with pytest.raises(WeightsError, match="RegNet"):
        opened(net.state_dict())
