"""Fields of a flat description (a network, a recipe, a data set): what each may hold, said once.

A frozen dataclass gives every field its default through one of the functions here::

    kernel_size: int = integer(7, 1, 63, group="block", unit="px")

The check and its error, JSON, a link's values, the control and its limits, and the tests' random
values all follow from that line.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from math import inf, isfinite
from typing import Any, Literal, TypeVar, get_args

from convnext_viz.text import t

Kind = Literal["text", "flag", "choice", "number", "numbers"]
Described = TypeVar("Described")

MAX_STAGES = 8
MAX_SHOWN = 100  # characters of a refused value in its error


@dataclass(frozen=True, kw_only=True)
class Field:
    """What one field may hold, and how a control offers it.

    ``low`` and ``high`` are legal themselves unless ``low_open`` or ``high_open``.
    """

    kind: Kind
    choices: tuple[str, ...] = ()  # of a "choice"
    short: Mapping[str, str] = field(default_factory=dict)  # the field's abbreviations of choices
    # Values of other fields that are part of a choice's convention: of a norm, its epsilon.
    brings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    low: float = -inf
    high: float = inf
    low_open: bool = False
    high_open: bool = False
    integral: bool = False  # whole numbers only
    odd: bool = False
    optional: bool = False  # None is legal: off
    counts: tuple[int, int] = (1, MAX_STAGES)  # least and most entries of "numbers"
    one_for_all: bool = False  # "numbers" may be a single number as well
    like: str = ""  # an earlier field of "numbers" that has as many entries
    group: str = ""  # fields whose controls stand together
    unit: str = ""
    keeps_outputs: bool = False  # weights can be converted to another value: the same function
    needs: tuple[str, ...] = ()  # fields without all of which this one is of no use
    step: float | None = None  # of the control
    format: str | None = None  # of the control, printf's
    limits: tuple[float, float] | None = None  # of the control, where they are narrower
    allowed: str = ""  # what an error says is allowed, where that is not plain from the above
    allowed_label: str = ""  # the same as a label's key


def text(default: str, **more: Any) -> Any:
    """A field for any text."""
    return _field(default, Field(kind="text", **more))


def flag(default: bool, **more: Any) -> Any:
    """A field for True or False."""
    return _field(default, Field(kind="flag", **more))


def choice(default: str, words: Any, **more: Any) -> Any:
    """A field for one of the words of the Literal ``words``."""
    return _field(default, Field(kind="choice", choices=get_args(words), **more))


def number(default: float | None, low: float = -inf, high: float = inf, **more: Any) -> Any:
    """A field for a finite number from ``low`` to ``high``."""
    return _field(default, Field(kind="number", low=low, high=high, **more))


def integer(default: int | None, low: int, high: float = inf, **more: Any) -> Any:
    """A field for a whole number from ``low`` to ``high``."""
    return _field(default, Field(kind="number", low=low, high=high, integral=True, **more))


def per_stage(default: int | tuple[int, ...], most: int, **more: Any) -> Any:
    """A field for one whole number from 1 to ``most`` for each stage."""
    return _field(default, Field(kind="numbers", low=1, high=most, integral=True, **more))


def numbers(default: tuple[float, ...], low: float = -inf, high: float = inf, **more: Any) -> Any:
    """A field for as many finite numbers as its default has, unless ``counts`` says otherwise."""
    more.setdefault("counts", (len(default), len(default)))
    return _field(default, Field(kind="numbers", low=low, high=high, **more))


def _field(default: object, described: Field) -> Any:
    return field(default=default, metadata={"field": described})


def described(description: object) -> Mapping[str, Field]:
    """Every field's name and what it may hold, in order; of a dataclass or one of its objects."""
    kind: Any = description if isinstance(description, type) else type(description)
    return _described(kind)


@cache
def _described(description: Any) -> Mapping[str, Field]:
    return {one.name: one.metadata["field"] for one in fields(description)}


def groups(description: object) -> dict[str, tuple[str, ...]]:
    """The names of the fields that stand together, by group."""
    found: dict[str, tuple[str, ...]] = {}
    for name, one in described(description).items():
        if one.group:
            found[one.group] = (*found.get(one.group, ()), name)
    return found


