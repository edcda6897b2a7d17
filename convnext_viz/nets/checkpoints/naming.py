"""A dialect's table applied: the weights of a state dict under our names and in our shapes."""

import re
from collections.abc import Mapping

from torch import Tensor

from convnext_viz.nets.checkpoints.dialects.dialect import Dialect
from convnext_viz.nets.checkpoints.dialects.heads import head_of
from convnext_viz.nets.checkpoints.dialects.relatives import refused


def renamed(dialect: Dialect, bare: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The state dict of a dialect under our names and in our shapes.

    Raises KeyError where two of their weights would be one of ours; WeightsError for two norms in
    front of the classifier.
    """
    found: dict[str, Tensor] = {}
    for theirs, name in our_names(dialect, bare).items():
        if name in found and name.startswith("head.norm."):
            raise refused("head_norms")
        if name in found:
            raise KeyError(f"{theirs}: {name}")
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
