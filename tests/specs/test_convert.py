"""Specs as differences, JSON and URL parameters: there and back again."""

import json
from contextlib import suppress
from dataclasses import fields, replace
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convnext_viz.specs import (
    FAMILIES,
    ConvNeXtSpec,
    diff,
    field_names,
    from_dict,
    from_query,
    to_dict,
    to_query,
)
from convnext_viz.text import use_language
from tests.strategies import specs


@given(specs())
def test_json_brings_every_field_back(spec: ConvNeXtSpec) -> None:
    assert from_dict(json.loads(json.dumps(to_dict(spec)))) == spec
    assert set(to_dict(spec)) == {"family", *(field.name for field in fields(ConvNeXtSpec))}


@given(specs(), specs() | st.sampled_from(list(FAMILIES["convnext"].variants.values())))
def test_a_url_brings_the_difference_back(spec: ConvNeXtSpec, base: ConvNeXtSpec) -> None:
    url = urlencode(to_query(spec, base))
    assert from_query(dict(parse_qsl(url, strict_parsing=bool(url))), base) == replace(
        spec, name=base.name
    )


@given(specs())
def test_nothing_differs_from_itself(spec: ConvNeXtSpec) -> None:
    assert diff(spec, replace(spec, name="another")) == {}
    assert to_query(spec, replace(spec, name="another")) == {}
    assert from_query({}, spec) is spec


@given(specs(), specs())
def test_a_difference_replaced_is_the_other(a: ConvNeXtSpec, b: ConvNeXtSpec) -> None:
    differences = diff(a, b)
    assert all((getattr(a, f), getattr(b, f)) == pair for f, pair in differences.items())
    assert replace(a, name=b.name, **{f: new for f, (_, new) in differences.items()}) == b


def test_a_difference_reads_as_a_caption() -> None:
    assert diff(
        ConvNeXtSpec(), ConvNeXtSpec(name="b", kernel_size=(7, 5, 5, 3), layer_scale=None)
    ) == {
        "kernel_size": (7, (7, 5, 5, 3)),
        "layer_scale": (1e-6, None),
    }


def test_a_url_holds_only_what_differs() -> None:
    query = to_query(
        ConvNeXtSpec(depths=(2, 2, 6, 2), layer_scale=None, act="relu"), ConvNeXtSpec()
    )
    assert query == {"depths": "[2,2,6,2]", "layer_scale": "null", "act": '"relu"'}


def test_a_url_may_hold_parameters_of_others() -> None:
    query = {"lang": "zh", "name": '"mine"', "image": "{", "grn": "true"}
    assert from_query(query, ConvNeXtSpec()) == ConvNeXtSpec(grn=True)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    "text", ["", "gelu", "'gelu'", "[3,3", "True", "9" * 5000, "[" * 100_000, "\x00", "{]", "7 7"]
)
def test_what_is_no_json_is_named(text: str, language: str) -> None:
    words = {"en": "act = .* cannot be read", "zh": "无法读取 act = "}[language]
    with use_language(language), pytest.raises(ValueError, match=words) as refusal:
        from_query({"act": text}, ConvNeXtSpec())
    assert len(str(refusal.value)) < 300


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("act", '"elu"'),
        ("grn", "1"),
        ("depths", '{"a":1}'),
        ("depths", "[3,3]"),
        ("layer_scale", "NaN"),
        ("expansion", "1e999"),
        ("kernel_size", "[7,[7],7,7]"),
        ("in_chans", "null"),
        ("dims", "[" + "9," * 5000 + "9]"),
    ],
)
def test_what_is_no_legal_value_is_named(field: str, text: str) -> None:
    with pytest.raises(ValueError, match=f"^(dims|{field}) = .* is not possible"):
        from_query({field: text}, ConvNeXtSpec())


@given(st.text(max_size=20) | st.integers().map(str) | st.floats().map(repr))
def test_any_text_in_a_url_is_a_spec_or_a_sentence(text: str) -> None:
    for field in field_names(ConvNeXtSpec):
        with suppress(ValueError):
            assert isinstance(from_query({field: text}, ConvNeXtSpec()), ConvNeXtSpec)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_unknown_field_is_named(language: str) -> None:
    with use_language(language), pytest.raises(ValueError, match=r"depth_multiplier.*depths, dims"):
        from_dict({"depth_multiplier": 2})


@given(specs())
def test_json_of_before_there_were_families_is_the_same_network(spec: ConvNeXtSpec) -> None:
    values = to_dict(spec)
    assert values.pop("family") == "convnext"
    assert from_dict(values) == spec


@pytest.mark.parametrize("family", ["swiss", "", None, 3, ["convnext"], {"a": 1}])
def test_an_unknown_family_is_named(family: object) -> None:
    with pytest.raises(ValueError, match=r"^family = .* is not possible\. Allowed: convnext"):
        from_dict({"family": family})
