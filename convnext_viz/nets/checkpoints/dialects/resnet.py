"""ResNet's weights as torchvision and timm name them: both keep the names of the first releases."""

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

_NAMES: Names = {
    "conv1.": "stem.conv.",
    "bn1.": "stem.norm.",
    **under(
        "layer{stage}.{block}.",
        "stage{stage}.blocks.{block}.",
        {
            "conv1.": "body.pwconv1.",
            "bn1.": "body.norm1.",
            "conv2.": "body.conv.",
            "bn2.": "body.norm2.",
            "conv3.": "body.pwconv2.",
            "bn3.": "body.norm3.",
            "downsample.0.": "shortcut.conv.",
            "downsample.1.": "shortcut.norm.",
        },
    ),
    "fc.": "head.fc.",
}


def _spec(shapes: Shapes, _: State) -> ConvNeXtSpec:
    # Group norm's weights look like LayerNorm's and mean something else: resnet50_gn is refused.
    if "stem.norm.running_mean" not in shapes:
        raise KeyError("bn1.running_mean")
    return read(shapes, stem="conv7_pool", patch_size=4)


DIALECTS = (
    Dialect(
        anchor="layer1.0.conv3.",
        names=lambda state: _NAMES,
        spec=_spec,
        reshaped=reshaped,
    ),
)
