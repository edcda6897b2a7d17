"""How networks end in files of others: necks, several classifiers, poolings. The file's own
logits, or a refusal by the right name."""

import io
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import timm
import torch
from timm.models.swin_transformer import SwinTransformer
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock, ResNet

from convnext_viz.nets import Pretrained, WeightsError, load_checkpoint
from convnext_viz.text import use_language
from tests.nets.weights import randomise

X = torch.randn(2, 3, 56, 56, generator=torch.Generator().manual_seed(3))
OF_VIT: dict[str, Any] = {
    "img_size": 56,
    "patch_size": 14,
    "embed_dim": 64,
    "depth": 2,
    "num_heads": 1,
    "num_classes": 6,
}
OF_SWIN: dict[str, Any] = {
    "img_size": 56,
    "embed_dim": 24,
    "depths": (2, 2),
    "num_heads": (2, 4),
    "window_size": 7,
    "num_classes": 6,
}


def opened(state: dict[str, Tensor], **options: Any) -> Pretrained:
    file = io.BytesIO()
    torch.save(state, file)
    return load_checkpoint(file.getvalue(), **options)


def agrees(loaded: Pretrained, right: Callable[[Tensor], Tensor], x: Tensor = X) -> None:
    with torch.inference_mode():
        expected, got = right(x), loaded.net(x)
    assert expected.std() > 1e-3, "the test's own weights say nothing"
    assert (expected - got).abs().max() <= 1e-5 * expected.abs().max()


def convnext(**options: Any) -> nn.Module:
    sizes = {"depths": (1, 2, 1, 1), "dims": (12, 16, 20, 28), "num_classes": 0, **options}
    return timm.create_model("convnext_atto", **sizes)


def resnet() -> nn.Module:
    net = ResNet(BasicBlock, [1, 1, 1, 1])
    net.fc = nn.Identity()
    return net


BODIES: dict[str, tuple[Callable[[], nn.Module], int]] = {
    "convnext": (convnext, 28),
    "resnet": (resnet, 512),
    "vit": (lambda: VisionTransformer(**OF_VIT | {"num_classes": 0}), 64),
    "swin": (lambda: SwinTransformer(**OF_SWIN | {"num_classes": 0}), 48),
}


class Whole(nn.Module):
    """A body and what somebody put behind it, run in the order of ``parts``."""

    def __init__(self, body: nn.Module, **parts: nn.Module) -> None:
        super().__init__()
        self.backbone = body
        for name, part in parts.items():
            self.add_module(name, part)
        self.parts = list(parts)

    def forward(self, x: Tensor) -> Tensor:
        x = self.backbone(x)
        for name in self.parts:
            x = self.get_submodule(name)(x)
        return x

    def of(self, part: str, x: Tensor) -> Tensor:
        """The outputs of one of several classifiers."""
        return self.get_submodule(part)(self.backbone(x))


NECKS: dict[str, Callable[[int], tuple[nn.Module, int]]] = {
    "linear, norm, ReLU": lambda c: (
        nn.Sequential(nn.Linear(c, 16), nn.BatchNorm1d(16), nn.ReLU()),
        16,
    ),
    "batch norm": lambda c: (nn.BatchNorm1d(c), c),
    "layer norm": lambda c: (nn.LayerNorm(c), c),
    "as wide": lambda c: (nn.Linear(c, c), c),
    "narrow and wide": lambda c: (nn.Sequential(nn.Linear(c, 8), nn.ReLU(), nn.Linear(8, c)), c),
}


@pytest.mark.parametrize("neck", NECKS)
@pytest.mark.parametrize("body", BODIES)
def test_layers_between_network_and_classifier_are_not_dropped(body: str, neck: str) -> None:
    make, width = BODIES[body]
    for name in ("neck", "bottleneck", "reduce", "projection"):
        layers, out = NECKS[neck](width)
        net = Whole(make(), **{name: layers, "classifier": nn.Linear(out, 5)})
        with pytest.raises(WeightsError, match=f"{name}|classifier"):
            opened(net.state_dict())


def test_layers_behind_the_networks_own_classifier_are_not_dropped() -> None:
    net = ResNet(BasicBlock, [1, 1, 1, 1], num_classes=16)
    for beside in ({"out": nn.Linear(16, 5)}, {"bn": nn.BatchNorm1d(16), "out": nn.Linear(16, 5)}):
        with pytest.raises(WeightsError, match="out"):
            opened(Whole(net, **beside).state_dict())
    with use_language("zh"), pytest.raises(WeightsError, match="out"):
        opened(Whole(net, out=nn.Linear(16, 5)).state_dict())


def test_what_only_helped_to_train_is_still_left_out() -> None:
    net = randomise(Whole(convnext(), head=nn.Linear(28, 5)))
    beside = {
        "projector.0.weight": torch.ones(28, 28),
        "aux_head.weight": torch.ones(5, 28),
        "criterion.weight": torch.ones(5),
        "decoder.up.weight": torch.ones(28, 8, 2, 2),
    }
    loaded = opened(net.state_dict() | beside)
    agrees(loaded, net)
    assert len(loaded.found) == 1 and any("aux_head" in note for note in loaded.notes)


