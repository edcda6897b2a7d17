"""Foreign state dicts: renames their weights to our names, and says which network they are.

A pure function of names, shapes and tensors; which names are understood stands in ``dialects``.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor

from convnext_viz.nets.checkpoints.dialects.dialect import Dialect
from convnext_viz.nets.checkpoints.dialects.heads import head_of
from convnext_viz.nets.checkpoints.recognise import networks_of, ranked
from convnext_viz.nets.weights import WeightsError
from convnext_viz.specs import Spec
from convnext_viz.specs.fields import described
from convnext_viz.text import t


def rename(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A state dict under our names and in our shapes, whatever wrapped it; nothing is copied.

    Names that the dialect does not know stay as they are. Raises WeightsError where the names are
    no dialect's.
    """
    return renamed(*unwrap(state))


def spec_of(state: Mapping[str, Tensor], **given: Any) -> Spec:
    """The spec of a state dict in any dialect that ``rename`` understands.

    Depths, widths, kernels, stem, norms, GRN, layer scale and head are read off names and shapes.
    What cannot be (``assumptions`` lists it) is taken from the named network of the same shape,
    else it is the default; ``given`` fields overrule both.
    Raises WeightsError where no network of a family has such weights.
    """
    dialect, bare = unwrap(state)
    shapes = {name: tuple(tensor.shape) for name, tensor in renamed(dialect, bare).items()}
    try:
        spec: Spec = dialect.spec(shapes, bare)
        return replace(spec, **(_brought(spec, given) | given))
    except (KeyError, IndexError) as missing:
        raise WeightsError(t("nets.error.no_spec", reason=str(missing).strip("'"))) from missing
    except WeightsError:
        raise
    except (ValueError, TypeError) as illegal:
        raise WeightsError(t("nets.error.no_spec", reason=str(illegal))) from illegal


def _brought(spec: Spec, given: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are part of the convention of given ones that are not the spec's: of another
    norm, its epsilon."""
    values: dict[str, Any] = {}
    for field, one in described(spec).items():
        if field in given and given[field] != getattr(spec, field):
            brought = {other: by.get(given[field]) for other, by in one.brings.items()}
            values |= {other: value for other, value in brought.items() if value is not None}
    return values


def unwrap(state: Mapping[str, Tensor]) -> tuple[Dialect, dict[str, Tensor]]:
    """The dialect, and the network's weights without what wrapped them and what is beside them.

    Of several networks it is the first of ``ranked``. Raises WeightsError where none is recognised.
    """
    for network in ranked(networks_of(state)):
        return network.dialect, network.state
    raise WeightsError(t("nets.error.names", names=", ".join(list(state)[:3])))


def renamed(dialect: Dialect, bare: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The state dict of a dialect under our names and in our shapes."""
    found: dict[str, Tensor] = {}
    for theirs, name in our_names(dialect, bare).items():
        if name is not None:
            found[name] = dialect.reshaped(name, bare[theirs])
    return dict(dialect.joined(found))


def our_names(dialect: Dialect, bare: Mapping[str, Tensor]) -> dict[str, str | None]:
    """Our name of each of theirs; None for what is no part of the network."""
    rows = [(_pattern(theirs), ours) for theirs, ours in dialect.names(bare).items()]
    names: dict[str, str | None] = {}
    for theirs in bare:
        names[theirs] = theirs
        for pattern, ours in rows:
            if match := pattern.match(theirs):
                rest = theirs[match.end() :]
                names[theirs] = None if ours is None else _filled(ours, match, dialect) + rest
                break
    linear = head_of(bare).linear
    known = ("head.fc.weight", "head.hidden.weight")
    if len(linear) == 1 and names[f"{linear[0]}weight"] not in known:  # somebody's own
        names |= {
            n: f"head.fc.{n.removeprefix(linear[0])}" for n in bare if n.startswith(linear[0])
        }
    return names


def _pattern(theirs: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>\\d+)", re.escape(theirs)))


def _filled(ours: str, match: re.Match[str], dialect: Dialect) -> str:
    numbers = {place: int(number) for place, number in match.groupdict().items()}
    if "stage" in numbers:
        numbers["stage"] = dialect.stage(numbers["stage"])
    return ours.format(**numbers)
