"""Names of ConvNeXt's weights in timm, the official repositories, torchvision and here.

timm's names are also those of open_clip's image towers; the official ones are V1's, V2's and the
isotropic networks'. Each ``names`` is a table to read: what stands left is called as on the right.
"""

from dataclasses import replace
from typing import Any

from torch import Tensor

from convnext_viz.nets.checkpoints.dialects.convnext_spec import read
from convnext_viz.nets.checkpoints.dialects.dialect import Dialect, Names, Shapes, State, under
from convnext_viz.specs import ConvNeXtSpec

_BODY = "stage{stage}.blocks.{block}.body."
_NOT_OURS: Names = {"projectors.": None, "norms.": None}  # EUPE's distillation heads

_TIMM_STEM = {"stem.0.": "stem.conv.", "stem.1.": "stem.norm."}
_TIMM_OVERLAP = {"stem.0.": "stem.conv1.", "stem.1.": "stem.conv2.", "stem.2.": "stem.norm."}
_TIMM_OVERLAP_ACT = {"stem.0.": "stem.conv1.", "stem.2.": "stem.conv2.", "stem.3.": "stem.norm."}
_TIMM: Names = {
    "stages.{stage}.downsample.0.": "stage{stage}.downsample.norm.",
    "stages.{stage}.downsample.1.": "stage{stage}.downsample.conv.",
    **under(
        "stages.{stage}.blocks.{block}.",
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
    "head.pre_logits.fc.": "head.hidden.",
    **_NOT_OURS,
}

_OFFICIAL_BLOCK = {
    "dwconv.": "dwconv.",
    "norm.": "norm.",
    "pwconv1.": "pwconv1.",
    "grn.gamma": "grn.weight",
    "grn.beta": "grn.bias",
    "pwconv2.": "pwconv2.",
    "gamma": "gamma.weight",
}
_OFFICIAL_HEAD: Names = {"norm.": "head.norm.", "head.": "head.fc.", **_NOT_OURS}
_OFFICIAL: Names = {
    "downsample_layers.0.0.": "stem.conv.",
    "downsample_layers.0.1.": "stem.norm.",
    "downsample_layers.{stage}.0.": "stage{stage}.downsample.norm.",
    "downsample_layers.{stage}.1.": "stage{stage}.downsample.conv.",
    **under("stages.{stage}.{block}.", _BODY, _OFFICIAL_BLOCK),
    **_OFFICIAL_HEAD,
}
_ISOTROPIC: Names = {
    "stem.": "stem.conv.",
    **under("blocks.{block}.", "stage1.blocks.{block}.body.", _OFFICIAL_BLOCK),
    **_OFFICIAL_HEAD,
}

_TORCHVISION: Names = {
    "features.0.0.": "stem.conv.",
    "features.0.1.": "stem.norm.",
    **under(
        "features.{stage}.{block}.",
        _BODY,
        {
            "block.0.": "dwconv.",
            "block.2.": "norm.",
            "block.3.": "pwconv1.",
            "block.5.": "pwconv2.",
            "layer_scale": "gamma.weight",
        },
    ),
    "features.{stage}.0.": "stage{stage}.downsample.norm.",
    "features.{stage}.1.": "stage{stage}.downsample.conv.",
    "classifier.0.": "head.norm.",
    "classifier.2.": "head.fc.",
}


def reshaped(name: str, tensor: Tensor) -> Tensor:
    """1×1 convolutions as matrices, GRN's and layer scale's factors as vectors."""
    *_, module, _ = ("", *name.split("."))
    if module in ("pwconv1", "pwconv2", "hidden", "fc") and tensor.shape[2:] == (1, 1):
        return tensor.flatten(1)
    if module in ("grn", "gamma") and tensor.ndim > 1 and tensor.numel() == max(tensor.shape):
        return tensor.flatten()
    return tensor


def _timm_names(state: State) -> Names:
    """timm counts a stem's layers, so that how many have weights says which they are."""
    if "stem.3.weight" in state:
        return {**_TIMM_OVERLAP_ACT, **_TIMM}
    return {**(_TIMM_OVERLAP if "stem.2.weight" in state else _TIMM_STEM), **_TIMM}


def _timm_spec(shapes: Shapes, state: State) -> ConvNeXtSpec:
    shown: dict[str, Any] = {}
    if "stem.3.weight" in state:
        shown["stem"] = "overlap_act"
    if "norm_pre.weight" in state:
        shown["head_norm"] = "before_pool"
    return read(shapes, **shown)


def _with_norm_if_stored(spec: ConvNeXtSpec, state: State) -> ConvNeXtSpec:
    """Masked autoencoders end before the last norm."""
    return spec if "head.norm.weight" in state else replace(spec, head_norm="none")


DIALECTS = (
    Dialect(
        anchor="stage1.blocks.0.body.",
        names=lambda state: {},
        spec=lambda shapes, state: read(shapes, order_shows=False),
        reshaped=reshaped,
    ),
    Dialect(
        anchor="stages.0.blocks.0.conv_dw.",
        names=_timm_names,
        stage=lambda number: number + 1,
        spec=_timm_spec,
        reshaped=reshaped,
        published=_with_norm_if_stored,
    ),
    Dialect(
        anchor="stages.0.0.dwconv.",
        names=lambda state: _OFFICIAL,
        stage=lambda number: number + 1,
        spec=lambda shapes, state: read(shapes),
        reshaped=reshaped,
    ),
    Dialect(
        anchor="blocks.0.dwconv.",
        names=lambda state: _ISOTROPIC,
        spec=lambda shapes, state: read(shapes),
        reshaped=reshaped,
    ),
    Dialect(  # its features count the stem, stage1, a downsampling, stage2, …
        anchor="features.1.0.block.0.",
        names=lambda state: _TORCHVISION,
        stage=lambda number: number // 2 + 1,
        spec=lambda shapes, state: read(shapes),
        reshaped=reshaped,
    ),
)
"""Our own names, timm's, the official repositories' (two) and torchvision's."""
