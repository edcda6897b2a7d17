"""ViT and DeiT against timm, torchvision and others' names: equal logits from equal weights."""

import re
from dataclasses import replace
from typing import Any

import pytest
import timm
import torch
import torchvision
from timm.models.deit import VisionTransformerDistilled
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from convnext_viz.nets import build, source
from convnext_viz.nets.checkpoints.checkpoint import load_checkpoint, save_net
from convnext_viz.nets.checkpoints.rename import rename, spec_of
from convnext_viz.nets.layers import Residual
from convnext_viz.nets.walk import walk
from convnext_viz.nets.weights import fill
from convnext_viz.plans import plan
from convnext_viz.specs import DEIT, VIT, VIT_CIFAR, ViTSpec
from tests.nets.weights import randomise

TINY = ViTSpec(name="tiny", depth=2, dim=48, heads=3, image_size=64, patch_size=16, num_classes=7)
SIZES: dict[str, Any] = {
    "img_size": 64,
    "patch_size": 16,
    "embed_dim": 48,
    "depth": 2,
    "num_heads": 3,
    "num_classes": 7,
    "dynamic_img_size": True,
}
OPTIONS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"prefix_positions": False, "layer_scale": 1e-6}, {"no_embed_class": True, "init_values": 1}),
    ({"pool": "mean"}, {"global_pool": "avg"}),
    ({"pool": "mean", "class_token": False}, {"global_pool": "avg", "class_token": False}),
    ({"registers": 4, "prefix_positions": False}, {"reg_tokens": 4, "no_embed_class": True}),
    ({"registers": 2}, {"reg_tokens": 2}),
    ({"qkv_bias": False, "mlp_ratio": 2.5}, {"qkv_bias": False, "mlp_ratio": 2.5}),
    ({"num_classes": 0}, {"num_classes": 0}),
    ({"distillation_token": True}, {"distilled": True}),
]


def theirs(distilled: bool = False, **options: Any) -> nn.Module:
    kind = VisionTransformerDistilled if distilled else VisionTransformer
    return randomise(kind(**SIZES | options))


def images(height: int = 64, width: int = 64) -> Tensor:
    return torch.randn(2, 3, height, width, generator=torch.Generator().manual_seed(1))


def assert_same_logits(ours: nn.Module, other: nn.Module, x: Tensor) -> None:
    with torch.inference_mode():
        a, b = ours(x), other(x)
    assert b.std() > 1e-2, "the test's own weights say nothing"
    assert (a - b).abs().max() <= 1e-5 * b.abs().max()


@pytest.mark.parametrize(("fields", "options"), OPTIONS, ids=str)
def test_timms_networks_of_every_kind_give_the_same_logits(
    fields: dict[str, Any], options: dict[str, Any]
) -> None:
    other = theirs(**options)
    state = other.state_dict()
    spec = spec_of(state, heads=3)
    assert replace(spec, name="tiny") == replace(TINY, **fields)
    ours = fill(spec, rename(state))
    for size in ((64, 64), (48, 80)):  # the second one interpolates positions, not square
        assert_same_logits(ours, other, images(*size))


def totals(net: nn.Module, size: tuple[int, int]) -> tuple[int, int]:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net.eval()(torch.empty(1, 3, *size, device="meta"))
    return sum(p.numel() for p in net.parameters()), counter.get_total_flops() // 2


@pytest.mark.parametrize("name", [*VIT, *DEIT])
def test_named_networks_count_as_timms(name: str) -> None:
    """Two blocks of each: the others are the same."""
    spec = replace((VIT | DEIT)[name], depth=2)
    timm.layers.set_fused_attn(False)  # fused attention escapes torch's counter
    with torch.device("meta"):
        other = timm.create_model(name, num_classes=1000, depth=2, dynamic_img_size=True)
    for size in ((spec.image_size,) * 2, (4 * spec.patch_size, 7 * spec.patch_size)):
        counted = plan(spec, size)
        assert (counted.params, counted.macs) == totals(other, size)


@pytest.mark.parametrize(
    ("name", "params", "gmacs"),
    [  # google-research/vision_transformer and DeiT, counted from their configurations
        ("vit_tiny_patch16_224", 5_717_416, 1.254),
        ("vit_small_patch16_224", 22_050_664, 4.599),
        ("vit_base_patch16_224", 86_567_656, 17.564),  # torchvision's metadata, too
        ("vit_base_patch16_384", 86_859_496, 55.484),
        ("vit_base_patch32_224", 88_224_232, 4.409),
        ("vit_large_patch16_224", 304_326_632, 61.555),
        ("vit_huge_patch14_224", 632_045_800, 167.295),
    ],
)
def test_whole_networks_count_as_published(name: str, params: int, gmacs: float) -> None:
    counted = plan(VIT[name], VIT[name].image_size)
    assert counted.params == params
    assert counted.macs / 1e9 == pytest.approx(gmacs, abs=5.1e-4)


