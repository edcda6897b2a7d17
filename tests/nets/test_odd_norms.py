"""Norms of stages and norms without a bias, windows of several sizes, tokens that nobody reads: the
file's own logits, or a refusal by the right name."""

import re
from functools import partial
from typing import Any

import pytest
import timm
import torch
from timm.layers import LayerNorm, RmsNorm
from timm.models.deit import VisionTransformerDistilled
from timm.models.swin_transformer import SwinTransformer
from timm.models.swin_transformer_v2 import SwinTransformerV2
from timm.models.vision_transformer import VisionTransformer

from convnext_viz.nets import WeightsError
from tests.nets.test_odd_ends import OF_SWIN, OF_VIT, agrees, convnext, opened
from tests.nets.test_swin import TINY, TINY_V2, of_timm
from tests.nets.test_swin_names import mmpretrain, official, transformers
from tests.nets.weights import randomise


def test_norms_without_a_bias_in_networks_of_tokens_are_named() -> None:
    """RMSNorm and LayerNorm without bias have the same weights and give other outputs."""
    for norm in (RmsNorm, partial(LayerNorm, bias=False)):
        for net in (
            VisionTransformer(**OF_VIT, norm_layer=norm),
            SwinTransformer(**OF_SWIN, norm_layer=norm),
        ):
            with pytest.raises(WeightsError, match="norms without a bias"):
                opened(net.state_dict())


def test_windows_of_several_sizes_are_named() -> None:
    for sizes in ({"window_size": 14}, {"img_size": (56, 112), "window_size": (7, 14)}):
        net = SwinTransformer(**OF_SWIN | sizes)  # at 7×7 positions timm cuts windows of 14
        with pytest.raises(WeightsError, match="windows of different sizes"):
            opened(net.state_dict())


def test_windows_of_v2_leave_no_trace_and_can_be_given() -> None:
    net = randomise(SwinTransformerV2(**OF_SWIN | {"window_size": 7}))
    (assumed,) = (one for one in opened(net.state_dict()).assumed if one.field == "window")
    assert assumed.value == 8 and 7 in assumed.options
    agrees(opened(net.state_dict(), given={"window": 7}), net)


def test_deit_with_one_classifier_reads_the_class_token_alone() -> None:
    """As transformers' DeiTForImageClassification: both tokens attend, one is classified."""
    net = randomise(VisionTransformerDistilled(**OF_VIT))
    state = {n: w for n, w in net.state_dict().items() if not n.startswith("head_dist")}
    agrees(opened(state), lambda x: net.head(net.forward_features(x)[:, 0]))
    without = {n: w for n, w in net.state_dict().items() if not n.startswith("head.")}
    with pytest.raises(WeightsError):
        opened(without)


@pytest.mark.parametrize("spec", [TINY, TINY_V2], ids=["v1", "v2"])
def test_norms_of_stages_are_left_out_and_the_last_one_is_read(spec: Any) -> None:
    net = of_timm(spec)
    state = {n: w for n, w in net.state_dict().items() if not n.startswith("head")}
    first = {"weight": torch.randn(24), "bias": torch.randn(24)}
    for names, own, other in (
        (official(state), "norm.", "norm{}."),
        (mmpretrain(state), "backbone.norm1.", "backbone.norm{}."),
        (transformers("", in_memory=False)(state), "layernorm.", "hidden_states_norms.stage{}."),
    ):
        found = {re.sub(f"^{re.escape(own)}", other.format(1), n): w for n, w in names.items()}
        found |= {f"{other.format(0)}{kind}": w for kind, w in first.items()}
        loaded = opened(found)
        assert any("norm0" in note or "stage0" in note for note in loaded.notes)
        x = torch.randn(1, 3, spec.image_size, spec.image_size)
        agrees(loaded, lambda x: net.forward_features(x).mean((1, 2)), x)


def test_norms_of_stages_of_a_convnext_come_before_the_pool() -> None:
    net = randomise(convnext())
    state = net.state_dict()
    theirs = {
        re.sub(r"^stages\.(\d)\.downsample\.", r"downsample_layers.\1.", n)
        .replace("stem.", "downsample_layers.0.")
        .replace(".blocks.", ".")
        .replace("conv_dw", "dwconv")
        .replace("mlp.fc", "pwconv")
        .replace("head.norm.", "norm3."): w
        for n, w in state.items()
    }
    theirs |= {f"norm{n}.{kind}": torch.ones(12) for n in (0, 1, 2) for kind in ("weight", "bias")}
    loaded = opened(theirs)
    assert loaded.spec.head_norm == "before_pool"
    agrees(loaded, lambda x: net.head.norm(net.forward_features(x)).mean((2, 3)))


def test_networks_of_features_are_read_or_say_what_they_lack() -> None:
    net = randomise(timm.create_model("repvgg_a0", features_only=True))
    agrees(opened(net.state_dict()), lambda x: net(x)[-1].mean((2, 3)))
    for name, sizes in (
        ("vit_tiny_patch16_224", {"depth": 3}),
        ("swin_tiny_patch4_window7_224", {"depths": (2, 2, 2, 2)}),
    ):
        with pytest.raises(WeightsError, match="last norm"):
            opened(timm.create_model(name, features_only=True, **sizes).state_dict())
