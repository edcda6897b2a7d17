"""Merging of 2×2 neighbours: the official code's slices, and torch's convolution of stride 2."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from convnext_viz.explain import merging
from convnext_viz.explain.inside.merging import kernel
from convnext_viz.nets import build
from convnext_viz.specs import SWIN_CIFAR
from tests.nets.inputs import images, shaken

V1 = SWIN_CIFAR["cifar_swin"]
SPECS = {"v1": V1, "v2": replace(V1, version="v2")}


@pytest.mark.parametrize("version", SPECS)
@pytest.mark.parametrize("side", [32, 34])  # 34: 17 tokens a side, an odd number
def test_slices_and_convolution_give_the_same_numbers(version: str, side: int) -> None:
    net = shaken(build(SPECS[version], seed=0)).double().eval()
    x = images(1, size=(side, side)).double()
    found = merging(net, x)
    assert found.difference <= 1e-12 * found.largest and found.mistaken > 0.1
    given = torch.from_numpy(found.given)[None]
    own: Any = net.get_submodule("stage2.downsample")
    padded = F.pad(given, (0, side // 2 % 2, 0, side // 2 % 2)).permute(0, 2, 3, 1)
    x0, x1 = padded[:, 0::2, 0::2, :], padded[:, 1::2, 0::2, :]  # the official lines
    x2, x3 = padded[:, 0::2, 1::2, :], padded[:, 1::2, 1::2, :]
    joined = torch.cat([x0, x1, x2, x3], -1)
    with torch.no_grad():
        for name, _ in list(own.named_children())[1:]:
            part = own.get_submodule(name)
            joined = part(joined.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
    np.testing.assert_allclose(found.sliced, joined[0].permute(2, 0, 1).numpy(), rtol=1e-12)


def test_the_kernel_is_the_matrix() -> None:
    matrix = torch.randn(6, 20, generator=torch.Generator().manual_seed(0)).double()
    x = images(1, size=(8, 8), channels=5).double()
    slices = [x[:, :, i::2, j::2] for i, j in ((0, 0), (1, 0), (0, 1), (1, 1))]
    expected = torch.einsum("ok,nkhw->nohw", matrix, torch.cat(slices, 1))
    torch.testing.assert_close(F.conv2d(x, kernel(matrix), stride=2), expected)


def test_a_stage_without_merging_is_named() -> None:
    net = build(V1, seed=0).eval()
    for stage in ("stage1", "head"):
        with pytest.raises(ValueError, match="does not begin with merging"):
            merging(net, images(1, size=(32, 32)), stage=stage)
