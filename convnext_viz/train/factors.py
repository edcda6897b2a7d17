"""Factors of an experiment: the fields whose values its arms combine."""

from collections.abc import Sequence
from math import prod

from convnext_viz.specs import Spec, varied
from convnext_viz.specs.fields import described


def crossed(specs: Sequence[Spec]) -> dict[str, tuple[str, ...]]:
    """The factors of which ``specs`` are every combination, once each; by field, the value that
    each spec has, as labels show it ("LN", "7").

    A field that another one brings along (a norm its epsilon) is no factor. Empty where the specs
    are no full grid, or of several families.
    """
    differing = varied(specs)
    if "family" in differing:
        return {}
    known = described(specs[0])
    brought = {other for field in differing for other in known[field].brings}
    found = {f: tuple(level(spec, f) for spec in specs) for f in known if f in differing}
    for field in sorted(found, key=lambda field: field not in brought):
        others = (values for name, values in found.items() if name != field)
        if any(_determines(values, found[field]) for values in others):
            del found[field]
    full = prod(len(set(values)) for values in found.values())
    combinations = set(zip(*found.values(), strict=True))
    return found if full == len(combinations) == len(specs) else {}


def level(spec: Spec, field: str) -> str:
    """The value of a spec's field, as short as it can be said: "LN", "GELU", "7"."""
    value = getattr(spec, field)
    shown = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return described(spec)[field].short.get(shown) or shown


def _determines(values: Sequence[str], others: Sequence[str]) -> bool:
    return len(set(zip(values, others, strict=True))) == len(set(values))