def limits(one: Field) -> tuple[float, float]:
    """Smallest and largest value of a number's control, in the type that the field has."""
    low, high = one.limits or (one.low, one.high)
    return (low, high) if one.integral else (float(low), float(high))


def to_json(description: Any) -> dict[str, Any]:
    """Every field in the types that JSON has: tuples become lists."""
    values = {name: getattr(description, name) for name in described(description)}
    return {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}


def from_json(
    description: type[Described], values: Mapping[str, Any], unknown: str = "specs.error.field"
) -> Described:
    """The description that has ``values`` and defaults elsewhere.

    Raises ValueError, in the words of the label ``unknown``, for a field that there is not.
    """
    known = described(description)
    for name, value in values.items():
        if name not in known:
            raise refusal(name, value, ", ".join(known), unknown)
    return description(**values)


def check(description: Any, error: str = "specs.error.field") -> None:
    """Raises ValueError, in the words of the label ``error``, unless every field is legal.

    JSON and notebooks bring lists where a description has tuples, as it must stay hashable; they
    are made tuples here.
    """
    for name, one in described(description).items():
        value = getattr(description, name)
        if one.kind == "numbers" and isinstance(value, list):
            value = tuple(value)
            object.__setattr__(description, name, value)
        stages = len(getattr(description, one.like)) if one.like else 0
        if not _is_legal(one, value):
            raise refusal(name, value, _allowed(one, stages), error)
        if stages and isinstance(value, tuple) and len(value) != stages:
            as_many = t("specs.allowed.as_many", stages=stages, field=one.like)
            raise refusal(name, value, _allowed(one, stages) if one.one_for_all else as_many, error)


def refusal(name: str, value: object, allowed: str, error: str = "specs.error.field") -> ValueError:
    """The error that names a field, its value and what is allowed; for checks across fields."""
    shown = repr(value)
    if len(shown) > MAX_SHOWN:  # a link may bring anything; the sentence stays readable
        shown = f"{shown[:MAX_SHOWN]}…"
    return ValueError(t(error, field=name, value=shown, allowed=allowed))


def _is_legal(one: Field, value: object) -> bool:
    match one.kind:
        case "text":
            return isinstance(value, str)
        case "flag":
            return isinstance(value, bool)
        case "choice":
            return isinstance(value, str) and value in one.choices
        case "number":
            return (one.optional and value is None) or _is_in_range(one, value)
    if not isinstance(value, tuple):
        return one.one_for_all and _is_in_range(one, value)
    least, most = one.counts
    return least <= len(value) <= most and all(_is_in_range(one, entry) for entry in value)


def _is_in_range(one: Field, value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int if one.integral else int | float):
        return False
    if isinstance(value, float) and not isfinite(value):
        return False
    above = value > one.low if one.low_open else value >= one.low
    below = value < one.high if one.high_open else value <= one.high
    return above and below and (not one.odd or value % 2 == 1)


def _allowed(one: Field, stages: int) -> str:
    """What a field may hold, in words."""
    if one.allowed or one.allowed_label:
        return one.allowed or t(one.allowed_label)
    match one.kind:
        case "text":
            return t("specs.allowed.text")
        case "flag":
            return "True, False"
        case "choice":
            return ", ".join(one.choices)
        case "number":
            words = _range(one)
            return t("specs.allowed.or_none", allowed=words) if one.optional else words
    if one.one_for_all:
        return t("specs.allowed.kernels", most=one.high, stages=stages)
    if one.counts[0] == one.counts[1]:
        return t("specs.allowed.numbers", count=one.counts[0], allowed=_range(one))
    return t("specs.allowed.stage_ints", most=one.high, stages=one.counts[1])


def _range(one: Field) -> str:
    if one.high == inf and one.integral:
        return f"{one.low}, {one.low + 1}, {one.low + 2}, …"
    if one.high == inf:
        return f"{'>' if one.low_open else '≥'} {one.low:g}"
    if one.high_open:
        return f"{one.low:g} ≤ … < {one.high:g}"
    if one.integral:
        kind = "odd" if one.odd else "whole"
        return t(f"specs.allowed.{kind}", low=one.low, high=one.high)
    return t("specs.allowed.range", low=f"{one.low:g}", high=f"{one.high:g}")
