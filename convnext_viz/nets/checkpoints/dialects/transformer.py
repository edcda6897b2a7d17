"""What the dialects of all networks of tokens have in common: matrices of attention, widths."""

import re

import torch
from torch import Tensor

from convnext_viz.nets.checkpoints.dialects.dialect import Names, State

ATTENTION, MLP = "attn.body.", "mlp.body."

TIMM_BLOCK: Names = {
    "norm1.": f"{ATTENTION}norm.",
    "attn.qkv.": f"{ATTENTION}qkv.",
    "attn.proj.": f"{ATTENTION}proj.",
    "norm2.": f"{MLP}norm.",
    "mlp.fc1.": f"{MLP}fc1.",
    "mlp.fc2.": f"{MLP}fc2.",
}
"""A block in timm and in the official repositories, as it is called here."""

HF_BLOCK: Names = {
    "layernorm_before.": f"{ATTENTION}norm.",
    "layernorm_after.": f"{MLP}norm.",
    "attention.output.dense.": f"{ATTENTION}proj.",
    "intermediate.dense.": f"{MLP}fc1.",
    "output.dense.": f"{MLP}fc2.",
    # From transformers 5 on, in memory alone: its files keep the names above.
    "attention.q_proj.": f"{ATTENTION}qkv.query.",
    "attention.k_proj.": f"{ATTENTION}qkv.key.",
    "attention.v_proj.": f"{ATTENTION}qkv.value.",
    "attention.o_proj.": f"{ATTENTION}proj.",
    "mlp.fc1.": f"{MLP}fc1.",
    "mlp.fc2.": f"{MLP}fc2.",
}
"""A block in transformers, but for queries, keys and values in its files."""

MM_BLOCK: Names = {
    "ffn.layers.0.0.": f"{MLP}fc1.",
    "ffn.layers.1.": f"{MLP}fc2.",
}
"""The MLP of a block in mmpretrain."""

_PARTS = ("query", "key", "value")
_QUERY = re.compile(r"(.*\.qkv\.)query\.weight")


def with_joined_attention(state: State) -> dict[str, Tensor]:
    """Queries, keys and values, three matrices elsewhere, as the one that they are here."""
    found = dict(state)
    for name in state:
        if match := _QUERY.fullmatch(name):
            start = match[1]
            for kind in ("weight", "bias"):
                names = [f"{start}{part}.{kind}" for part in _PARTS]
                if all(one in found for one in names):
                    found[f"{start}{kind}"] = torch.cat([found.pop(one) for one in names])
    return found
