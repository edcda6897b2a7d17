"""What a file of weights does not say: fields that leave no trace in names and shapes.

Each is listed with the value that is taken and with what it could be; ``spec_of`` takes another
value as one of its ``given``.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, get_args

from torch import Tensor

from convnext_viz.nets.checkpoints.naming import renamed
from convnext_viz.nets.checkpoints.rename import unwrap
from convnext_viz.nets.weights import Assumption
from convnext_viz.plans import plan, smallest_image
from convnext_viz.specs import ConvNeXtSpec, RepVGGSpec, Spec, SwinSpec, ViTSpec
from convnext_viz.specs.convnext import Act
from convnext_viz.text import t

_ACTS = get_args(Act)
_EPS = (1e-12, 1e-6, 1e-5, 1e-3)  # transformers', ConvNeXt's, torch's and Keras' usual ones
_WINDOWS = (4, 7, 8, 12, 16, 24)  # tokens a side
_GROUPS = (1, 2, 4, 8, 16, 32, 64)
_HEAD_WIDTHS = (16, 32, 48, 64, 80, 96, 128)  # channels of an attention head


def assumptions(state: Mapping[str, Tensor], spec: Spec) -> tuple[Assumption, ...]:
    """Fields of the spec that its weights, in any dialect, do not show.

    Options are only values with which the weights still fit.
    """
    dialect, bare = unwrap(state)
    names = frozenset(renamed(dialect, bare))
    match spec:
        case ConvNeXtSpec():
            unseen = _convnext(spec, names, ours=not dialect.names(bare))
        case ViTSpec():
            unseen = _vit(spec)
        case SwinSpec():
            unseen = _swin(spec, told=any(n.endswith("coords_table") for n in bare))
        case RepVGGSpec():
            unseen = iter([("act", _ACTS), ("norm_eps", _EPS), ("stem_stride", (1, 2))])
    return tuple(
        Assumption(field=field, value=getattr(spec, field), options=_with(spec, field, options))
        for field, options in unseen
    )


def unsaid(spec: Spec) -> tuple[str, ...]:
    """What is said of that which no weight shows and no field changes: how a convolutional network
    makes its maps smaller."""
    if not isinstance(spec, ConvNeXtSpec):
        return ()
    *_, last, _ = plan(spec, smallest_image(spec)).stages
    return (t("nets.notes.strides", factor=last.jump),)


Unseen = Iterator[tuple[str, Iterable[Any]]]


def _convnext(spec: ConvNeXtSpec, names: frozenset[str], ours: bool) -> Unseen:
    yield "act", _ACTS
    if spec.norm != "batch":
        biased = any(name.endswith("bias") and "norm" in name for name in names)
        yield "norm", ("layer", "group") if biased else ("layer", "rms", "simple")
    if spec.norm == "group":
        yield "norm_groups", _GROUPS
    yield "norm_eps", _EPS
    for stem in ("conv7", "conv3"):
        if spec.stem in (stem, f"{stem}_pool"):
            yield "stem", (f"{stem}_pool", stem)
    if spec.stem.startswith("conv3"):
        yield "patch_size", (1, 2)
    if ours and spec.head_norm != "none":
        yield "head_norm", ("after_pool", "before_pool")
    if spec.head_norm != "none":
        yield "head_norm_eps", (None, *_EPS)
    yield "head_pool", ("average", "max")
    if spec.head_hidden is not None:
        yield "head_act", _ACTS


def _vit(spec: ViTSpec) -> Unseen:
    yield "heads", sorted({spec.dim // width for width in _HEAD_WIDTHS if spec.dim % width == 0})
    yield "act", _ACTS
    yield "norm_eps", _EPS
    if spec.class_token and not spec.distillation_token:
        yield "pool", ("class_token", "mean")


def _swin(spec: SwinSpec, told: bool) -> Unseen:
    """``told``: whether the file has the table of offsets, whose size is that of the windows."""
    yield "act", _ACTS
    yield "norm_eps", _EPS
    yield "shift", (True, False)
    if spec.version == "v2" and not told:
        yield "window", _WINDOWS


def _with(spec: Spec, field: str, options: Iterable[Any]) -> tuple[Any, ...]:
    """The options that the spec's other fields allow, its own value among them."""
    value = getattr(spec, field)
    legal = [option for option in options if option == value or _is_legal(spec, field, option)]
    if value in legal:
        return tuple(legal)
    return (value, *legal)


def _is_legal(spec: Spec, field: str, value: Any) -> bool:
    try:
        replace(spec, **{field: value})
    except ValueError:
        return False
    return True
