"""Base networks of the Train page, and the factors that a run can vary."""

from dataclasses import replace

from convnext_viz.specs import (
    CIFAR,
    CONVNEXT,
    CONVNEXT_V2,
    FAMILIES,
    RESNET,
    ConvNeXtSpec,
    Spec,
)

# Small enough for a lesson on a laptop; the first one for two minutes.
_MINI = ConvNeXtSpec(
    name="mini",
    depths=(1, 1, 2),
    dims=(24, 48, 96),
    num_classes=10,
    patch_size=4,
    kernel_size=5,
    layer_scale=0.1,
)
_SMALL = replace(_MINI, name="small", depths=(1, 1, 3), dims=(32, 64, 128), patch_size=2)
BASES: dict[str, Spec] = {
    spec.name: spec
    for spec in (
        _MINI,
        _SMALL,
        CIFAR["cifar_ln_gelu"],
        CONVNEXT["convnext_atto"],
        CONVNEXT_V2["convnextv2_atto"],
        CONVNEXT["convnext_tiny"],
        RESNET["resnet50"],
    )
}
OWN = (_MINI.name, _SMALL.name)  # that no paper has a name for
FACTORS = tuple(dict.fromkeys(name for family in FAMILIES.values() for name in family.factors))
