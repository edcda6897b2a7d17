"""Families of networks, a row each: what a spec of the family is, and which ones have a name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from convnext_viz.specs.convnext import ConvNeXtSpec
from convnext_viz.specs.convnext_variants import (
    CIFAR,
    CONVNEXT,
    CONVNEXT_BASES,
    CONVNEXT_FACTORS,
    CONVNEXT_ISO,
    CONVNEXT_V2,
    RESNET,
)
from convnext_viz.specs.fields import described
from convnext_viz.specs.repvgg import RepVGGSpec
from convnext_viz.specs.repvgg_variants import (
    CIFAR_REPVGG,
    REPVGG,
    REPVGG_BASES,
    REPVGG_FACTORS,
)
from convnext_viz.specs.swin import SwinSpec
from convnext_viz.specs.swin_variants import SWIN, SWIN_BASES, SWIN_CIFAR, SWIN_FACTORS, SWIN_V2
from convnext_viz.specs.vit import ViTSpec
from convnext_viz.specs.vit_variants import DEIT, VIT, VIT_BASES, VIT_CIFAR, VIT_FACTORS

Spec: TypeAlias = ConvNeXtSpec | RepVGGSpec | SwinSpec | ViTSpec
"""A network of any family: a union, not a base class."""


@dataclass(frozen=True, kw_only=True)
class Family:
    """What is known of a family; ``key`` stands in every JSON of its specs.

    ``factors`` are the fields that experiments compare, with the values worth comparing; of a field
    that has numbers for each stage, multiples of the base network's own. ``bases`` are the networks
    that experiments start from.
    """

    key: str
    spec: type[Any]
    series: Mapping[str, Mapping[str, Any]]  # its named specs, as people group them
    default_size: Callable[[Any], int]  # pixels: the image side at which a spec is looked at
    factors: Mapping[str, tuple[Any, ...]]
    bases: tuple[Any, ...]

    @property
    def variants(self) -> dict[str, Any]:
        """Every named spec."""
        return {name: spec for rows in self.series.values() for name, spec in rows.items()}


FAMILIES: dict[str, Family] = {
    "convnext": Family(
        key="convnext",
        spec=ConvNeXtSpec,
        series={
            "convnext": CONVNEXT,
            "v2": CONVNEXT_V2,
            "iso": CONVNEXT_ISO,
            "resnet": RESNET,
            "cifar": CIFAR,
        },
        default_size=lambda spec: 32 if spec.name in CIFAR else 224,
        factors=CONVNEXT_FACTORS,
        bases=CONVNEXT_BASES,
    ),
    "repvgg": Family(
        key="repvgg",
        spec=RepVGGSpec,
        series={"repvgg": REPVGG, "cifar": CIFAR_REPVGG},
        default_size=lambda spec: 32 if spec.name in CIFAR_REPVGG else 224,
        factors=REPVGG_FACTORS,
        bases=REPVGG_BASES,
    ),
    "vit": Family(
        key="vit",
        spec=ViTSpec,
        series={"vit": VIT, "deit": DEIT, "vit_cifar": VIT_CIFAR},
        default_size=lambda spec: spec.image_size,
        factors=VIT_FACTORS,
        bases=VIT_BASES,
    ),
    "swin": Family(
        key="swin",
        spec=SwinSpec,
        series={"swin": SWIN, "swinv2": SWIN_V2, "swin_cifar": SWIN_CIFAR},
        default_size=lambda spec: spec.image_size,
        factors=SWIN_FACTORS,
        bases=SWIN_BASES,
    ),
}

VARIANTS: dict[str, Spec] = {
    name: spec for family in FAMILIES.values() for name, spec in family.variants.items()
}
"""Every named network, by the name it has in timm where it has one there."""


def family_of(spec: Spec | type[Spec]) -> Family:
    """The family of a spec or of a class of specs."""
    kind = spec if isinstance(spec, type) else type(spec)
    return next(family for family in FAMILIES.values() if family.spec is kind)


def field_names(spec: Spec | type[Spec]) -> tuple[str, ...]:
    """The fields that a spec, or a class of specs, has."""
    return tuple(described(spec))


def default_size(spec: Spec) -> int:
    """The image side, in pixels, at which a network is looked at unless another is chosen."""
    return family_of(spec).default_size(spec)
