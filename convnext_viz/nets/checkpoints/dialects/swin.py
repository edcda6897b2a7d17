"""Names of Swin's weights: timm, the official repository, torchvision, transformers, mmpretrain.

Each ``names`` is a table to read: what stands left is called as on the right. Where the merging
between two stages belongs to the one before (everywhere but in timm ≥ 0.9 and torchvision), its
rows count one further.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor

from convnext_viz.nets.checkpoints.dialects.dialect import Dialect, Names, State, under
from convnext_viz.nets.checkpoints.dialects.heads import norms_of_stages
from convnext_viz.nets.checkpoints.dialects.swin_spec import read
from convnext_viz.nets.checkpoints.dialects.transformer import (
    ATTENTION,
    HF_BLOCK,
    MLP,
    MM_BLOCK,
    TIMM_BLOCK,
    with_joined_attention,
)
from convnext_viz.specs.fields import MAX_STAGES

_BLOCK, _DOWN = "stage{stage}.blocks.{block}.", "stage{stage}.downsample."
_OWN = f"{ATTENTION}attn."
_BIAS: Names = {  # of attention itself: V1's table, V2's network and scale
    "relative_position_bias_table": f"{_OWN}relative_position_bias",
    "logit_scale": f"{_OWN}logit_scale",
    "cpb_mlp.0.weight": f"{_OWN}cpb_hidden",
    "cpb_mlp.0.bias": f"{_OWN}cpb_hidden_bias",
    "cpb_mlp.2.weight": f"{_OWN}cpb_out",
    "q_bias": f"{_OWN}q_bias",
    "v_bias": f"{_OWN}v_bias",
    # What the network computes itself, from the size of its windows.
    "relative_position_index": None,
    "relative_coords_table": None,
}
_MASK: Names = {"attn_mask": None}


def _merging(theirs: str) -> Names:
    """Mergings at the end of a stage: here they begin the next one."""
    return {
        theirs.format(stage=stage): _DOWN.format(stage=stage + 2) for stage in range(MAX_STAGES)
    }


def _own_names(state: State) -> Names:
    return {}


def _official(stages: str, state: State) -> Names:
    """The official repository's and timm's, which differ in where merging belongs; timm's networks
    of features call ``layers.0.`` ``layers_0.``."""
    end = f"{stages}0.downsample.reduction.weight" in state
    merging = f"{stages}{{stage}}.downsample."
    return {
        "patch_embed.proj.": "stem.conv.",
        "patch_embed.norm.": "stem.norm.",
        **(_merging(merging) if end else {merging: _DOWN}),
        **under(
            f"{stages}{{stage}}.blocks.{{block}}.",
            _BLOCK,
            {**TIMM_BLOCK, **under("attn.", "", _BIAS), **_MASK},
        ),
        "norm.": "head.norm.",
        **norms_of_stages(state),
        "head.fc.": "head.fc.",
        "head.": "head.fc.",
    }


def _torchvision(state: State) -> Names:
    block = {**TIMM_BLOCK, "mlp.0.": f"{MLP}fc1.", "mlp.3.": f"{MLP}fc2."}
    return {
        "features.0.0.": "stem.conv.",
        "features.0.2.": "stem.norm.",
        **under("features.{stage}.{block}.", _BLOCK, {**block, **under("attn.", "", _BIAS)}),
        "features.{stage}.": _DOWN,
        "norm.": "head.norm.",
        "head.": "head.fc.",
    }


def _transformers(prefix: str) -> Callable[[State], Names]:
    longer = ("cpb_mlp", "continuous_position_bias_mlp")
    network = {theirs.replace(*longer): ours for theirs, ours in _BIAS.items()}
    block = {
        "attention.self.query.": f"{ATTENTION}qkv.query.",
        "attention.self.key.": f"{ATTENTION}qkv.key.",
        "attention.self.value.": f"{ATTENTION}qkv.value.",
        **under("attention.self.", "", network),
        **under("attention.relative_position_bias.", "", network),
        **under("attention.", "", network),
        **HF_BLOCK,
    }
    names = {
        f"{prefix}embeddings.patch_embeddings.projection.": "stem.conv.",
        f"{prefix}embeddings.norm.": "stem.norm.",
        f"{prefix}embeddings.mask_token": None,
        **under(f"{prefix}encoder.layers.{{stage}}.blocks.{{block}}.", _BLOCK, block),
        **_merging(f"{prefix}encoder.layers.{{stage}}.downsample."),
        f"{prefix}layernorm.": "head.norm.",
        "classifier.": "head.fc.",
    }
    return lambda state: {**names, **norms_of_stages(state, f"{prefix}hidden_states_norms.stage")}


def _mmpretrain(state: State) -> Names:
    block = {
        "norm1.": f"{ATTENTION}norm.",
        "attn.w_msa.qkv.": f"{ATTENTION}qkv.",
        "attn.w_msa.proj.": f"{ATTENTION}proj.",
        **under("attn.w_msa.", "", _BIAS),
        "norm2.": f"{MLP}norm.",
        **MM_BLOCK,
        **_MASK,
    }
    return {
        "patch_embed.projection.": "stem.conv.",
        "patch_embed.norm.": "stem.norm.",
        **under("stages.{stage}.blocks.{block}.", _BLOCK, block),
        **_merging("stages.{stage}.downsample."),
        **norms_of_stages(state),
    }


def _reshaped(name: str, tensor: Tensor) -> Tensor:
    return tensor.flatten() if name.endswith("logit_scale") else tensor


def _joined(state: State) -> State:
    found = with_joined_attention(state)
    for start in _second_version(state):
        qkv, own = f"{start}qkv.", f"{start}attn."
        if f"{qkv}bias" in found:  # torchvision: three biases, that of the keys is never read
            bias = found.pop(f"{qkv}bias")
            found[f"{own}q_bias"], _, found[f"{own}v_bias"] = bias.chunk(3)
        for part in ("query", "value"):  # transformers: keys have none
            if f"{qkv}{part}.bias" in found:
                found[f"{own}{part[0]}_bias"] = found.pop(f"{qkv}{part}.bias")
    return found


def _second_version(state: State) -> Iterator[str]:
    """What the names of attention begin with, where it is V2's."""
    end = "attn.logit_scale"
    return (name.removesuffix(end) for name in state if name.endswith(f".{end}"))


