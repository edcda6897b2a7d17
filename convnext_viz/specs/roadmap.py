"""The roadmap from ResNet to ConvNeXt, one change at a time (Liu et al. 2022, section 2).

What the paper leaves open costs no multiply-adds; it is chosen here so: the patchify stem keeps the
norm and activation of the block's kind; the 1×1 shortcut carries a norm while blocks keep every
norm; convolutions get a bias when their norms go; layer scale and stochastic depth belong to the
recipe (Table 5), so they come with it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any

from convnext_viz.specs.convnext import ConvNeXtSpec
from convnext_viz.specs.convnext_variants import RESNET
from convnext_viz.text import t


@dataclass(frozen=True, kw_only=True)
class Step:
    """One network of the roadmap; ``adopted`` is False for kernel sizes tried and left again."""

    key: str
    spec: ConvNeXtSpec
    adopted: bool = True
    change: Mapping[str, Any]  # field: value, from the step adopted before

    def __reduce__(self) -> tuple[Any, ...]:  # a proxy cannot be pickled
        return _unpickled, (self.key, self.spec, self.adopted, dict(self.change))


def _unpickled(key: str, spec: ConvNeXtSpec, adopted: bool, change: dict[str, Any]) -> Step:
    return Step(key=key, spec=spec, adopted=adopted, change=MappingProxyType(change))


_DOUBLING = (1, 2, 4, 8)
_INVERTED = {"bottleneck": "inverted"}
_MOVED = {"conv_position": "first"}
_GELU = {"act": "gelu"}
_FEWER_ACTS = {"block_acts": "one", "stem_act": False}
_FEWER_NORMS = {"block_norms": "one", "conv_bias": True}
_LAYER_NORM = {"norm": "layer", "norm_eps": 1e-6}
_SEPARATE = {"downsample": "separate", "head_norm": "after_pool"}
_TRIALS = ("kernel5", "kernel9", "kernel11")  # kernel5 is a stop on the way, 9 and 11 do not pay

REGIMES: dict[str, dict[str, Any]] = {
    # Table 10 (towards ConvNeXt-T) and Table 11 (towards ConvNeXt-B, where the width already
    # grows to 84 with the stage ratio).
    "resnet50": {"start": "resnet50", "depths": (3, 3, 9, 3), "narrow": 64, "wide": 96},
    "resnet200": {"start": "resnet200", "depths": (3, 3, 27, 3), "narrow": 84, "wide": 128},
}

FURTHER: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "grn": MappingProxyType({"grn": True, "layer_scale": None}),  # Woo et al. 2023
        # What the last step would be without the norms that come with it: the paper says that
        # training diverges (section 2.6).
        "no_norms": MappingProxyType(
            {"downsample": "separate_plain", "stem_norm": False, "head_norm": "none"}
        ),
    }
)
"""Changes that the paper's roadmap does not have."""

# The same walk for 32×32 pictures: a stem of ResNet's kind for them, one stage less, and blocks
# few and narrow enough for a lesson. Layer scale and stochastic depth are those of small networks.
_SMALL_START = replace(
    RESNET["resnet50"],
    stem="conv3",
    patch_size=2,
    depths=(1, 2, 1),
    dims=(16, 32, 64),
    num_classes=10,
)
_SMALL = {"depths": (1, 3, 1), "narrow": 16, "wide": 24}
_NO_TWIN = ("start", "recipe")

SMALL = "small"
"""The regime of :func:`small_roadmap`, for :func:`walk`."""


@cache
def roadmap(regime: str = "resnet50") -> tuple[Step, ...]:
    """The networks of Table 10 (``"resnet50"``) or Table 11 (``"resnet200"``), in their order.

    Raises ``ValueError`` for another regime.
    """
    if regime not in REGIMES:
        known = ", ".join(REGIMES)
        raise ValueError(t("specs.error.unknown_name", name=regime, known=known))
    drop_path = 0.1 if regime == "resnet50" else 0.5  # Table 5: T 0.1, B 0.5
    recipe = {"layer_scale": 1e-6, "drop_path_rate": drop_path}
    return _steps(regime, RESNET[REGIMES[regime]["start"]], recipe, REGIMES[regime])


@cache
def small_roadmap() -> tuple[Step, ...]:
    """The same walk between networks for 32×32 pictures; nobody published them."""
    return _steps(SMALL, _SMALL_START, {"layer_scale": 0.1}, _SMALL)


def small_twins(earlier: str, key: str) -> tuple[ConvNeXtSpec, ConvNeXtSpec] | None:
    """The small networks of two steps; None where the step changes only how they are trained."""
    small = {step.key: step.spec for step in small_roadmap()}
    return None if key in _NO_TWIN else (small[earlier], small[key])


def _steps(
    regime: str, start: ConvNeXtSpec, recipe: dict[str, Any], row: dict[str, Any]
) -> tuple[Step, ...]:
    depths = row["depths"]
    narrow, wide = (_times(row[name], len(depths)) for name in ("narrow", "wide"))
    grows = {} if narrow == start.dims else {"dims": narrow}  # with the stage ratio
    changes: tuple[tuple[str, dict[str, Any]], ...] = (
        ("recipe", recipe),
        ("stage_ratio", {"depths": depths, **grows}),
        ("patchify", {"stem": "patchify"}),
        ("depthwise", {"depthwise": True}),
        ("width", {"dims": wide}),
        ("inverted", _INVERTED),
        ("move_up", _MOVED),
        ("kernel5", {"kernel_size": 5}),
        ("kernel7", {"kernel_size": 7}),
        ("kernel9", {"kernel_size": 9}),
        ("kernel11", {"kernel_size": 11}),
        ("gelu", _GELU),
        ("fewer_acts", _FEWER_ACTS),
        ("fewer_norms", _FEWER_NORMS),
        ("layer_norm", _LAYER_NORM),
        ("separate", _SEPARATE),
    )
    here = replace(start, name=f"{regime}_start")
    steps = [Step(key="start", spec=here, change=MappingProxyType({}))]
    for key, change in changes:
        spec = replace(here, name=f"{regime}_{key}", **change)
        adopted = key not in _TRIALS
        steps.append(Step(key=key, spec=spec, adopted=adopted, change=MappingProxyType(change)))
        here = spec if adopted else here
    return tuple(steps)


def before(steps: Sequence[Step], number: int) -> Step | None:
    """The step that step ``number`` changes: the last one adopted before it; None at the start."""
    return next((step for step in reversed(steps[:number]) if step.adopted), None)


def walk(regime: str, keys: Iterable[str]) -> Iterator[Step]:
    """The networks of the adopted changes ``keys``, in that order, whatever the paper's was.

    Raises ``ValueError``, naming the field, at the first one that is no network.
    """
    first, *steps = small_roadmap() if regime == SMALL else roadmap(regime)
    changes = {**{step.key: step.change for step in steps}, **FURTHER}
    spec = first.spec
    yield first
    for key in keys:
        spec = replace(spec, name=f"{regime}_{key}", **changes[key])
        yield Step(key=key, spec=spec, change=changes[key])


def _times(width: int, stages: int) -> tuple[int, ...]:
    return tuple(width * factor for factor in _DOUBLING[:stages])
