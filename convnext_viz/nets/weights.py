"""Trained weights and what belongs to them: the net, its labels, its preprocessing, its licence."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from convnext_viz.nets.builder import build
from convnext_viz.nets.preprocess import Preprocess
from convnext_viz.specs import Spec
from convnext_viz.text import t

_NAMED = 3  # names that an error lists before it only counts


class WeightsError(ValueError):
    """Weights that cannot be had or do not fit; the message says why, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Assumption:
    """A field of the spec that a file does not say: what is taken, and what it could be."""

    field: str
    value: Any
    options: tuple[Any, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Pretrained:
    """A net with trained weights: in eval mode, without gradients, channels_last, never changed.

    ``labels`` has a name for every class, or is empty where the outputs are no classes (features,
    CLIP embeddings) or their names are not known. ``licence`` is the weights', ``source`` where
    they come from; both are empty where nobody knows. ``notes`` say what of a file was left out,
    and what was interpolated. ``found`` names the networks in a file, ``taken`` the one that this
    is; ``assumed`` is what the file does not say of it. ``stated``: ``"labels"`` and those fields
    of the preprocessing that the file says, the others being the usual ones.
    """

    net: nn.Sequential
    spec: Spec
    labels: tuple[str, ...]
    preprocess: Preprocess
    licence: str = ""
    source: str = ""
    notes: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    taken: str = ""
    assumed: tuple[Assumption, ...] = ()
    stated: tuple[str, ...] = ()


def fill(spec: Spec, state: Mapping[str, Tensor]) -> nn.Sequential:
    """The net of a spec with the weights of ``state`` (our names), ready to be cached.

    The tensors are taken over, not copied. Raises WeightsError, naming the first few layers, where
    names or shapes do not match or a number is not finite.
    """
    with torch.device("meta"):
        net = build(spec)
    wanted = net.state_dict()
    given = dict(state)
    for name, tensor in wanted.items():
        if name.endswith("num_batches_tracked"):  # old files lack it, and only training needs it
            # Not zeros_like: of a meta tensor that is torch's own Python, which imports sympy.
            given.setdefault(name, torch.zeros(tensor.shape, dtype=tensor.dtype))
    _check_names("nets.error.missing", [n for n in wanted if n not in given], spec)
    _check_names("nets.error.unexpected", [n for n in given if n not in wanted], spec)
    for name, tensor in wanted.items():
        if given[name].shape != tensor.shape:
            found, expected = _shape_text(given[name]), _shape_text(tensor)
            raise WeightsError(t("nets.error.shape", name=name, found=found, expected=expected))
        if not given[name].isfinite().all():
            raise WeightsError(t("nets.error.not_finite", name=name))
    net.load_state_dict(given, assign=True)
    return net.eval().requires_grad_(False).to(memory_format=torch.channels_last)


def fingerprint(net: nn.Module) -> str:
    """SHA-256 of every weight's name, shape, type and numbers: the same for the same weights.

    Unlike a file's checksum it does not depend on how they were stored, and every net has one.
    """
    seen = hashlib.sha256()
    for name, tensor in sorted(net.state_dict().items()):
        seen.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}\n".encode())
        seen.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())
    return seen.hexdigest()


def _check_names(key: str, names: list[str], spec: Spec) -> None:
    if names:
        first = ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
        raise WeightsError(t(key, count=len(names), names=first, spec=spec.name))


def _shape_text(tensor: Tensor) -> str:
    return "×".join(map(str, tensor.shape)) or "1"
