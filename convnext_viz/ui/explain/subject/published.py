"""Pretrained networks in order: by family, and in a family by size."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convnext_viz.nets import Tag

FAMILIES = {
    "convnext": ("convnext_",),
    "convnextv2": ("convnextv2_",),
    "resnet": ("resnet", "resnext", "wide_resnet"),
    "repvgg": ("repvgg",),
    "vit": ("vit_",),
    "deit": ("deit_", "deit3_"),
    "swin": ("swin_",),
    "swinv2": ("swinv2_",),
    "test": ("test_",),
}
"""What the names of a family's networks begin with, in the order of the list."""

_LONGEST = 22  # letters of a name that the narrow column has room for


def family(network: str) -> str:
    """The family that a network's name begins with; of an unknown one the first."""
    known = (name for name, starts in FAMILIES.items() if network.startswith(starts))
    return next(known, next(iter(FAMILIES)))


def by_size(tags: "Mapping[str, Tag]") -> "dict[str, dict[str, dict[str, Tag]]]":
    """Families, in them networks, in them tags; networks by their parameters, tags by bytes."""
    found: dict[str, dict[str, dict[str, Tag]]] = {name: {} for name in FAMILIES}
    for tag, described in sorted(tags.items(), key=lambda one: (one[1].size, one[0])):
        network = tag.partition(".")[0]
        found[family(network)].setdefault(network, {})[tag] = described
    return found


def short(tag: str) -> str:
    """How the weights of a network are called, cut in the middle: names differ at their ends."""
    name = tag.partition(".")[2]
    if len(name) <= _LONGEST:
        return name
    return f"{name[: _LONGEST // 3]}…{name[-(_LONGEST - 1 - _LONGEST // 3) :]}"
