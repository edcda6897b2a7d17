"""Conversion of specs to differences, JSON and URL parameters, and back."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

from convnext_viz.specs import fields
from convnext_viz.specs.families import FAMILIES, Spec, family_of, field_names
from convnext_viz.text import t

FIRST_FAMILY = "convnext"  # of every JSON that was written before there were others


def diff(a: Spec, b: Spec) -> dict[str, tuple[Any, Any]]:
    """Fields in which two specs differ, as ``{field: (value in a, in b)}``; names left out.

    Between two families, ``"family"`` differs too, and a field that one of them lacks is None.
    """
    names = dict.fromkeys((*field_names(a), *field_names(b)))
    pairs = {f: (getattr(a, f, None), getattr(b, f, None)) for f in names if f != "name"}
    families = {"family": (family_of(a).key, family_of(b).key)}
    return {f: (old, new) for f, (old, new) in (families | pairs).items() if old != new}


def same_function(a: Spec, b: Spec) -> bool:
    """Whether two specs differ at most in their form, so that weights can be converted."""
    known = {**fields.described(a), **fields.described(b)}
    return all(field in known and known[field].keeps_outputs for field in diff(a, b))


def varied(specs: Sequence[Spec]) -> tuple[str, ...]:
    """Fields in which not all of the specs agree, ``"family"`` among them; names left out."""
    pairs = (diff(specs[0], other) for other in specs[1:])
    return tuple(dict.fromkeys(field for changed in pairs for field in changed))


def to_dict(spec: Spec) -> dict[str, Any]:
    """A JSON-able dictionary of the family and every field; tuples become lists."""
    return {"family": family_of(spec).key, **fields.to_json(spec)}


def from_dict(values: Mapping[str, Any]) -> Spec:
    """The spec of a dictionary; one without a family is a ConvNeXt's.

    Raises ``ValueError`` for an unknown family and an unknown or illegal field.
    """
    others = dict(values)
    key = others.pop("family", FIRST_FAMILY)
    if key not in list(FAMILIES):  # a list, as a file may bring what cannot be hashed
        raise fields.refusal("family", key, ", ".join(FAMILIES))
    spec: Spec = fields.from_json(FAMILIES[key].spec, others, "specs.error.unknown_field")
    return spec


def to_query(spec: Spec, base: Spec) -> dict[str, str]:
    """URL parameters that turn ``base`` into ``spec``, of the same family: only what differs, each
    value as JSON."""
    return {f: json.dumps(new, separators=(",", ":")) for f, (_, new) in diff(base, spec).items()}


def from_query(query: Mapping[str, str], base: Spec) -> Spec:
    """The spec that ``query`` makes of ``base``; parameters that are not spec fields are ignored.

    Raises ``ValueError`` for a value that is not JSON or not legal.
    """
    changes = {}
    for field, text in query.items():
        if field in field_names(base) and field != "name":
            try:
                changes[field] = json.loads(text)
            # A number of 5,000 digits is a plain ValueError, brackets without end a recursion.
            except (ValueError, RecursionError):
                shown = text[: fields.MAX_SHOWN]
                raise ValueError(t("specs.error.not_json", field=field, value=shown)) from None
    return dataclasses.replace(base, **changes) if changes else base
