"""Specs as differences, JSON and URL parameters."""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from convnext_viz.specs.convnext import MAX_SHOWN, ConvNeXtSpec
from convnext_viz.text import t

FIELDS = tuple(field.name for field in dataclasses.fields(ConvNeXtSpec))


def diff(a: ConvNeXtSpec, b: ConvNeXtSpec) -> dict[str, tuple[Any, Any]]:
    """Fields in which two specs differ, as ``{field: (value in a, in b)}``; names left out."""
    pairs = ((f, getattr(a, f), getattr(b, f)) for f in FIELDS if f != "name")
    return {field: (old, new) for field, old, new in pairs if old != new}


def to_dict(spec: ConvNeXtSpec) -> dict[str, Any]:
    """A JSON-able dictionary of every field; tuples become lists."""
    return {f: list(v) if isinstance(v := getattr(spec, f), tuple) else v for f in FIELDS}


def from_dict(values: Mapping[str, Any]) -> ConvNeXtSpec:
    """The spec of a dictionary; raises ``ValueError`` for an unknown or illegal field."""
    for field in values:
        if field not in FIELDS:
            raise ValueError(t("specs.error.unknown_field", field=field, known=", ".join(FIELDS)))
    return ConvNeXtSpec(**values)


def to_query(spec: ConvNeXtSpec, base: ConvNeXtSpec) -> dict[str, str]:
    """URL parameters that turn ``base`` into ``spec``: only what differs, each value as JSON."""
    return {f: json.dumps(new, separators=(",", ":")) for f, (_, new) in diff(base, spec).items()}


def from_query(query: Mapping[str, str], base: ConvNeXtSpec) -> ConvNeXtSpec:
    """The spec that ``query`` makes of ``base``; parameters that are not spec fields are ignored.

    Raises ``ValueError`` for a value that is not JSON or not legal.
    """
    changes = {}
    for field, text in query.items():
        if field in FIELDS and field != "name":
            try:
                changes[field] = json.loads(text)
            # A number of 5,000 digits is a plain ValueError, brackets without end a recursion.
            except (ValueError, RecursionError):
                shown = text[:MAX_SHOWN]
                raise ValueError(t("specs.error.not_json", field=field, value=shown)) from None
    return dataclasses.replace(base, **changes) if changes else base
