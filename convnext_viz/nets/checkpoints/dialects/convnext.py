"""Names of ConvNeXt's weights in timm, the official repositories, torchvision, mmpretrain,
transformers and here.

timm's names are also those of open_clip's image towers; the official ones are V1's, V2's and the
isotropic networks'. Each ``names`` is a table to read: what stands left is called as on the right.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from torch import Tensor

from convnext_viz.nets.checkpoints.dialects.convnext_spec import read
from convnext_viz.nets.checkpoints.dialects.dialect import Dialect, Names, Shapes, State, under
from convnext_viz.nets.checkpoints.dialects.heads import has_own_norm, head_names, norms_of_stages
from convnext_viz.nets.checkpoints.dialects.relatives import refuse_relatives
from convnext_viz.specs import ConvNeXtSpec

_BODY = "stage{stage}.blocks.{block}.body."
_NOT_OURS: Names = {"projectors.": None, "norms.": None}  # EUPE's distillation heads

_OF_A_STAGE = re.compile(r"norm0\.|(.*\.)?hidden_states_norms\.")  # of networks for detection

_OVERLAP = ("conv1.", "conv2.", "norm.")
_OVERLAP_ACT = ("conv1.", None, "conv2.", "norm.")


def _timm_names(stem: str, stages: str, head: str) -> Callable[[State], Names]:
    """timm's names; its networks of features call ``stages.0.`` ``stages_0.``, a Sequential of its
    children ``1.0.``."""
    stage = f"{stages}{{stage}}."
    table: Names = {
        f"{stage}downsample.0.": "stage{stage}.downsample.norm.",
        f"{stage}downsample.1.": "stage{stage}.downsample.conv.",
        **under(
            f"{stage}blocks.{{block}}.",
            _BODY,
            {
                "conv_dw.": "dwconv.",
                "norm.": "norm.",
                "mlp.fc1.": "pwconv1.",
                "mlp.grn.": "grn.",
                "mlp.fc2.": "pwconv2.",
                "gamma": "gamma.weight",
            },
        ),
        "norm_pre.": "head.norm.",
        **_NOT_OURS,
    }

    def names(state: State) -> Names:
        # A stem's layers are counted, so that how many have weights says which they are.
        layers: tuple[str | None, ...] = ("conv.", "norm.")
        if f"{stem}3.weight" in state:
            layers = _OVERLAP_ACT
        elif f"{stem}2.weight" in state:
            layers = _OVERLAP
        rows = {f"{stem}{place}.": f"stem.{layer}" for place, layer in enumerate(layers) if layer}
        return {**rows, **head_names(state, *([head] if head else ())), **table}

    return names


_OFFICIAL_BLOCK = {
    "dwconv.": "dwconv.",
    "norm.": "norm.",
    "pwconv1.": "pwconv1.",
    "grn.gamma": "grn.weight",
    "grn.beta": "grn.bias",
    "pwconv2.": "pwconv2.",
    "gamma": "gamma.weight",
}
_MMPRETRAIN_BLOCK = {
    "depthwise_conv.": "dwconv.",
    "pointwise_conv1.": "pwconv1.",
    "pointwise_conv2.": "pwconv2.",
    **_OFFICIAL_BLOCK,
}


def _official_names(
    downsampling: str, stages: str, norm: str, head: str, block: Names
) -> Callable[[State], Names]:
    """Names of the official repositories, of mmpretrain, and of a Sequential of such children."""
    table: Names = {
        f"{downsampling}0.0.": "stem.conv.",
        f"{downsampling}0.1.": "stem.norm.",
        f"{downsampling}{{stage}}.0.": "stage{stage}.downsample.norm.",
        f"{downsampling}{{stage}}.1.": "stage{stage}.downsample.conv.",
        **under(f"{stages}{{stage}}.{{block}}.", _BODY, block),
        norm: "head.norm.",
        **_NOT_OURS,
    }
    return lambda state: {
        **table,
        **norms_of_stages(state),
        **head_names(state, *([head] if head else ())),
    }


_ISOTROPIC: Names = {
    "stem.": "stem.conv.",
    **under("blocks.{block}.", "stage1.blocks.{block}.body.", _OFFICIAL_BLOCK),
    "norm.": "head.norm.",
    **_NOT_OURS,
}


def _torchvision_names(features: str, head: str) -> Callable[[State], Names]:
    """torchvision's names: its features count the stem, stage1, a downsampling, stage2, …"""
    table: Names = {
        f"{features}0.0.": "stem.conv.",
        f"{features}0.1.": "stem.norm.",
        **under(
            f"{features}{{stage}}.{{block}}.",
            _BODY,
            {
                "block.0.": "dwconv.",
                "block.2.": "norm.",
                "block.3.": "pwconv1.",
                "block.5.": "pwconv2.",
                "layer_scale": "gamma.weight",
            },
        ),
        f"{features}{{stage}}.0.": "stage{stage}.downsample.norm.",
        f"{features}{{stage}}.1.": "stage{stage}.downsample.conv.",
    }
    return lambda state: {**head_names(state, head), **table}


