"""Names of ViT's weights: timm, DeiT's repository, torchvision, transformers, mmpretrain, here.

Each ``names`` is a table to read: what stands left is called as on the right; ``_joined`` then
takes positions apart, of patches and of the tokens before them, and puts matrices together.
"""

import math
from collections.abc import Mapping
from dataclasses import fields, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from convnext_viz.nets.checkpoints.dialects.convnext_spec import factor
from convnext_viz.nets.checkpoints.dialects.dialect import Dialect, Names, Shapes, State, under
from convnext_viz.nets.checkpoints.dialects.relatives import (
    refuse_heads,
    refuse_norms,
    refused,
)
from convnext_viz.nets.checkpoints.dialects.transformer import (
    ATTENTION,
    HF_BLOCK,
    MLP,
    MM_BLOCK,
    TIMM_BLOCK,
    with_joined_attention,
)
from convnext_viz.specs import ViTSpec, family_of

_BLOCK = "stage1.blocks.{block}."
_PREFIX = ("cls_token", "dist_token", "reg_tokens")  # in the order in which they stand
_POSITIONS = "stem.positions"  # of all tokens in one table, as others have it
_TEACHER = "head.teacher."  # the classifier of the distillation token
_TOKENS: Names = {
    "cls_token": "stem.cls_token.weight",
    "dist_token": "stem.dist_token.weight",
    "reg_token": "stem.reg_tokens.weight",
    "pos_embed": _POSITIONS,
}

_TIMM: Names = {
    "patch_embed.proj.": "stem.conv.",
    **_TOKENS,
    **under("blocks.{block}.", _BLOCK, TIMM_BLOCK),
    "blocks.{block}.ls1.gamma": f"{_BLOCK}{ATTENTION}gamma.weight",
    "blocks.{block}.ls2.gamma": f"{_BLOCK}{MLP}gamma.weight",
    "blocks.{block}.gamma_1": f"{_BLOCK}{ATTENTION}gamma.weight",  # DeiT III's repository
    "blocks.{block}.gamma_2": f"{_BLOCK}{MLP}gamma.weight",
    "norm.": "head.norm.",
    "fc_norm.": "head.norm.",
    "head.": "head.fc.",
    "head_dist.": _TEACHER,
    "pre_logits.": None,  # of pretraining; files of old releases still have it
}

_TORCHVISION: Names = {
    "class_token": "stem.cls_token.weight",
    "encoder.pos_embedding": _POSITIONS,
    "conv_proj.": "stem.conv.",
    **under(
        "encoder.layers.encoder_layer_{block}.",
        _BLOCK,
        {
            "ln_1.": f"{ATTENTION}norm.",
            "self_attention.in_proj_": f"{ATTENTION}qkv.",
            "self_attention.out_proj.": f"{ATTENTION}proj.",
            "ln_2.": f"{MLP}norm.",
            "mlp.0.": f"{MLP}fc1.",
            "mlp.3.": f"{MLP}fc2.",
            "mlp.linear_1.": f"{MLP}fc1.",  # before release 0.14
            "mlp.linear_2.": f"{MLP}fc2.",
        },
    ),
    "encoder.ln.": "head.norm.",
    "heads.head.": "head.fc.",
    "heads.pre_logits.": None,
}

_MMPRETRAIN: Names = {
    "patch_embed.projection.": "stem.conv.",
    **_TOKENS,
    **under(
        "layers.{block}.",
        _BLOCK,
        {
            "ln1.": f"{ATTENTION}norm.",
            "attn.qkv.": f"{ATTENTION}qkv.",
            "attn.proj.": f"{ATTENTION}proj.",
            "attn.gamma1.": f"{ATTENTION}gamma.",
            "ln2.": f"{MLP}norm.",
            **MM_BLOCK,
            "ffn.gamma2.": f"{MLP}gamma.",
        },
    ),
    "ln1.": "head.norm.",
    "ln2.": "head.norm.",
    "head.layers.head.": "head.fc.",
    "head.layers.head_dist.": _TEACHER,
}