def _joined_in_our_order(state: State) -> State:
    """mmpretrain's four neighbours stand channel by channel, row by row (``nn.Unfold``); everybody
    else's one after the other, down the columns first."""
    found = dict(_joined(state))
    for name in list(found):
        if name.endswith("downsample.reduction.weight"):
            norm = name.replace("reduction.weight", "norm.")
            inputs = found[name].shape[1]
            for one in (name, f"{norm}weight", f"{norm}bias"):
                if found[one].shape[-1] == inputs:  # V2's norm comes after the reduction
                    found[one] = _in_our_order(found[one])
    return found


def _in_our_order(weight: Tensor) -> Tensor:
    parts = weight.reshape(*weight.shape[:-1], -1, 4).transpose(-1, -2)  # (…, 4, C)
    return parts[..., torch.tensor([0, 2, 1, 3]), :].flatten(-2)


def _dialect(anchor: str, names: Callable[[State], Names], **more: Any) -> Dialect:
    row: dict[str, Any] = {
        "anchor": anchor,
        "names": names,
        "spec": read,
        "reshaped": _reshaped,
        "joined": _joined,
        "stage": lambda number: number + 1,
    }
    return Dialect(**row | more)


DIALECTS = (
    _dialect("stage1.blocks.0.attn.body.attn.", _own_names),
    *(
        _dialect(f"{stages}0.blocks.0.attn.", partial(_official, stages))
        for stages in ("layers.", "layers_")
    ),
    # Its features count the stem, stage1, a merging, stage2, …
    _dialect("features.1.0.attn.", _torchvision, stage=lambda number: number // 2 + 1),
    *(
        _dialect(f"{prefix}encoder.layers.0.blocks.0.attention.", _transformers(prefix))
        for prefix in ("swin.", "swinv2.", "")
    ),
    _dialect("stages.0.blocks.0.attn.w_msa.", _mmpretrain, joined=_joined_in_our_order),
)
"""Our own names, the official and timm's, torchvision's, transformers' (three), mmpretrain's."""