def _transformers_names(prefix: str) -> Callable[[State], Names]:
    stage = f"{prefix}encoder.stages.{{stage}}."
    table: Names = {
        f"{prefix}embeddings.patch_embeddings.": "stem.conv.",
        f"{prefix}embeddings.layernorm.": "stem.norm.",
        f"{stage}downsampling_layer.0.": "stage{stage}.downsample.norm.",
        f"{stage}downsampling_layer.1.": "stage{stage}.downsample.conv.",
        **under(
            f"{stage}layers.{{block}}.",
            _BODY,
            {
                "dwconv.": "dwconv.",
                "layernorm.": "norm.",
                "pwconv1.": "pwconv1.",
                "grn.": "grn.",
                "pwconv2.": "pwconv2.",
                "layer_scale_parameter": "gamma.weight",
            },
        ),
        f"{prefix}layernorm.": "head.norm.",
    }
    return lambda state: {
        **table,
        **norms_of_stages(state, f"{prefix}hidden_states_norms.stage"),
        **head_names(state, "classifier."),
    }


def reshaped(name: str, tensor: Tensor) -> Tensor:
    """1×1 convolutions as matrices, GRN's and layer scale's factors as vectors."""
    *_, module, _ = ("", *name.split("."))
    if module in ("pwconv1", "pwconv2", "hidden", "fc") and tensor.shape[2:] == (1, 1):
        return tensor.flatten(1)
    if module in ("grn", "gamma") and tensor.ndim > 1 and tensor.numel() == max(tensor.shape):
        return tensor.flatten()
    return tensor


def _timm_spec(stem: str) -> Callable[[Shapes, State], ConvNeXtSpec]:
    def spec(shapes: Shapes, state: State) -> ConvNeXtSpec:
        shown: dict[str, Any] = {}
        if f"{stem}3.weight" in state:
            shown["stem"] = "overlap_act"
        if "norm_pre.weight" in state:
            shown["head_norm"] = "before_pool"
        return _spec(shapes, state, **shown)

    return spec


def _spec(shapes: Shapes, state: State, **shown: Any) -> ConvNeXtSpec:
    refuse_relatives(state)
    if any(map(_OF_A_STAGE.match, state)):
        shown["head_norm"] = "before_pool"
    if has_own_norm(state):
        shown["head_norm_eps"] = 1e-5
    return read(shapes, **shown)


def _with_norm_if_stored(spec: ConvNeXtSpec, state: State) -> ConvNeXtSpec:
    """Masked autoencoders end before the last norm."""
    return spec if "head.norm.weight" in state else replace(spec, head_norm="none")


def _next(number: int) -> int:
    return number + 1


def _timm(anchor: str, stem: str, stages: str, head: str) -> Dialect:
    return Dialect(
        anchor=f"{stages}0.blocks.0.{anchor}",
        names=_timm_names(stem, stages, head),
        stage=_next,
        spec=_timm_spec(stem),
        reshaped=reshaped,
        published=_with_norm_if_stored,
    )


def _official(anchor: str, *parts: str, block: Names = _OFFICIAL_BLOCK) -> Dialect:
    downsampling, stages, norm, head = parts
    return Dialect(
        anchor=f"{stages}0.0.{anchor}",
        names=_official_names(downsampling, stages, norm, head, block),
        stage=_next,
        spec=_spec,
        reshaped=reshaped,
    )


DIALECTS = (
    Dialect(
        anchor="stage1.blocks.0.body.",
        names=lambda state: {},
        spec=lambda shapes, state: read(shapes, ours=True),
        reshaped=reshaped,
    ),
    _timm("conv_dw.", "stem.", "stages.", ""),
    _timm("conv_dw.", "stem_", "stages_", ""),
    _timm("conv_dw.", "0.", "1.", "3."),
    _official("dwconv.", "downsample_layers.", "stages.", "norm.", ""),
    _official("dwconv.", "0.", "1.", "2.", "3."),
    _official(
        "depthwise_conv.", "downsample_layers.", "stages.", "norm3.", "", block=_MMPRETRAIN_BLOCK
    ),
    Dialect(
        anchor="blocks.0.dwconv.",
        names=lambda state: {**_ISOTROPIC, **head_names(state)},
        spec=_spec,
        reshaped=reshaped,
    ),
    *(
        Dialect(
            anchor=f"{features}1.0.block.0.",
            names=_torchvision_names(features, head),
            stage=lambda number: number // 2 + 1,
            spec=_spec,
            reshaped=reshaped,
        )
        for features, head in (("features.", "classifier."), ("0.", "2."), ("", "classifier."))
    ),
    *(
        Dialect(
            anchor=f"{prefix}encoder.stages.0.layers.0.dwconv.",
            names=_transformers_names(prefix),
            stage=_next,
            # The last norm has the configuration's epsilon, all others have 1e-6.
            spec=partial(_spec, head_norm_eps=1e-12),
            reshaped=reshaped,
        )
        for prefix in ("convnext.", "convnextv2.", "")
    ),
)
"""Our own names, timm's, the official repositories' (two), mmpretrain's, torchvision's and
transformers'; some with those of a network of features, or of a Sequential of the children."""