def _transformers(prefix: str) -> Names:
    embeddings = f"{prefix}embeddings."
    block = {
        "attention.attention.query.": f"{ATTENTION}qkv.query.",
        "attention.attention.key.": f"{ATTENTION}qkv.key.",
        "attention.attention.value.": f"{ATTENTION}qkv.value.",
        **HF_BLOCK,
    }
    return {
        f"{embeddings}cls_token": "stem.cls_token.weight",
        f"{embeddings}distillation_token": "stem.dist_token.weight",
        f"{embeddings}position_embeddings": _POSITIONS,
        f"{embeddings}patch_embeddings.projection.": "stem.conv.",
        f"{embeddings}mask_token": None,
        **under(f"{prefix}encoder.layer.{{block}}.", _BLOCK, block),
        **under(f"{prefix}layers.{{block}}.", _BLOCK, block),
        f"{prefix}layernorm.": "head.norm.",
        f"{prefix}pooler.": None,
        "classifier.": "head.fc.",
        "cls_classifier.": "head.fc.",
        "distillation_classifier.": _TEACHER,
    }


def _reshaped(name: str, tensor: Tensor) -> Tensor:
    """Learnt tokens as rows; kernels of patches that are stored as a matrix, as kernels."""
    _, module, *_ = (*name.split("."), "")
    if module in (*_PREFIX, "positions") and tensor.ndim == 3:
        return tensor[0]
    return tensor


def _joined(state: State) -> State:
    found = with_joined_attention(state)
    student = found.get("head.fc.weight")  # of our own files: both, (2, K, C)
    alone = student is not None and student.ndim < 3
    if alone and not any(name.startswith(_TEACHER) for name in found):
        _with_one_classifier(found)
    if _POSITIONS in found:
        found |= _apart(found.pop(_POSITIONS), found)
    for kind in ("weight", "bias"):
        if f"{_TEACHER}{kind}" in found:
            both = [found[f"head.fc.{kind}"], found.pop(f"{_TEACHER}{kind}")]
            found[f"head.fc.{kind}"] = torch.stack(both)
    return found


def _with_one_classifier(found: dict[str, Tensor]) -> None:
    """DeiT with the classifier of the class token alone: its other token takes part in attention
    and is not read, as a register."""
    distilled = found.pop("stem.dist_token.weight", None)
    if distilled is not None:
        others = found.get("stem.reg_tokens.weight", distilled[:0])
        found["stem.reg_tokens.weight"] = torch.cat([distilled, others])
        position = found.pop("stem.dist_token.position", None)
        if position is not None:
            others = found.get("stem.reg_tokens.position", position[:0])
            found["stem.reg_tokens.position"] = torch.cat([position, others])


def _apart(positions: Tensor, state: State) -> dict[str, Tensor]:
    """The positions of patches in rows and columns, and those of the tokens before them, if any."""
    weights = {f"stem.{name}": state.get(f"stem.{name}.weight") for name in _PREFIX}
    tokens = {name: len(weight) for name, weight in weights.items() if weight is not None}
    before = sum(tokens.values())
    if math.isqrt(len(positions) - before) ** 2 != len(positions) - before:
        tokens, before = {}, 0
    side = math.isqrt(len(positions) - before)
    if side**2 != len(positions) - before:
        raise KeyError(f"stem.pos_embed.weight: {len(positions)}")
    found = {"stem.pos_embed.weight": positions[before:].T.reshape(-1, side, side)}
    done = 0
    for name, count in tokens.items():
        found[f"{name}.position"] = positions[done : done + count]
        done += count
    return found


_UNSEEN = ("name", "heads", "norm_eps", "act", "drop_path_rate", "image_size")


