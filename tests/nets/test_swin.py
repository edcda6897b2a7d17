"""Swin, V1 and V2, against timm and torchvision: equal logits from equal weights, at any size."""

from dataclasses import replace
from typing import Any

import pytest
import timm
import torch
from timm.models.swin_transformer import SwinTransformer
from timm.models.swin_transformer_v2 import SwinTransformerV2
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models import swin_t, swin_transformer
from torchvision.models.swin_transformer import PatchMergingV2, SwinTransformerBlockV2

from convnext_viz.nets import build
from convnext_viz.nets.attention import map_of, mask, offsets, windows_of
from convnext_viz.nets.checkpoints.checkpoint import load_checkpoint, save_net
from convnext_viz.nets.checkpoints.rename import rename, spec_of
from convnext_viz.nets.walk import walk
from convnext_viz.nets.weights import fill
from convnext_viz.plans import plan
from convnext_viz.specs import SWIN, SWIN_V2, SwinSpec
from tests.nets.weights import randomise

TINY = SwinSpec(name="tiny", depths=(2, 2), dims=(24, 48), heads=(2, 4), num_classes=5)
TINY_V2 = replace(TINY, version="v2", window=8)


def images(height: int, width: int) -> Tensor:
    return torch.randn(2, 3, height, width, generator=torch.Generator().manual_seed(1))


def assert_same_logits(ours: nn.Module, other: nn.Module, x: Tensor) -> None:
    with torch.inference_mode():
        a, b = ours(x), other(x)
    assert b.std() > 1e-2, "the test's own weights say nothing"
    assert (a - b).abs().max() <= 1e-5 * b.abs().max()


def of_timm(spec: SwinSpec, **options: Any) -> nn.Module:
    kind = SwinTransformer if spec.version == "v1" else SwinTransformerV2
    sizes = {
        "img_size": spec.image_size,
        "embed_dim": spec.dims[0],
        "depths": spec.depths,
        "num_heads": spec.heads,
        "window_size": spec.window,
        "num_classes": spec.num_classes,
    }
    return randomise(kind(**sizes | options))


def of_torchvision(spec: SwinSpec) -> nn.Module:
    second = {"block": SwinTransformerBlockV2, "downsample_layer": PatchMergingV2}
    return randomise(
        swin_transformer.SwinTransformer(
            patch_size=[4, 4],
            embed_dim=spec.dims[0],
            depths=list(spec.depths),
            num_heads=list(spec.heads),
            window_size=[spec.window] * 2,
            num_classes=spec.num_classes,
            **(second if spec.version == "v2" else {}),
        )
    )


@pytest.mark.parametrize("options", [{}, {"qkv_bias": False}, {"mlp_ratio": 2.0}], ids=str)
@pytest.mark.parametrize("base", [TINY, TINY_V2], ids=["v1", "v2"])
def test_timm_gives_the_same_logits(base: SwinSpec, options: dict[str, Any]) -> None:
    spec = replace(base, depths=(2, 4), **options)
    other = of_timm(spec, **options)
    read = spec_of(other.state_dict())
    assert replace(read, name="tiny") == spec
    side = 2 * spec.image_size  # two windows a side at the end
    other.set_input_size((side, side), window_size=spec.window)
    assert_same_logits(fill(read, rename(other.state_dict())), other, images(side, side))


@pytest.mark.parametrize("size", [(224, 224), (160, 160), (256, 256), (100, 220), (30, 60)])
@pytest.mark.parametrize("base", [TINY, TINY_V2], ids=["v1", "v2"])
def test_torchvision_gives_the_same_logits_at_any_size(
    base: SwinSpec, size: tuple[int, int]
) -> None:
    """Windows are padded before the roll; the shift goes along a side that one window holds."""
    other = of_torchvision(replace(base, depths=(2, 2, 2), dims=(24, 48, 96), heads=(2, 4, 8)))
    state = other.state_dict()
    assert_same_logits(fill(spec_of(state), rename(state)), other, images(*size))


def totals(net: nn.Module, size: tuple[int, int]) -> tuple[int, int]:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net.eval()(torch.empty(1, 3, *size, device="meta"))
    return sum(p.numel() for p in net.parameters()), counter.get_total_flops() // 2


