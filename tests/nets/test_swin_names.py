"""Swin's weights under the names of others mean the same network: renamed here from timm's."""

import re
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from convnext_viz.nets.checkpoints.adapt import ignored
from convnext_viz.nets.checkpoints.rename import rename, spec_of
from convnext_viz.nets.weights import fill
from convnext_viz.specs import SwinSpec
from tests.nets.test_swin import TINY, TINY_V2, assert_same_logits, images, of_timm

State = dict[str, Tensor]


def renamed(state: State, rows: list[tuple[str, str]]) -> State:
    """Every row is a pattern and what stands in its place, one after the other."""
    for before, after in rows:
        state = {re.sub(before, after, name): tensor for name, tensor in state.items()}
    return state


MERGING = re.compile(r"layers\.(\d+)\.downsample")


def at_the_end(state: State) -> State:
    """Merging as a part of the stage before it."""
    return {
        re.sub(
            r"layers\.(\d+)\.downsample", lambda m: f"layers.{int(m[1]) - 1}.downsample", name
        ): v
        for name, v in state.items()
    }


def official(state: State) -> State:
    state = renamed(at_the_end(state), [(r"^head\.fc\.", "head.")])
    size = 49
    for name in [n for n in state if n.endswith("attn.proj.bias")]:
        start = name.removesuffix("proj.bias")
        state[f"{start}relative_position_index"] = torch.zeros(size, size, dtype=torch.int64)
        state[f"{start.removesuffix('attn.')}attn_mask"] = torch.zeros(4, size, size)
    return state


def three_matrices(state: State) -> State:
    found = {}
    for name, tensor in state.items():
        parts = tensor.chunk(3) if ".qkv." in name else ()
        for part, one in zip(("query", "key", "value"), parts, strict=bool(parts)):
            found[name.replace("qkv", f"self.{part}")] = one
        if not parts:
            found[re.sub(r"attn\.(q|v)_bias", _bias, name)] = tensor
    return found


def _bias(found: re.Match[str]) -> str:
    return {"q": "attn.self.query.bias", "v": "attn.self.value.bias"}[found[1]]


def transformers(prefix: str, *, in_memory: bool) -> Callable[[State], State]:
    rows = [
        (r"^patch_embed\.proj", f"{prefix}embeddings.patch_embeddings.projection"),
        (r"^patch_embed\.norm", f"{prefix}embeddings.norm"),
        (r"^norm\.", f"{prefix}layernorm."),
        (r"^head\.fc\.", "classifier."),
        (r"^layers\.", f"{prefix}encoder.layers."),
        (r"norm1", "layernorm_before"),
        (r"norm2", "layernorm_after"),
        (r"attn\.proj", "attention.output.dense"),
        (r"attn\.(relative|logit|cpb)", r"attention.self.\1"),
        (r"cpb_mlp", "continuous_position_bias_mlp"),
        (r"attn\.self", "attention.self"),
        (r"mlp\.fc1", "intermediate.dense"),
        (r"mlp\.fc2", "output.dense"),
    ]
    if in_memory:
        rows += [
            (r"attention\.self\.(q|k|v)(uery|ey|alue)", r"attention.\1_proj"),
            (r"attention\.output\.dense", "attention.o_proj"),
            (r"attention\.self\.relative", "attention.relative_position_bias.relative"),
            (r"intermediate\.dense", "mlp.fc1"),
            (r"output\.dense", "mlp.fc2"),
        ]
    return lambda state: renamed(three_matrices(at_the_end(state)), rows)


def mmpretrain(state: State) -> State:
    """Neighbours of a merging as ``nn.Unfold`` orders them, by the inverse of what is read."""
    found = at_the_end(state)
    for name in [n for n in found if n.endswith("downsample.reduction.weight")]:
        norm = name.replace("reduction.weight", "norm.")
        for one in (name, f"{norm}weight", f"{norm}bias"):
            if found[one].shape[-1] == found[name].shape[-1]:
                found[one] = _unfold_order(found[one])
    rows = [
        (r"^patch_embed\.proj", "patch_embed.projection"),
        (r"^layers\.", "stages."),
        (r"^norm\.", "norm1."),
        (r"\.attn\.", ".attn.w_msa."),
        (r"mlp\.fc1", "ffn.layers.0.0"),
        (r"mlp\.fc2", "ffn.layers.1"),
        (r"^(?!head)", "backbone."),
    ]
    return renamed(found, rows)


def _unfold_order(weight: Tensor) -> Tensor:
    """What ``nn.Unfold`` gives for four neighbours, asked of torch itself."""
    channels = weight.shape[-1] // 4
    numbers = torch.arange(4 * channels).reshape(4, channels).double()
    x = torch.empty(1, channels, 2, 2, dtype=torch.float64)
    for place, (i, j) in enumerate(((0, 0), (1, 0), (0, 1), (1, 1))):
        x[0, :, i, j] = numbers[place]
    order = torch.nn.Unfold(2, stride=2)(x)[0, :, 0].long()
    return weight[..., order]


DIALECTS: dict[str, Callable[[State], State]] = {
    "official": official,
    "mmpretrain": mmpretrain,
    **{
        f"transformers {prefix} {in_memory}": transformers(prefix, in_memory=in_memory)
        for prefix in ("swin.", "")
        for in_memory in (False, True)
    },
}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("spec", [TINY, TINY_V2], ids=["v1", "v2"])
def test_others_names_mean_the_same(spec: SwinSpec, dialect: str) -> None:
    other = of_timm(spec)
    state = DIALECTS[dialect](other.state_dict())
    read = spec_of(state)
    assert (read.version, read.heads, read.window) == (spec.version, spec.heads, spec.window)
    ours = fill(read, rename(state))
    assert_same_logits(ours, other, images(spec.image_size, spec.image_size))


def test_buffers_are_ignored_and_said() -> None:
    (said,) = ignored(official(of_timm(TINY).state_dict()))
    assert said.startswith("8 ") and "relative_position_index, attn_mask" in said
    assert ignored(of_timm(TINY).state_dict()) == ()
