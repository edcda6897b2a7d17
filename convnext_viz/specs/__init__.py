"""Specs: descriptions of networks, named variants and the roadmap."""

from convnext_viz.specs.convert import (
    diff,
    from_dict,
    from_query,
    same_function,
    to_dict,
    to_query,
    varied,
)
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
from convnext_viz.specs.repvgg import RepVGGSpec
from convnext_viz.specs.repvgg_variants import CIFAR_REPVGG, REPVGG
from convnext_viz.specs.roadmap import REGIMES, Step, roadmap
from convnext_viz.specs.swin import SwinSpec
from convnext_viz.specs.swin_variants import SWIN, SWIN_CIFAR, SWIN_V2
from convnext_viz.specs.vit import ViTSpec
from convnext_viz.specs.vit_variants import DEIT, VIT, VIT_CIFAR

__all__ = [
    "CIFAR",
    "CIFAR_REPVGG",
    "CONVNEXT",
    "CONVNEXT_ISO",
    "CONVNEXT_V2",
    "DEIT",
    "FAMILIES",
    "REGIMES",
    "REPVGG",
    "RESNET",
    "SWIN",
    "SWIN_CIFAR",
    "SWIN_V2",
    "VARIANTS",
    "VIT",
    "VIT_CIFAR",
    "ConvNeXtSpec",
    "Family",
    "RepVGGSpec",
    "Spec",
    "Step",
    "SwinSpec",
    "ViTSpec",
    "default_size",
    "diff",
    "family_of",
    "field_names",
    "from_dict",
    "from_query",
    "roadmap",
    "same_function",
    "to_dict",
    "to_query",
    "varied",
]
