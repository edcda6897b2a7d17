"""Layer-wise learning-rate decay: how many times the rate of each parameter is decayed.

A parameter's rate is the recipe's rate times ``decay ** exponent``. Two rules are in use, and the
same decay is another recipe under the other one. Names are those of the nets built here
(``stage3.blocks.4.body.dwconv.weight``); no torch is loaded.
"""

from collections.abc import Callable, Iterable, Sequence

from convnext_viz.specs import ConvNeXtSpec, Spec, SwinSpec, ViTSpec
from convnext_viz.text import t

_GROUPS = 12  # of the official rule, besides stem and head
_HEAD = _GROUPS + 1


def official(name: str, depths: Sequence[int]) -> int:
    """The exponent of the official ``optim_factory.py``: 13 at the stem, 0 at the head.

    Twelve groups whatever the depth: stages 1 and 2 are one each (with the downsampling before
    them), three blocks of stage 3 are one, and what comes after stage 3 is the twelfth. It is made
    for depths of 3, 3, 27, 3. Raises ValueError for a network that has not four stages or more
    than 30 blocks in stage 3: the official code knows no group for their layers.
    """
    if len(depths) != 4 or depths[2] > 3 * (_GROUPS - 2):
        raise ValueError(t("train.error.layer_decay", depths=tuple(depths)))
    stage, block = _place(name)
    if stage == 0:
        return _HEAD
    if stage == 5:
        return 0
    if stage == 4:
        return 1
    group = 3 + (block or 0) // 3 if stage == 3 else stage
    return _HEAD - group


def timm(name: str, depths: Sequence[int], *, norm: int = 0) -> int:
    """The exponent of timm's ``param_groups_layer_decay``: every block is a group of its own, from
    0 at the head to one more than there are blocks at the stem; a downsampling goes with the block
    after it. ``norm`` is the exponent of the head's norm: 1 where timm counts it to the last block.
    """
    stage, block = _place(name)
    if stage == 0:
        return sum(depths) + 1
    if name.startswith("head."):
        return norm if name.startswith("head.norm.") else 0
    return sum(depths) - sum(depths[: stage - 1]) - (block or 0)


RULES: dict[str, Callable[[str, Sequence[int]], int]] = {"official": official, "timm": timm}


def exponent(spec: Spec, name: str) -> int:
    """The exponent of a parameter of the network of ``spec``.

    By the official rule where the official code has groups for the network: a ConvNeXt of four
    stages with at most 30 blocks in stage 3. By timm's, whose ``group_matcher`` of each family
    says what goes together, for all others.
    """
    if isinstance(spec, ConvNeXtSpec) and _is_official(spec):
        return official(name, spec.depths)
    return timm_exponent(spec, name)


def timm_exponent(spec: Spec, name: str) -> int:
    """The exponent of a parameter of the network of ``spec`` by :func:`timm`'s rule."""
    depths = (spec.depth,) if isinstance(spec, ViTSpec) else spec.depths
    return timm(name, depths, norm=int(_norm_is_of_the_body(spec)))


def rates(
    spec: Spec, names: Iterable[str], *, lr_scale: float = 1.0, decay: float | None = None
) -> dict[str, float]:
    """What the recipe's learning rate is multiplied by, for every parameter by its name."""
    if decay is None:
        return dict.fromkeys(names, lr_scale)
    return {name: lr_scale * decay ** exponent(spec, name) for name in names}


def _is_official(spec: ConvNeXtSpec) -> bool:
    convnext = spec.downsample != "in_block"
    return convnext and len(spec.depths) == 4 and spec.depths[2] <= 3 * (_GROUPS - 2)


def _norm_is_of_the_body(spec: Spec) -> bool:
    """Whether the head's norm is timm's ``norm`` or ``norm_pre``, which its matchers put into the
    group before, and not a norm of the head's own."""
    match spec:
        case ViTSpec():
            return spec.pool == "class_token"
        case ConvNeXtSpec():
            return spec.head_norm == "before_pool"
        case _:
            return isinstance(spec, SwinSpec)


def _place(name: str) -> tuple[int, int | None]:
    """Number of the stage (0 is the stem, 5 the head) and of the block in it, of a parameter."""
    first, *rest = name.split(".")
    if first in ("stem", "head"):
        return (0 if first == "stem" else 5), None
    stage = int(first.removeprefix("stage"))
    return stage, int(rest[1]) if rest[0] == "blocks" else None
