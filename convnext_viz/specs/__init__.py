"""What you ask for: network specs, named variants and the roadmap."""

from convnext_viz.specs.convert import FIELDS, diff, from_dict, from_query, to_dict, to_query
from convnext_viz.specs.convnext import CHOICES, OPTIONAL_RANGES, RANGES, ConvNeXtSpec
from convnext_viz.specs.convnext_variants import (
    CIFAR,
    CONVNEXT,
    CONVNEXT_ISO,
    CONVNEXT_V2,
    RESNET,
    VARIANTS,
)
from convnext_viz.specs.roadmap import REGIMES, Step, roadmap

__all__ = [
    "CHOICES",
    "CIFAR",
    "CONVNEXT",
    "CONVNEXT_ISO",
    "CONVNEXT_V2",
    "FIELDS",
    "OPTIONAL_RANGES",
    "RANGES",
    "REGIMES",
    "RESNET",
    "VARIANTS",
    "ConvNeXtSpec",
    "Step",
    "diff",
    "from_dict",
    "from_query",
    "roadmap",
    "to_dict",
    "to_query",
]
