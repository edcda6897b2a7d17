"""Names of RepVGG's weights in timm, the official repository, mmpretrain and here, in both forms.

Each ``names`` is a table to read: what stands left is called as on the right. A file in deployed
form has one convolution where one in training form has branches.
"""

from collections.abc import Callable

from torch import Tensor

from convnext_viz.nets.checkpoints.dialects.dialect import Dialect, Names, Shapes, State, under
from convnext_viz.nets.checkpoints.dialects.relatives import refuse_heads
from convnext_viz.nets.checkpoints.dialects.repvgg_spec import read
from convnext_viz.specs import RepVGGSpec

_STEM, _BLOCK = "stem.blocks.0.", "stage{stage}.blocks.{block}."

_TIMM = {
    "conv_kxk.conv.": "dense.conv.",
    "conv_kxk.bn.": "dense.norm.",
    "conv_1x1.conv.": "pointwise.conv.",
    "conv_1x1.bn.": "pointwise.norm.",
    "identity.": "identity.norm.",
    "reparam_conv.": "conv.",
    "attn.fc1.": "se.down.",
    "attn.fc2.": "se.up.",
}
_OFFICIAL = {
    "rbr_dense.conv.": "dense.conv.",
    "rbr_dense.bn.": "dense.norm.",
    "rbr_1x1.conv.": "pointwise.conv.",
    "rbr_1x1.bn.": "pointwise.norm.",
    "rbr_identity.": "identity.norm.",
    "rbr_reparam.": "conv.",
    "se.": "se.",
    "post_se.": "se.",  # RepVGGplus has it behind the activation
}
_MMPRETRAIN = {
    "branch_3x3.": "dense.",
    "branch_1x1.": "pointwise.",
    "branch_norm.": "identity.norm.",
    "branch_reparam.": "conv.",
    "se_layer.conv1.conv.": "se.down.",
    "se_layer.conv2.conv.": "se.up.",
}


def _parts(names: dict[str, str], state: State) -> dict[str, str]:
    """A block's names; in training form, what follows the sum is called ``after`` here."""
    fused = next(theirs for theirs, ours in names.items() if ours == "conv.")
    if any(f".{fused}" in name for name in state):
        return names
    return {k: f"after.{v}" if v.startswith("se.") else v for k, v in names.items()}


def _timm_names(state: State) -> Names:
    parts = _parts(_TIMM, state)
    stages = under("stages.{stage}.{block}.", _BLOCK, parts)
    of_features = under("stages_{stage}.{block}.", _BLOCK, parts)
    return under("stem.", _STEM, parts) | stages | of_features


def _mmpretrain_names(state: State) -> Names:
    parts = _parts(_MMPRETRAIN, state)
    return under("stem.", _STEM, parts) | under("stage_{stage}.{block}.", _BLOCK, parts)


def _official_names(state: State) -> Names:
    parts = _parts(_OFFICIAL, state)
    blocks = under("stage{stage}.{block}.", _BLOCK, parts)
    head = {"linear.": "head.fc."}
    return {**under("stage0.", _STEM, parts), **blocks, **_plus_names(state, parts), **head}


def _plus_names(state: State, parts: dict[str, str]) -> Names:
    """RepVGGplus cuts its third stage in two, and has classifiers that only training needs."""
    names: dict[str, str | None] = {
        f"{stage}_aux.": None for stage in ("stage1", "stage2", "stage3_first")
    }
    names |= under("stage{stage}.blocks.{block}.", _BLOCK, parts)
    names |= under("stage3_first.blocks.{block}.", "stage3.blocks.{block}.", parts)
    first, second = (
        len({name.split(".")[2] for name in state if name.startswith(f"{half}.blocks.")})
        for half in ("stage3_first", "stage3_second")
    )
    for number in range(second):
        here = f"stage3.blocks.{first + number}."
        names |= under(f"stage3_second.blocks.{number}.", here, parts)
    return names


def _reshaped(name: str, tensor: Tensor) -> Tensor:
    """Squeeze-and-excitation's 1×1 convolutions as the matrices that they are here."""
    return tensor.flatten(1) if ".se." in name and tensor.ndim == 4 else tensor


def _spec(shapes: Shapes, state: State) -> RepVGGSpec:
    refuse_heads(state)
    return read(shapes)


def _dialect(
    anchor: str,
    names: Callable[[State], Names] = lambda state: {},
    stage: Callable[[int], int] = lambda number: number,
) -> Dialect:
    return Dialect(anchor=anchor, names=names, spec=_spec, reshaped=_reshaped, stage=stage)


DIALECTS = (
    _dialect("stem.blocks.0."),
    *(
        _dialect(f"stem.{part}.", _timm_names, lambda number: number + 1)
        for part in ("conv_kxk", "reparam_conv")
    ),
    _dialect("stage0.rbr_", _official_names),
    _dialect("stem.branch_", _mmpretrain_names),
)
"""Our own names, timm's in both forms, the official repository's and mmpretrain's."""
