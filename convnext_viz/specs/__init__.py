"""Specs: descriptions of networks, named variants and the roadmap."""

from convnext_viz.specs.convert import diff, from_dict, from_query, to_dict, to_query, varied
from convnext_viz.specs.convnext import ConvNeXtSpec
from convnext_viz.specs.convnext_variants import CIFAR, CONVNEXT, CONVNEXT_ISO, CONVNEXT_V2, RESNET
from convnext_viz.specs.families import (
    FAMILIES,
    VARIANTS,
    Family,
    Spec,
    default_size,
    family_of,
    field_names,
)
from convnext_viz.specs.roadmap import REGIMES, Step, roadmap

__all__ = [
    "CIFAR",
    "CONVNEXT",
    "CONVNEXT_ISO",
    "CONVNEXT_V2",
    "FAMILIES",
    "REGIMES",
    "RESNET",
    "VARIANTS",
    "ConvNeXtSpec",
    "Family",
    "Spec",
    "Step",
    "default_size",
    "diff",
    "family_of",
    "field_names",
    "from_dict",
    "from_query",
    "roadmap",
    "to_dict",
    "to_query",
    "varied",
]
