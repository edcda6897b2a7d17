"""Names of ResNet's weights in torchvision and timm, mmpretrain, transformers and small copies.

torchvision and timm keep those of the first releases, and mmpretrain has them, too.
"""

from collections.abc import Callable
from typing import Any

from convnext_viz.nets.checkpoints.dialects.convnext import reshaped
from convnext_viz.nets.checkpoints.dialects.convnext_spec import read
from convnext_viz.nets.checkpoints.dialects.dialect import (
    Dialect,
    Names,
    Shapes,
    State,
    under,
)
from convnext_viz.nets.checkpoints.dialects.heads import ROOTS, head_names
from convnext_viz.nets.checkpoints.dialects.relatives import refuse_relatives, refused
from convnext_viz.specs import ConvNeXtSpec

_HERE = "stage{stage}.blocks.{block}."
_BLOCK = {
    "bn1.": "body.norm1.",
    "bn2.": "body.norm2.",
    "bn3.": "body.norm3.",
    "downsample.0.": "shortcut.conv.",
    "downsample.1.": "shortcut.norm.",
    "shortcut.0.": "shortcut.conv.",  # copies for CIFAR
    "shortcut.1.": "shortcut.norm.",
}
_BASIC, _BOTTLENECK = ("conv1", "conv2"), ("pwconv1", "conv", "pwconv2")
_RELATIVES = (
    *("squeeze_excite", "split_attention", "blur_pool", "deep_stem", "average_shortcut"),
    "deformable",
)
_GROUPS = 32  # of GroupNorm in the paper (Wu & He 2018, section 4.1) and in timm


def _names(conv: str, norm: str, stages: str, *heads: str) -> Callable[[State], Names]:
    """The table of a ResNet whose stages' names begin with ``stages``."""

    def names(state: State) -> Names:
        bottleneck = any(name.endswith(".0.conv3.weight") for name in state)
        convolutions = _BOTTLENECK if bottleneck else _BASIC
        block = {f"conv{n}.": f"body.{ours}." for n, ours in enumerate(convolutions, start=1)}
        return {
            conv: "stem.conv.",
            norm: "stem.norm.",
            **under(
                f"{stages}{{stage}}.{{block}}.", "stage{stage}.blocks.{block}.", block | _BLOCK
            ),
            **head_names(state, *heads),
        }

    return names


def _transformers_names(prefix: str) -> Callable[[State], Names]:
    stem = f"{prefix}embedder.embedder."
    row = f"{prefix}encoder.stages.{{stage}}.layers.{{block}}."

    def names(state: State) -> Names:
        third = f"{prefix}encoder.stages.0.layers.0.layer.2.convolution.weight"
        block = {
            "shortcut.convolution.": "shortcut.conv.",
            "shortcut.normalization.": "shortcut.norm.",
        }
        for n, ours in enumerate(_BOTTLENECK if third in state else _BASIC):
            block[f"layer.{n}.convolution."] = f"body.{ours}."
            block[f"layer.{n}.normalization."] = f"body.norm{n + 1}."
        return {
            f"{stem}convolution.": "stem.conv.",
            f"{stem}normalization.": "stem.norm.",
            **under(row, _HERE, block),
            **head_names(state, "classifier."),
        }

    return names


def _spec(shapes: Shapes, state: State) -> ConvNeXtSpec:
    refuse_relatives(state, *_RELATIVES)
    if "stem.norm.weight" not in shapes and "stem.conv.weight" in shapes:
        raise refused("pre_activation")
    kernel = shapes["stem.conv.weight"][-1]
    shown: dict[str, Any] = {"act": "relu"}
    shown |= {3: {"stem": "conv3", "patch_size": 1}, 7: {"stem": "conv7_pool", "patch_size": 4}}[
        kernel
    ]
    if "stem.norm.running_mean" not in shapes:
        widths = [shape[0] for name, shape in shapes.items() if "norm" in name]
        groups = _GROUPS if all(width % _GROUPS == 0 for width in widths) else 1
        shown |= {"norm": "group", "norm_groups": groups, "norm_eps": 1e-5}
    return read(shapes, **shown)


def _transformers_spec(shapes: Shapes, state: State) -> ConvNeXtSpec:
    if shapes["stem.conv.weight"][-1] != 7:
        raise refused("regnet")
    return _spec(shapes, state)


def _children(first: int, prefix: str) -> Dialect:
    """A Sequential of a ResNet's children, of which number ``first`` is the first stage: with
    activation and pooling 4, without pooling 3, without both 2."""
    heads = (
        [f"{prefix}{number}." for number in range(first + 4, first + 8)] if not prefix else ROOTS
    )
    return Dialect(
        anchor=f"{prefix}{first}.0.conv2.",
        names=_names(f"{prefix}0.", f"{prefix}1.", prefix, *heads),
        stage=lambda number: number - first + 1,
        spec=_spec,
        reshaped=reshaped,
    )


DIALECTS = (
    Dialect(
        anchor="layer1.0.conv2.",
        names=_names("conv1.", "bn1.", "layer"),
        spec=_spec,
        reshaped=reshaped,
    ),
    *(
        Dialect(
            anchor=f"{prefix}encoder.stages.0.layers.0.layer.0.convolution.",
            names=_transformers_names(prefix),
            stage=lambda number: number + 1,
            spec=_transformers_spec,
            reshaped=reshaped,
        )
        for prefix in ("resnet.", "")
    ),
    *(_children(first, prefix) for prefix in ("", "features.") for first in (2, 3, 4)),
)
"""torchvision's, timm's and mmpretrain's names, transformers', and those of a Sequential."""