def test_attention_is_counted_apart() -> None:
    counted = plan(VIT["vit_base_patch16_224"])
    assert counted.attention_macs == 12 * 2 * 197 * 197 * 768
    assert counted.macs - counted.attention_macs == pytest.approx(17.564e9 - 0.715e9, abs=1e6)


def test_torchvisions_gives_the_same_logits() -> None:
    other = randomise(
        torchvision.models.VisionTransformer(
            image_size=64, patch_size=16, num_layers=2, num_heads=2, hidden_dim=128, mlp_dim=256
        )
    )
    state = other.state_dict()
    assert_same_logits(fill(spec_of(state), rename(state)), other, images())
    old = {re.sub(r"mlp\.(0|3)\.", _old_mlp, name): tensor for name, tensor in state.items()}
    assert rename(old).keys() == rename(state).keys()


def _old_mlp(found: re.Match[str]) -> str:
    return {"0": "mlp.linear_1.", "3": "mlp.linear_2."}[found[1]]


HF = [
    ("cls_token", "embeddings.cls_token"),
    ("dist_token", "embeddings.distillation_token"),
    ("pos_embed", "embeddings.position_embeddings"),
    (r"patch_embed\.proj", "embeddings.patch_embeddings.projection"),
    (r"blocks\.(\d+)\.norm1", r"encoder.layer.\1.layernorm_before"),
    (r"blocks\.(\d+)\.norm2", r"encoder.layer.\1.layernorm_after"),
    (r"blocks\.(\d+)\.attn\.proj", r"encoder.layer.\1.attention.output.dense"),
    (r"blocks\.(\d+)\.mlp\.fc1", r"encoder.layer.\1.intermediate.dense"),
    (r"blocks\.(\d+)\.mlp\.fc2", r"encoder.layer.\1.output.dense"),
    (r"norm\.", "layernorm."),
]
HF_IN_MEMORY = [
    (r"encoder\.layer\.(\d+)\.attention\.attention\.(query|key|value)", r"layers.\1.attention.\2"),
    (r"\.attention\.query\.", ".attention.q_proj."),
    (r"\.attention\.key\.", ".attention.k_proj."),
    (r"\.attention\.value\.", ".attention.v_proj."),
    (r"encoder\.layer\.(\d+)\.attention\.output\.dense", r"layers.\1.attention.o_proj"),
    (r"encoder\.layer\.(\d+)\.intermediate\.dense", r"layers.\1.mlp.fc1"),
    (r"encoder\.layer\.(\d+)\.output\.dense", r"layers.\1.mlp.fc2"),
    (r"encoder\.layer\.", "layers."),
]
MM = [
    (r"patch_embed\.proj", "patch_embed.projection"),
    (r"blocks\.(\d+)\.norm", r"layers.\1.ln"),
    (r"blocks\.(\d+)\.mlp\.fc1", r"layers.\1.ffn.layers.0.0"),
    (r"blocks\.(\d+)\.mlp\.fc2", r"layers.\1.ffn.layers.1"),
    (r"blocks\.(\d+)\.ls1\.gamma", r"layers.\1.attn.gamma1.weight"),
    (r"blocks\.(\d+)\.ls2\.gamma", r"layers.\1.ffn.gamma2.weight"),
    (r"blocks", "layers"),
    (r"fc_norm\.", "ln2."),
    (r"norm\.", "ln1."),
]


def renamed(
    state: dict[str, Tensor], rows: list[tuple[str, str]], prefix: str
) -> dict[str, Tensor]:
    """timm's weights as others name them; ``prefix`` before all but the classifiers."""
    found = {}
    for name, tensor in state.items():
        if not name.startswith("head"):
            for before, after in rows:
                name = re.sub(f"^{before}" if "encoder" not in before else before, after, name)
            name = prefix + name
        found[name] = tensor
    return found


def with_three_matrices(state: dict[str, Tensor]) -> dict[str, Tensor]:
    found = {}
    for name, tensor in state.items():
        if place := re.match(r"(.*)blocks\.(\d+)\.attn\.qkv\.(.*)", name):
            start = f"{place[1]}encoder.layer.{place[2]}.attention.attention."
            for part, one in zip(("query", "key", "value"), tensor.chunk(3), strict=True):
                found[f"{start}{part}.{place[3]}"] = one
        else:
            found[name] = tensor
    return found