def test_an_unusual_name_of_the_only_classifier_is_understood() -> None:
    for body, (make, width) in BODIES.items():
        net = randomise(Whole(make(), cls_layer=nn.Linear(width, 5)))
        loaded = opened(net.state_dict())
        assert loaded.spec.num_classes == 5, body
        agrees(loaded, net)
    for make, width in (BODIES["convnext"], BODIES["resnet"]):
        chain = randomise(nn.Sequential(make(), nn.Flatten(), nn.Dropout(), nn.Linear(width, 5)))
        agrees(opened(chain.state_dict()), chain)


def test_a_classifier_further_out_is_found() -> None:
    net = randomise(Whole(resnet(), fc=nn.Linear(512, 5)))
    state = {f"model.{n.replace('backbone.', 'backbone.net.')}": w for n, w in net.named_buffers()}
    state |= {
        f"model.{n.replace('backbone.', 'backbone.net.')}": w for n, w in net.named_parameters()
    }
    agrees(opened(state), net)


def test_hidden_layers_under_two_names_are_one_classifier() -> None:
    net = Whole(resnet(), fc1=nn.Linear(512, 16), act=nn.ReLU(), fc2=nn.Linear(16, 5))
    agrees(opened(randomise(net).state_dict(), given={"head_act": "relu"}), net)
    token = Whole(BODIES["vit"][0](), fc1=nn.Linear(64, 16), fc2=nn.Linear(16, 5))
    with pytest.raises(WeightsError, match="hidden layer"):
        opened(token.state_dict())


@pytest.mark.parametrize(
    "names", [("head_a", "head_b"), ("age", "sex"), ("fc", "fc2"), ("fc", "head")]
)
@pytest.mark.parametrize("body", BODIES)
def test_of_two_classifiers_one_is_taken_aloud_and_the_other_can_be_chosen(
    body: str, names: tuple[str, str]
) -> None:
    make, width = BODIES[body]
    heads = {name: nn.Linear(width, 5 + place) for place, name in enumerate(names)}
    net = randomise(Whole(make(), **heads))
    loaded = opened(net.state_dict())
    assert loaded.found == tuple(f"backbone ({name})" for name in names)
    assert any(names[1] in note for note in loaded.notes)
    for which, name in zip(loaded.found, names, strict=True):
        agrees(opened(net.state_dict(), which=which), partial(net.of, name))


def test_a_second_classifier_among_a_networks_own_names_can_be_chosen() -> None:
    own = {"convnext": "head.fc", "vit": "head", "swin": "head.fc"}
    nets: dict[str, nn.Module] = {
        "convnext": convnext(num_classes=6),
        "vit": VisionTransformer(**OF_VIT),
        "swin": SwinTransformer(**OF_SWIN),
    }
    for body, net in nets.items():
        width = BODIES[body][1]
        other = nn.Linear(width, 4)
        for name in ("fc", "head2", "classifier", "heads.age"):
            state = randomise(net).state_dict()
            state |= {f"{name}.weight": other.weight, f"{name}.bias": other.bias}
            loaded = opened(state)
            agrees(loaded, net)
            assert loaded.found[0] == f". ({own[body]})" and len(loaded.found) == 2
            second = opened(state, which=loaded.found[1])
            assert second.spec.num_classes == 4
            with torch.inference_mode():
                features = net.forward_head(net.forward_features(X), pre_logits=True)
            agrees(second, lambda x, f=features, o=other: o(f))  # type: ignore[misc]


def test_a_second_norm_in_front_of_the_classifier_is_not_dropped() -> None:
    net = convnext(num_classes=6)
    net.head.fc = nn.Sequential(nn.LayerNorm(28), nn.Linear(28, 3))
    with pytest.raises(WeightsError, match="norms"):
        opened(net.state_dict())
    token = VisionTransformer(**OF_VIT)
    token.head = nn.Sequential(nn.LayerNorm(64), nn.Linear(64, 3))
    with pytest.raises(WeightsError, match="norms"):
        opened(token.state_dict())


def test_other_poolings_and_classifiers_are_not_dropped() -> None:
    state = Whole(resnet(), fc=nn.Linear(512, 5)).state_dict()
    with pytest.raises(WeightsError, match="pool"):
        opened(state | {"pool.p": torch.tensor([3.0])})
    for normed in (nn.utils.weight_norm, nn.utils.spectral_norm):
        with pytest.raises(WeightsError, match="fc"):
            opened(Whole(resnet(), fc=normed(nn.Linear(512, 5))).state_dict())
    averaged = {"global_pool": "avg", "class_token": False}
    before = VisionTransformer(**OF_VIT, **averaged, fc_norm=False)  # the mean of norms
    with pytest.raises(WeightsError, match="average over all tokens"):
        opened(before.state_dict())
    after = randomise(VisionTransformer(**OF_VIT, **averaged))
    agrees(opened(after.state_dict()), after)


def test_what_adapters_and_other_networks_keep_is_no_second_classifier() -> None:
    net = randomise(convnext(num_classes=6))
    state = net.state_dict()
    adapted = {
        f"base_model.model.{n.replace('head.fc.', 'head.fc.modules_to_save.default.')}": w
        for n, w in state.items()
    }
    adapted["base_model.model.head.fc.original_module.weight"] = torch.zeros(6, 28)
    loaded = opened(adapted)
    agrees(loaded, net)
    assert len(loaded.found) == 1
    both = {f"online.net.{n}": w for n, w in state.items()}
    both |= {f"target.net.{n}": torch.zeros_like(w) for n, w in state.items()}
    both["online.predict.0.weight"] = torch.ones(16, 28)
    loaded = opened(both)
    agrees(loaded, net)
    assert loaded.found == ("online.net", "target.net")
