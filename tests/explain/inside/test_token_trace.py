"""The walk through a ViT and its lens, against torch's own attention, timm and the forward pass."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from timm.layers import resample_abs_pos_embed
from torch import Tensor, nn
from torch.nn import functional as F

from convnext_viz.explain import attention
from convnext_viz.explain.inside.logit_lens import logit_lens
from convnext_viz.explain.inside.positions import position_similarity, positions_at
from convnext_viz.explain.inside.token_trace import patch_filters, token_trace
from convnext_viz.specs import CIFAR, ViTSpec
from tests.explain.small_nets import SPECS as CONVOLUTIONAL
from tests.explain.small_nets import frozen

VIT = ViTSpec(
    name="vit", depth=3, dim=24, heads=3, image_size=48, patch_size=8, num_classes=7, registers=2
)
VITS = {
    "class token": VIT,
    "mean": replace(VIT, pool="mean", class_token=False),
    "distilled": replace(VIT, distillation_token=True),
    "layer scale": replace(VIT, layer_scale=0.5, registers=0),
    "convolutional stem": replace(VIT, conv_stem=True),
}
SIZE = (48, 64)


@pytest.fixture(params=VITS)
def spec(request: pytest.FixtureRequest) -> ViTSpec:
    return VITS[request.param]


@pytest.fixture
def net(spec: ViTSpec) -> nn.Sequential:
    return frozen(spec)


@pytest.fixture
def x() -> Tensor:
    return torch.randn(1, 3, *SIZE, generator=torch.Generator().manual_seed(3))


def test_the_trace_is_the_forward_pass(net: nn.Sequential, x: Tensor, spec: ViTSpec) -> None:
    trace = token_trace(net, x)
    assert trace.grid == (6, 8) and trace.patch == (8, 8)
    assert trace.prefix == spec.class_token + spec.distillation_token + spec.registers
    assert trace.reads_token == (spec.pool == "class_token")
    with torch.no_grad():
        np.testing.assert_allclose(trace.tokens[0], net[0](x)[0], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(trace.tokens[-1], net[:2](x)[0], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(trace.logits, net(x)[0], rtol=1e-4, atol=1e-5)
    patches = trace.on_grid(trace.tokens[0].T)
    np.testing.assert_allclose(patches, trace.embedded + trace.positions, atol=1e-6)
    assert trace.norms.shape == (spec.depth + 1, trace.prefix + 48)


def test_attention_is_torchs(net: nn.Sequential, x: Tensor, spec: ViTSpec) -> None:
    trace = token_trace(net, x)
    for number, block in enumerate(net.get_submodule("stage1.blocks").children()):
        body = block.get_submodule("attn.body")
        theirs = nn.MultiheadAttention(spec.dim, spec.heads, batch_first=True).eval()
        weights = body.get_submodule("qkv").state_dict()
        own = {"in_proj_weight": weights["weight"], "in_proj_bias": weights["bias"]}
        theirs.load_state_dict(theirs.state_dict() | own)
        with torch.no_grad():
            normed = body[0](torch.from_numpy(trace.tokens[number].copy())[None])
            _, expected = theirs(normed, normed, normed, average_attn_weights=False)
        np.testing.assert_allclose(trace.attention[number], expected[0], atol=1e-5)
        again = attention(net, x, block=number)[0]
        np.testing.assert_allclose(trace.attention[number], again, atol=1e-5)
    np.testing.assert_allclose(trace.attention.sum(-1), 1, atol=1e-5)


def test_the_last_lens_is_the_network(net: nn.Sequential, x: Tensor, spec: ViTSpec) -> None:
    trace = token_trace(net, x)
    lens = logit_lens(net, trace)
    np.testing.assert_allclose(lens.logits[-1], trace.logits, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(lens.curve.sum(1), 1, atol=1e-5)
    if spec.pool == "class_token" and not spec.distillation_token:  # alone as in company
        assert np.array_equal(lens.top[:, 0], lens.logits.argmax(1))
        np.testing.assert_allclose(lens.probability[:, 0], lens.curve.max(1), atol=1e-5)
    if spec.distillation_token:
        return
    norm, fc = (net[-1].get_submodule(name) for name in ("norm", "fc"))
    tokens = torch.from_numpy(trace.tokens[1].copy())
    with torch.no_grad():
        normed = F.layer_norm(tokens, tokens.shape[-1:], norm.weight, norm.bias, spec.norm_eps)
        shares = F.linear(normed, fc.weight, fc.bias).softmax(-1)
    np.testing.assert_allclose(lens.probability[1], shares.max(-1).values, atol=1e-4)


@pytest.mark.parametrize("grid", [(6, 6), (3, 3), (9, 12)])
def test_positions_are_resized_as_timm_does(grid: tuple[int, int]) -> None:
    table = np.random.default_rng(0).normal(size=(24, 6, 6)).astype(np.float32)
    theirs = resample_abs_pos_embed(
        torch.from_numpy(table).flatten(1).T[None], list(grid), num_prefix_tokens=0
    )
    own = positions_at(table, grid)
    np.testing.assert_allclose(own.reshape(24, -1).T, theirs[0], atol=1e-5)


def test_similarity_is_the_cosine() -> None:
    table = np.random.default_rng(0).normal(size=(24, 2, 3)).astype(np.float32)
    similarity = position_similarity(table)
    rows = torch.from_numpy(table).flatten(1).T
    expected = F.cosine_similarity(rows[:, None], rows[None], dim=-1)
    np.testing.assert_allclose(similarity, expected, atol=1e-5)
    np.testing.assert_allclose(np.diag(similarity), 1, atol=1e-12)


def test_filters_make_the_embedding(x: Tensor) -> None:
    net = frozen(VIT)
    filters = patch_filters(net)
    assert filters.shape == (24, 3, 8, 8)
    patch = x[0, :, 8:16, 24:32].numpy()  # row 1, column 3
    bias = net[0].get_submodule("conv").bias.numpy()  # type: ignore[union-attr, operator]
    by_hand = (filters * patch).sum((1, 2, 3)) + bias
    np.testing.assert_allclose(token_trace(net, x).embedded[:, 1, 3], by_hand, atol=1e-4)


def test_other_networks_are_refused(x: Tensor) -> None:
    with pytest.raises(ValueError, match="attention"):
        token_trace(frozen(CONVOLUTIONAL["convnext"]), x)
    with pytest.raises(ValueError, match="attention"):
        token_trace(frozen(CIFAR["cifar_ln_gelu"]), x)
    with pytest.raises(ValueError, match="eval"):
        token_trace(frozen(VIT).train(), x)
