"""Foreign state dicts: renames their weights to our names, and says which network they are.

A pure function of names, shapes and tensors; which names are understood stands in ``dialects``.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from convnext_viz.nets.checkpoints.dialects import DIALECTS
from convnext_viz.nets.checkpoints.dialects.dialect import Dialect
from convnext_viz.nets.weights import WeightsError
from convnext_viz.specs import Spec
from convnext_viz.text import t

_WRAPPERS = ("module.", "_orig_mod.", "model.", "net.", "backbone.", "encoder.")
_CLIP = "visual.trunk."


def rename(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A state dict under our names and in our shapes, whatever wrapped it; nothing is copied.

    Names that the dialect does not know stay as they are. Raises WeightsError where the names are
    no dialect's.
    """
    return renamed(*unwrap(state))


def spec_of(state: Mapping[str, Tensor], **given: Any) -> Spec:
    """The spec of a state dict in any dialect that ``rename`` understands.

    Depths, widths, kernels, stem, norms, GRN, layer scale and head are read off names and shapes.
    What cannot be (the activation, the norm's epsilon, RMSNorm or SimpleNorm) is taken from the
    named network of the same shape, else it is the default; ``given`` fields overrule both.
    Raises WeightsError where no network of a family has such weights.
    """
    dialect, bare = unwrap(state)
    shapes = {name: tuple(tensor.shape) for name, tensor in renamed(dialect, bare).items()}
    try:
        return replace(dialect.spec(shapes, bare), **given)
    except (KeyError, IndexError) as missing:
        raise WeightsError(t("nets.error.no_spec", reason=str(missing).strip("'"))) from missing
    except ValueError as illegal:
        raise WeightsError(t("nets.error.no_spec", reason=str(illegal))) from illegal


def unwrap(state: Mapping[str, Tensor]) -> tuple[Dialect, dict[str, Tensor]]:
    """The dialect, and the state dict without the prefixes that wrappers add.

    Wrappers are DataParallel, torch.compile, a training framework's module, or a CLIP model, of
    which only the image tower is read. Raises WeightsError where no dialect is recognised.
    """
    bare = dict(state)
    for _ in range(4):  # wrappers in wrappers: model.module.visual.trunk.
        if any(name.startswith(_CLIP) for name in bare):
            bare = _image_tower(bare)
        for dialect in DIALECTS:
            if any(name.startswith(dialect.anchor) for name in bare):
                return dialect, bare
        worn = [w for w in _WRAPPERS if any(name.startswith(w) for name in bare)]
        if not worn:
            break
        bare = {name.removeprefix(worn[0]): tensor for name, tensor in bare.items()}
    raise WeightsError(t("nets.error.names", names=", ".join(list(state)[:3])))


def renamed(dialect: Dialect, bare: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The state dict of a dialect under our names and in our shapes."""
    rows = [(_pattern(theirs), ours) for theirs, ours in dialect.names(bare).items()]
    found: dict[str, Tensor] = {}
    for theirs, tensor in bare.items():
        name: str | None = theirs
        for pattern, ours in rows:
            if match := pattern.match(theirs):
                rest = theirs[match.end() :]
                name = None if ours is None else _filled(ours, match, dialect) + rest
                break
        if name is not None:
            found[name] = dialect.reshaped(name, tensor)
    return found


def _pattern(theirs: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>\\d+)", re.escape(theirs)))


def _filled(ours: str, match: re.Match[str], dialect: Dialect) -> str:
    numbers = {place: int(number) for place, number in match.groupdict().items()}
    if "stage" in numbers:
        numbers["stage"] = dialect.stage(numbers["stage"])
    return ours.format(**numbers)


def _image_tower(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """open_clip's image tower in timm's names; its projection, which has no bias, as classifier."""
    tower = {n.removeprefix(_CLIP): v for n, v in state.items() if n.startswith(_CLIP)}
    for name, here in (
        ("visual.head.proj.weight", "head.fc.weight"),
        ("visual.head.mlp.fc1.weight", "head.pre_logits.fc.weight"),
        ("visual.head.mlp.fc1.bias", "head.pre_logits.fc.bias"),
        ("visual.head.mlp.fc2.weight", "head.fc.weight"),
    ):
        if name in state:
            tower[here] = state[name]
    if "head.fc.weight" in tower:
        fc = tower["head.fc.weight"]
        tower.setdefault("head.fc.bias", torch.zeros(len(fc), dtype=fc.dtype, device=fc.device))
    return tower
