"""Relatives of our networks that names and shapes give away: refused by their right name."""

import re

from convnext_viz.nets.checkpoints.dialects.dialect import Shapes, State
from convnext_viz.nets.checkpoints.dialects.heads import has_own_norm, head_of
from convnext_viz.nets.weights import WeightsError
from convnext_viz.text import t

_PARTS = {
    "squeeze_excite": r"\.(se|se_module|se_layer|eca|attn|cbam|channel_attention)\.",
    "split_attention": r"\.conv2\.(fc1|fc2|conv|attn)\.|\.convs\.\d",
    "blur_pool": r"\.(filt|blur)$|\.blur\.",
    "deep_stem": r"^(conv1|stem)\.[03]\.(weight|0\.weight)$",
    "average_shortcut": r"\.downsample\.2\.running_mean$",
    "deformable": r"\.conv(2|_dw)_?offset|\.conv2\.offset",
}


def refuse_relatives(state: State, *parts: str) -> None:
    """Raises WeightsError that names what makes it another network, if something does.

    ``parts`` are those to look for besides classifiers with more than one hidden layer.
    """
    found = [key for key in parts if any(re.search(_PARTS[key], name) for name in state)]
    head = head_of(state)
    if len(head.linear) > 2:
        found.append("deep_head")
    if head.further or len(head.norms) > 1:
        found.append("head_norms")
    if found:
        raise refused(*found)


def refuse_heads(state: State) -> None:
    """Raises WeightsError for classifiers of more than one layer, which not every family has."""
    head = head_of(state)
    linear = [module for module in head.linear if not module.endswith("head_dist.")]
    found = ["hidden_head"] if len(linear) > 1 else []
    if head.further or has_own_norm(state):
        found.append("head_norms")
    if found:
        raise refused(*found)


def refuse_norms(shapes: Shapes) -> None:
    """Raises WeightsError for layers with our names without the last norm, and for norms without a
    bias: LayerNorms without one and RMSNorms give other numbers and look the same."""
    if "head.norm.weight" not in shapes:
        raise WeightsError(t("nets.error.no_last_norm"))
    norms = [n.removesuffix("weight") for n in shapes if n.endswith("norm.weight")]
    if any(f"{norm}bias" not in shapes for norm in norms):
        raise refused("norm_without_bias")


def refused(*parts: str) -> WeightsError:
    """The refusal of a network that has these parts."""
    named = t("nets.other.and").join(t(f"nets.other.{key}") for key in parts)
    return WeightsError(t("nets.error.other_network", parts=named))
