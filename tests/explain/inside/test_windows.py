"""Attention in shifted windows taken apart: as lines of the official code, and as timm's block."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import timm
import torch
from torch import Tensor, nn

from convnext_viz.explain import attention, padding_orders, position_bias, windows
from convnext_viz.nets import build
from convnext_viz.specs import CIFAR, SWIN_CIFAR, SwinSpec
from tests.nets.inputs import images, shaken

V1 = SWIN_CIFAR["cifar_swin"]
SPECS = {"v1": V1, "v2": replace(V1, version="v2")}
NETS = {name: shaken(build(spec, seed=0)).eval() for name, spec in SPECS.items()}
every_version = pytest.mark.parametrize("version", SPECS)


def small(side: int) -> Tensor:
    return images(1, size=(side, side))


def official_mask(side: int, window: int, shift: int) -> np.ndarray[Any, Any]:
    """models/swin_transformer.py of microsoft/Swin-Transformer, line for line."""
    img_mask = torch.zeros((1, side, side, 1))
    parts = (slice(0, -window), slice(-window, -shift), slice(-shift, None))
    cnt = 0
    for h in parts:
        for w in parts:
            img_mask[:, h, w, :] = cnt
            cnt += 1
    x = img_mask.view(1, side // window, window, side // window, window, 1)
    x = x.permute(0, 1, 3, 2, 4, 5).contiguous().view(-1, window * window)
    mask = x.unsqueeze(1) - x.unsqueeze(2)
    return mask.masked_fill(mask != 0, -100.0).masked_fill(mask == 0, 0.0).numpy()


@every_version
@pytest.mark.parametrize("side", [32, 34])
def test_the_weights_are_the_networks_own(version: str, side: int) -> None:
    found = windows(NETS[version], small(side))
    for masked, weights in ((True, found.masked), (False, found.free)):
        own = attention(NETS[version], small(side), stage="stage1", block=1, masked=masked)
        np.testing.assert_array_equal(weights, own[0].detach().numpy())
        np.testing.assert_allclose(weights.sum(-1), 1, rtol=1e-5)
    assert NETS[version].get_submodule("stage1.blocks.1.attn.body.attn").shift == 2


@pytest.mark.parametrize("shift", [1, 2, 3])
def test_masks_and_windows_are_those_of_the_official_code(shift: int) -> None:
    found = windows(NETS["v1"], small(32), shift=shift)
    np.testing.assert_array_equal(found.mask, official_mask(16, 4, shift))
    rolled = torch.roll(torch.arange(256).reshape(16, 16), (-shift, -shift), (0, 1))
    cut = rolled.reshape(4, 4, 4, 4).permute(0, 2, 1, 3).reshape(16, 16)
    for window, tokens in enumerate(cut.tolist()):
        members = found.members(window)
        assert [16 * row + column for row, column in members] == tokens
        assert [found.place(token) for token in members] == [(window, i) for i in range(16)]
    for token in ((0, 0), (7, 3), (15, 15)):
        row, column = found.rolled(token)
        assert rolled[row, column] == 16 * token[0] + token[1]


def test_only_without_the_mask_other_regions_get_attention() -> None:
    found = windows(NETS["v1"], small(32))
    for token in [(i, j) for i in range(16) for j in range(16)]:
        assert found.leaked(token, None, masked=True) < 1e-30
        assert np.nansum(found.on_map(token, 0, masked=False)) == pytest.approx(1, rel=1e-5)
        near = found.distances(token)[~found.foreign(token)]
        assert near.max() <= np.hypot(3, 3)
    assert found.foreign((1, 1)).sum() == 12 and found.leaked((1, 1), None, masked=False) > 0.1
    assert found.distances((1, 1)).max() == pytest.approx(np.hypot(14, 14))  # the other corner


def test_no_shift_needs_no_mask() -> None:
    found = windows(NETS["v1"], small(32), shift=0)
    assert not found.mask.any() and not found.labels.any()
    np.testing.assert_array_equal(found.masked, found.free)


@every_version
def test_biases_stand_in_the_row_of_the_official_index(version: str) -> None:
    found = position_bias(NETS[version])
    own = NETS[version].get_submodule("stage1.blocks.1.attn.body.attn").bias().detach().numpy()
    for i in range(16):
        for j in range(16):
            query, key = divmod(i, 4), divmod(j, 4)
            np.testing.assert_array_equal(found.values(query, key), own[:, i, j])
            row = (query[0] - key[0] + 3) * 7 + query[1] - key[1] + 3
            assert found.row(query, key) == row
    if version == "v1":
        attn = NETS["v1"].get_submodule("stage1.blocks.1.attn.body.attn")
        table = attn.relative_position_bias.detach().numpy().T
        np.testing.assert_array_equal(found.table.reshape(2, -1), table)


@pytest.mark.parametrize("side", [34, 38, 42])
def test_padding_after_the_roll_is_what_timm_does(side: int) -> None:
    body: Any = NETS["v1"].get_submodule("stage1.blocks.1.attn.body")
    tokens = side // 2
    block = timm.models.swin_transformer.SwinTransformerBlock(
        32, (tokens, tokens), num_heads=2, window_size=4, shift_size=2
    ).eval()
    with torch.no_grad():
        block.norm1.load_state_dict(body.norm.state_dict())
        block.attn.qkv.load_state_dict(body.qkv.state_dict())
        block.attn.proj.load_state_dict(body.proj.state_dict())
        block.attn.relative_position_bias_table.copy_(body.attn.relative_position_bias)
        x = nn.Sequential(NETS["v1"].stem, NETS["v1"].stage1.blocks[0])(small(side))
        theirs = block._attn(block.norm1(x.permute(0, 2, 3, 1)))[0].permute(2, 0, 1)
        ours = body(x)[0, :, :tokens, :tokens]
    found = padding_orders(NETS["v1"], small(side))
    np.testing.assert_allclose(found.before, ours.norm(dim=0).numpy(), rtol=1e-4)
    np.testing.assert_allclose(found.distance, (ours - theirs).norm(dim=0).numpy(), atol=1e-4)
    assert found.mixed.any() and found.difference > 0.01


def test_where_windows_fill_the_map_the_order_does_not_matter() -> None:
    found = padding_orders(NETS["v1"], small(32))
    assert found.size == found.unpadded == (16, 16)
    assert not found.mixed.any() and found.difference == 0


def test_what_there_is_not_is_named() -> None:
    with pytest.raises(ValueError, match=r"shift of 4.*0 to 3"):
        windows(NETS["v1"], small(32), shift=4)
    convnext = build(CIFAR["cifar_ln_gelu"], seed=0).eval()
    with pytest.raises(ValueError, match="no attention in windows"):
        windows(convnext, small(32))
    with pytest.raises(ValueError, match="no attention in windows"):
        position_bias(convnext)


def test_a_window_that_holds_the_map_is_not_shifted() -> None:
    spec = SwinSpec(patch_size=4, depths=(2,), dims=(16,), heads=(2,), window=7, num_classes=3)
    found = windows(shaken(build(spec, seed=0)).eval(), small(28))
    assert found.shift == (0, 0) and len(found.mask) == 1 and not found.mask.any()