@pytest.mark.parametrize("name", [*SWIN, *SWIN_V2])
def test_named_networks_count_as_timms(name: str) -> None:
    """With two blocks in the third stage: the others are the same."""
    spec = replace((SWIN | SWIN_V2)[name], depths=(2, 2, 2, 2))
    timm.layers.set_fused_attn(False)  # fused attention escapes torch's counter
    with torch.device("meta"):
        other = timm.create_model(name, num_classes=1000, depths=spec.depths)
    size = (spec.image_size, spec.image_size)
    counted = plan(spec, size)
    assert (counted.params, counted.macs) == totals(other, size)


@pytest.mark.parametrize("size", [(224, 224), (256, 256), (160, 160), (97, 300)])
def test_padded_windows_count_as_torchvisions(size: tuple[int, int]) -> None:
    with torch.device("meta"):
        other = swin_t()
    counted = plan(SWIN["swin_tiny_patch4_window7_224"], size)
    assert (counted.params, counted.macs) == totals(other, size)


@pytest.mark.parametrize(
    ("name", "params", "gmacs"),
    [  # the official README's configurations, counted
        ("swin_tiny_patch4_window7_224", 28_288_354, 4.491),
        ("swin_small_patch4_window7_224", 49_606_258, 8.741),
        ("swin_base_patch4_window7_224", 87_768_224, 15.431),
        ("swin_base_patch4_window12_384", 87_903_584, 47.083),
        ("swin_large_patch4_window7_224", 196_532_476, 34.476),
        ("swin_large_patch4_window12_384", 196_735_516, 103.919),
    ],
)
def test_whole_networks_count_as_published(name: str, params: int, gmacs: float) -> None:
    counted = plan(SWIN[name], SWIN[name].image_size)
    assert counted.params == params
    assert counted.macs / 1e9 == pytest.approx(gmacs, abs=5.1e-4)


@pytest.mark.parametrize("base", [TINY, TINY_V2], ids=["v1", "v2"])
def test_recomputed_attention_is_what_runs(base: SwinSpec) -> None:
    ours, before, met = randomise(build(base)), torch.empty(0), 0
    for visit in walk(ours, images(100, 220)):
        if visit.name.endswith("attn.body.attn"):
            module: Any = visit.module
            weights = module.weights(before)
            torch.testing.assert_close(weights.sum(-1), torch.ones(weights.shape[:-1]))
            taken = (weights @ module.values(before)).transpose(2, 3).flatten(3)
            size = (before.shape[2], before.shape[3])
            assert torch.equal(map_of(taken, size, base.window), visit.output)
            met += 1
        before = visit.output
    assert met == 4
    torch.testing.assert_close(before, ours(images(100, 220)))


@pytest.mark.parametrize("size", [(14, 21), (7, 14), (7, 7)])
def test_windows_and_their_mask(size: tuple[int, int]) -> None:
    x = torch.randn(2, 3, *size)
    assert torch.equal(map_of(windows_of(x, 7), size, 7), x)
    first = windows_of(x, 7)[0, 0]  # (49, 3)
    assert torch.equal(first.T.reshape(3, 7, 7), x[0, :, :7, :7])
    block = swin_transformer.ShiftedWindowAttention(4, [7, 7], [3, 3], 1)
    assert torch.equal(offsets(7, torch.device("cpu")).flatten(), block.relative_position_index)
    foreign = torch.softmax(mask(size, 7, 3), -1)
    apart = mask(size, 7, 3) != 0
    assert apart.any() == (max(size) > 7)
    assert (foreign[apart] < 1e-30).all()


def test_without_shift_windows_never_meet() -> None:
    """The gradient of a token of the first window, in a stage without shift: that window alone."""
    for shift, reached in ((True, 14), (False, 7)):
        spec = replace(TINY, shift=shift, patch_size=1)
        net = randomise(build(spec))[:2]
        x = images(21, 21).requires_grad_()
        net(x)[0, :, 4, 4].sum().backward()
        assert x.grad is not None
        seen = x.grad[0].abs().sum(0) > 0
        assert seen.any(1).sum() == seen.any(0).sum() == reached
        assert plan(spec, 21).stage("stage1").receptive_field == (13 + shift if shift else 7)


def test_biases_of_another_window_are_interpolated_and_said(tmp_path: Any) -> None:
    save_net(randomise(build(TINY)), TINY, tmp_path / "net.safetensors")
    loaded = load_checkpoint(tmp_path / "net.safetensors", spec=replace(TINY, window=12))
    assert len(loaded.notes) == 4 and "13×13" in loaded.notes[0] and "23×23" in loaded.notes[0]
    with pytest.raises(ValueError, match=r"^heads = \(5, 4\)"):
        replace(TINY, heads=(5, 4))