def read(shapes: Shapes, state: State, **shown: Any) -> ViTSpec:
    """The spec of weights with our names: of the named network that looks the same, if one does.

    ``shown`` are fields that a dialect's own names tell. Heads leave no trace: where no named
    network is alike they are 64 channels wide. Raises KeyError or ValueError where no network of
    the family has such weights.
    """
    refuse_heads(state)
    refuse_norms(shapes)
    seen = ViTSpec(name="checkpoint", **(_fields(shapes) | shown))
    for variant in family_of(seen).variants.values():
        same = {"in_chans": seen.in_chans, "num_classes": seen.num_classes}
        if _trace(replace(variant, **same)) == _trace(seen):
            told = {field: shown[field] for field in shown if field != "pool"}
            return replace(variant, **same, **told)
    return seen


def _trace(spec: ViTSpec) -> dict[str, Any]:
    trace = {f.name: getattr(spec, f.name) for f in fields(spec) if f.name not in _UNSEEN}
    return trace | {"layer_scale": spec.layer_scale is None, "grid": spec.grid}


def _fields(shapes: Shapes) -> dict[str, Any]:
    dim, side, _ = shapes["stem.pos_embed.weight"]
    convolutions = sum(name.startswith("stem.conv") and len(s) == 4 for name, s in shapes.items())
    patch = 2 ** (convolutions - 1) if convolutions > 1 else shapes["stem.conv.weight"][-1]
    first = "stem.conv1.weight" if convolutions > 1 else "stem.conv.weight"
    tokens = [name for name in _PREFIX if f"stem.{name}.weight" in shapes]
    depth = 1 + max(int(n.split(".")[2]) for n in shapes if n.startswith("stage1.blocks."))
    block = "stage1.blocks.0."
    hidden = shapes[f"{block}{MLP}fc1.weight"][0]
    wide = max(dim // 64, 1)
    return {
        "patch_size": patch,
        "conv_stem": convolutions > 1,
        "image_size": side * patch,
        "in_chans": shapes[first][1],
        "class_token": "cls_token" in tokens,
        "distillation_token": "dist_token" in tokens,
        "registers": shapes["stem.reg_tokens.weight"][0] if "reg_tokens" in tokens else 0,
        "prefix_positions": not tokens or f"stem.{tokens[0]}.position" in shapes,
        "depth": depth,
        "dim": dim,
        "heads": wide if dim % wide == 0 else 1,
        "mlp_ratio": factor((dim,), (hidden,)) or hidden / dim,
        "qkv_bias": f"{block}{ATTENTION}qkv.bias" in shapes,
        "layer_scale": 1e-6 if f"{block}{ATTENTION}gamma.weight" in shapes else None,
        "pool": "class_token" if "cls_token" in tokens else "mean",
        "num_classes": shapes["head.fc.weight"][-2] if "head.fc.weight" in shapes else 0,
    }


def _timm_spec(shapes: Shapes, state: State) -> ViTSpec:
    if "norm.weight" in state and "cls_token" not in state:  # every token, then their mean
        raise refused("norm_before_pool")
    return read(shapes, state, **({"pool": "mean"} if "fc_norm.weight" in state else {}))


def _mm_spec(shapes: Shapes, state: State) -> ViTSpec:
    return read(shapes, state, **({"pool": "mean"} if "ln2.weight" in state else {}))


def _dialect(anchor: str, names: Mapping[str, str | None], spec: Any = read) -> Dialect:
    return Dialect(
        anchor=anchor, names=lambda state: names, spec=spec, reshaped=_reshaped, joined=_joined
    )


_hf_spec = partial(read, norm_eps=1e-12)  # of transformers' configurations; all others: 1e-6
DIALECTS = (
    _dialect("stem.pos_embed.", {}),
    _dialect("blocks.0.attn.qkv.", _TIMM, _timm_spec),
    _dialect("encoder.layers.encoder_layer_0.", _TORCHVISION),
    *(
        _dialect(f"{prefix}embeddings.cls_token", _transformers(prefix), _hf_spec)
        for prefix in ("vit.", "deit.", "")
    ),
    _dialect("layers.0.ln1.", _MMPRETRAIN, _mm_spec),
)
"""Our own names, timm's and DeiT's, torchvision's, transformers' (three) and mmpretrain's."""