@pytest.mark.parametrize("in_memory", [False, True])
@pytest.mark.parametrize("prefix", ["vit.", "deit.", ""])
def test_transformers_names_mean_the_same(prefix: str, in_memory: bool) -> None:
    other = theirs(distilled=prefix == "deit.")
    for module in other.modules():
        if isinstance(module, nn.LayerNorm):
            module.eps = 1e-12
    state = renamed(with_three_matrices(other.state_dict()), HF, prefix)
    if in_memory:
        for before, after in HF_IN_MEMORY:
            state = {re.sub(before, after, name): tensor for name, tensor in state.items()}
    heads = {"head.": "cls_classifier." if prefix == "deit." else "classifier."}
    heads["head_dist."] = "distillation_classifier."
    for ours, hf in heads.items():
        state = {re.sub(f"^{re.escape(ours)}", hf, name): tensor for name, tensor in state.items()}
    state[f"{prefix}pooler.dense.weight"] = torch.ones(3, 3)
    spec = spec_of(state, heads=3)
    assert spec.norm_eps == 1e-12
    assert_same_logits(fill(spec, rename(state)), other, images())


@pytest.mark.parametrize("options", [{}, {"global_pool": "avg"}, {"init_values": 0.1}], ids=str)
def test_mmpretrains_names_mean_the_same(options: dict[str, Any]) -> None:
    other = theirs(**options)
    state = renamed(other.state_dict(), MM, "backbone.")
    state = {re.sub("^head", "head.layers.head", name): value for name, value in state.items()}
    spec = spec_of(state, heads=3)
    assert_same_logits(fill(spec, rename(state)), other, images())


def test_the_layer_scale_of_deit_iiis_repository_is_found() -> None:
    state = theirs(init_values=0.1).state_dict()
    official = {re.sub(r"ls(\d)\.gamma", r"gamma_\1", n): tensor for n, tensor in state.items()}
    assert official.keys() != state.keys()
    assert rename(official).keys() == rename(state).keys()


def test_positions_of_another_size_are_interpolated_and_said(tmp_path: Any) -> None:
    save_net(randomise(build(TINY)), TINY, tmp_path / "net.safetensors")
    loaded = load_checkpoint(tmp_path / "net.safetensors", spec=replace(TINY, image_size=96))
    assert "stem.pos_embed.weight" in loaded.notes[0] and "4×4" in loaded.notes[0]
    same = load_checkpoint(tmp_path / "net.safetensors")
    assert same.notes == () and same.spec == TINY
    with torch.inference_mode():  # the same table at run time: interpolated once, not twice
        a, b = loaded.net(images(96, 96)), same.net(images(96, 96))
    torch.testing.assert_close(a, b)


def test_recomputed_attention_is_what_runs() -> None:
    ours = randomise(build(TINY))
    x, before = images(), {}
    for visit in walk(ours, x):
        if visit.name.endswith("attn.body.attn"):
            weights = visit.module.weights(before["y"])
            assert weights.shape == (2, 3, 17, 17)
            torch.testing.assert_close(weights.sum(-1), torch.ones(2, 3, 17))
            taken = (weights @ visit.module.values(before["y"])).transpose(1, 2).flatten(2)
            assert torch.equal(taken, visit.output)
        before["y"] = visit.output
    torch.testing.assert_close(before["y"], ours(x))


SOURCES = [TINY, *(replace(TINY, **fields) for fields, _ in OPTIONS), *VIT_CIFAR.values()]
SOURCES.append(replace(TINY, drop_path_rate=0.2, act="relu", conv_stem=True, dim=48))


@pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.name)
def test_the_source_is_the_network(spec: ViTSpec) -> None:
    ours = randomise(build(spec))
    namespace: dict[str, Any] = {"__name__": "downloaded"}
    exec(compile(source(spec), "net.py", "exec"), namespace)
    written = namespace["VisionTransformer"]()
    namespace["load_weights"](written, ours.state_dict())
    assert_same_logits(written.eval(), ours, images(48, 64))
    written.train()(images()).sum().backward()
    assert sum(p.numel() for p in written.parameters()) == plan(spec, 64).params


def test_a_convolutional_stem_halves_step_by_step() -> None:
    spec = replace(TINY, conv_stem=True)
    stem = plan(spec, 64).stages[0]
    convolutions = [layer for layer in stem.layers if layer.kind == "conv"]
    assert [layer.out_shape for layer in convolutions] == [
        (6, 32, 32), (12, 16, 16), (24, 8, 8), (48, 4, 4), (48, 4, 4)
    ]  # fmt: skip
    assert isinstance(build(spec)[1].blocks[0].attn, Residual)


@pytest.mark.parametrize(
    "wrong",
    [
        {"heads": 5},
        {"pool": "class_token", "class_token": False},
        {"pool": "mean", "distillation_token": True},
        {"image_size": 8},
        {"conv_stem": True, "patch_size": 12},
        {"conv_stem": True, "patch_size": 16, "dim": 36, "heads": 3},
    ],
    ids=str,
)
def test_what_no_vit_can_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"^({'|'.join(wrong)}) = "):
        replace(TINY, **wrong)
