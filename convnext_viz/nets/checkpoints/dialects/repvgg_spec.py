"""The RepVGGSpec of a network, read from the names and shapes of its weights."""

import re
from dataclasses import fields, replace
from typing import Any

from convnext_viz.nets.checkpoints.dialects.dialect import Shapes
from convnext_viz.specs import RepVGGSpec, family_of

# What leaves no trace in names or shapes: known for named networks, else the default is assumed.
_UNSEEN = ("name", "stem_stride", "act", "se_position", "norm_eps", "drop_rate")
_BRANCHES = ("pointwise_branch", "identity_branch")  # unseen once they are fused
_OTHERS = ("in_chans", "num_classes", "form")  # a named network may have another one


def read(shapes: Shapes) -> RepVGGSpec:
    """The spec of weights with our names: of the named network that looks the same, if one does.

    Raises KeyError, IndexError or ValueError where no network of the family has such weights.
    """
    seen = RepVGGSpec(name="checkpoint", **_fields(shapes))
    for variant in family_of(seen).variants.values():
        other = replace(variant, **{field: getattr(seen, field) for field in _OTHERS})
        if _trace(other) == _trace(seen):
            return other
    return seen


def _trace(spec: RepVGGSpec) -> dict[str, Any]:
    """What names and shapes show of a spec."""
    unseen = (*_UNSEEN, *(_BRANCHES if spec.form == "deployed" else ()))
    return {f.name: getattr(spec, f.name) for f in fields(spec) if f.name not in unseen}


def _fields(shapes: Shapes) -> dict[str, Any]:
    places = sorted(
        {
            (int(found[1]), int(found[2]))
            for name in shapes
            if (found := re.match(r"stage(\d+)\.blocks\.(\d+)\.", name))
        }
    )
    blocks = [f"stage{stage}.blocks.{number}." for stage, number in places]
    kernels = [_kernel(shapes, block) for block in ("stem.blocks.0.", *blocks)]
    stages = range(1, places[-1][0] + 1)
    depths = tuple(sum(stage == one for stage, _ in places) for one in stages)
    trained = any(name.endswith(".norm.weight") for name in shapes)
    return {
        "in_chans": kernels[0][1],
        "depths": depths,
        "dims": tuple(kernels[sum(depths[:stage])][0] for stage in stages),
        "form": "training" if trained else "deployed",
        "kernel_size": kernels[0][2],
        "pointwise_branch": not trained or any(".pointwise." in name for name in shapes),
        "identity_branch": not trained or any(".identity." in name for name in shapes),
        # The second layer behind the stem is the first one that may be grouped.
        "groups": kernels[1][0] // kernels[2][1] if len(kernels) > 2 else 1,
        "se_reduction": _reduction(shapes),
        "num_classes": shapes["head.fc.weight"][0] if "head.fc.weight" in shapes else 0,
    }


def _kernel(shapes: Shapes, block: str) -> tuple[int, ...]:
    """The shape of a block's k×k kernels, wherever they stand: (out, in / groups, k, k)."""
    dense = f"{block}dense.conv.weight"
    return shapes[dense] if dense in shapes else shapes[f"{block}conv.weight"]


def _reduction(shapes: Shapes) -> int | None:
    """How many times narrower the widest squeeze-and-excitation is inside."""
    found = [shape for name, shape in shapes.items() if name.endswith("se.down.weight")]
    if not found:
        return None
    hidden, channels = max(found)
    return channels // hidden
