"""What a field's description gives: the check, JSON and a control's limits, for every owner."""

import json
from dataclasses import fields
from math import isfinite, nextafter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convnext_viz.data.sources import DataSpec
from convnext_viz.nets.preprocess import Preprocess
from convnext_viz.specs import ConvNeXtSpec
from convnext_viz.specs.fields import described, from_json, groups, limits, to_json
from convnext_viz.train.recipe import Recipe
from tests.strategies import value

OWNERS = (ConvNeXtSpec, Recipe, DataSpec, Preprocess)
NUMBERS = [
    (owner, name)
    for owner in OWNERS
    for name, one in described(owner).items()
    if one.kind == "number"
]
# Fields that only some values of another allow; their own tests are elsewhere.
TOGETHER = {
    *("lr", "min_lr", "epochs", "warmup_epochs", "kind"),
    *("depths", "dims", "kernel_size", "stem", "stem_act", "patch_size"),
    *("norm", "expansion", "bottleneck", "groups", "inner_ratio", "head_norm", "head_hidden"),
    *("mean", "std"),
    *("norm_groups", "downsample", "first_downsample"),
}


@pytest.mark.parametrize("owner", OWNERS)
def test_every_field_is_described_and_every_default_is_legal(owner: type) -> None:
    assert list(described(owner)) == [field.name for field in fields(owner)]  # type: ignore[arg-type]
    assert from_json(owner, to_json(owner())) == owner()


@pytest.mark.parametrize(
    ("owner", "name"),
    [(owner, name) for owner in OWNERS for name in described(owner) if name not in TOGETHER],
)
@given(data=st.data())
def test_any_legal_value_comes_back_from_json(owner: type, name: str, data: st.DataObject) -> None:
    drawn = owner(**{name: data.draw(value(described(owner)[name], stages=4))})
    again = from_json(owner, json.loads(json.dumps(to_json(drawn))))
    assert again == drawn and hash(again) == hash(drawn)


@pytest.mark.parametrize(("owner", "name"), NUMBERS)
def test_the_ends_of_a_range_are_legal_unless_they_are_open(owner: type, name: str) -> None:
    one = described(owner)[name]
    step = 1 if one.integral else 0
    ends = ((one.low, one.low_open, -1), (one.high, one.high_open, 1))
    for end, is_open, way in ends:
        if not isfinite(end) or name in TOGETHER:
            continue
        beyond = end + way * step if step else nextafter(end, way * float("inf"))
        with pytest.raises(ValueError, match=name):
            owner(**{name: beyond})
        if is_open:
            with pytest.raises(ValueError, match=name):
                owner(**{name: end})
        else:
            assert getattr(owner(**{name: end}), name) == end


@pytest.mark.parametrize(("owner", "name"), [(o, n) for o, n in NUMBERS if described(o)[n].group])
def test_a_control_offers_legal_numbers_only(owner: type, name: str) -> None:
    one = described(owner)[name]
    low, high = limits(one)
    assert one.low <= low < high <= one.high and isfinite(high)
    assert {type(low), type(high)} == {int if one.integral else float}


def test_every_group_of_settings_has_its_fields_once() -> None:
    for owner, free in ((ConvNeXtSpec, {"name"}), (Recipe, set())):
        grouped = [name for names in groups(owner).values() for name in names]
        assert len(grouped) == len(set(grouped))
        assert set(described(owner)) - set(grouped) == free


@pytest.mark.parametrize("owner", OWNERS)
def test_an_unknown_field_is_named(owner: Any) -> None:
    with pytest.raises(ValueError, match="colour"):
        from_json(owner, {"colour": "red"})
