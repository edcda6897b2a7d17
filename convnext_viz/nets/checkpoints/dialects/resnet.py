"""Names of ResNet's weights in torchvision and timm: both keep those of the first releases."""

from convnext_viz.nets.checkpoints.dialects.convnext import reshaped
from convnext_viz.nets.checkpoints.dialects.convnext_spec import read
from convnext_viz.nets.checkpoints.dialects.dialect import (
    Dialect,
    Names,
    Shapes,
    State,
    under,
)
from convnext_viz.specs import ConvNeXtSpec

_BLOCK = {
    "bn1.": "body.norm1.",
    "bn2.": "body.norm2.",
    "bn3.": "body.norm3.",
    "downsample.0.": "shortcut.conv.",
    "downsample.1.": "shortcut.norm.",
}
_BASIC = {"conv1.": "body.conv1.", "conv2.": "body.conv2."}
_BOTTLENECK = {"conv1.": "body.pwconv1.", "conv2.": "body.conv.", "conv3.": "body.pwconv2."}


def _names(state: State) -> Names:
    convolutions = _BOTTLENECK if "layer1.0.conv3.weight" in state else _BASIC
    return {
        "conv1.": "stem.conv.",
        "bn1.": "stem.norm.",
        **under("layer{stage}.{block}.", "stage{stage}.blocks.{block}.", convolutions | _BLOCK),
        "fc.": "head.fc.",
    }


def _spec(shapes: Shapes, _: State) -> ConvNeXtSpec:
    # Group norm's weights look like LayerNorm's and mean something else: resnet50_gn is refused.
    if "stem.norm.running_mean" not in shapes:
        raise KeyError("bn1.running_mean")
    return read(shapes, stem="conv7_pool", patch_size=4)


DIALECTS = (
    Dialect(
        anchor="layer1.0.conv2.",
        names=_names,
        spec=_spec,
        reshaped=reshaped,
    ),
)
