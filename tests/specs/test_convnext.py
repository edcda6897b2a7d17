"""What a spec refuses, and that its refusal says which field, which value and what is allowed."""

import pickle
from dataclasses import FrozenInstanceError, fields, replace
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given

from convnext_viz.plans import plan
from convnext_viz.specs import ConvNeXtSpec
from convnext_viz.specs.fields import MAX_SHOWN, described
from convnext_viz.text import use_language
from tests.strategies import specs

CHOICES = {
    "stem": (
        *("patchify", "conv7_pool", "conv7", "conv3", "conv3_pool"),
        *("overlap", "overlap_tiered", "overlap_act"),
    ),
    "bottleneck": ("inverted", "classic", "basic"),
    "conv_position": ("first", "middle"),
    "norm": ("layer", "batch", "rms", "simple", "group"),
    "act": ("gelu", "relu", "gelu_tanh", "silu"),
    "block_norms": ("one", "every"),
    "block_acts": ("one", "every"),
    "downsample": ("separate", "separate_plain", "in_block"),
    "head_norm": ("after_pool", "before_pool", "none"),
    "head_pool": ("average", "max"),
    "head_act": ("gelu", "relu", "gelu_tanh", "silu"),
}
RANGES: dict[str, tuple[float, float]] = {
    "in_chans": (1, 1024),
    "num_classes": (0, 100_000),
    "patch_size": (1, 64),
    "expansion": (0.125, 16.0),
    "inner_ratio": (0.125, 16.0),
    "groups": (1, 65_536),
    "norm_groups": (1, 8192),
    "norm_eps": (1e-12, 1.0),
    "drop_path_rate": (0.0, 0.99),
    "drop_rate": (0.0, 0.99),
    "head_init_scale": (0.0, 1000.0),
}
OPTIONAL_RANGES: dict[str, tuple[float, float]] = {
    "layer_scale": (0.0, 100.0),
    "head_hidden": (1, 65_536),
    "head_norm_eps": (1e-12, 1.0),
}
LISTS = ("depths", "dims", "kernel_size")
SWITCHES = ["stem_norm", "first_downsample", "stem_act", "depthwise", "grn", "conv_bias"]
NUMBERS = RANGES | OPTIONAL_RANGES
WHOLE = [field for field, (low, _) in NUMBERS.items() if isinstance(low, int)]
NO_NUMBERS = [True, "3", "", [3], (3,), {}, nan, inf, -inf, 2j, b"1"]

Case = tuple[dict[str, Any], str]  # the change, the words that its refusal must hold


def refused(field: str, values: list[Any], allowed: str, **others: Any) -> list[Case]:
    return [({field: value, **others}, allowed) for value in values]


REFUSED: list[Case] = [
    *refused("name", [None, 3, b"x", ["x"]], "Allowed: text"),
    *(
        case
        for field, most in (("depths", "512"), ("dims", "16384"))
        for case in refused(
            field,
            [
                None, 3, "3393", (), (3, 3, 9, 0), (3, 3, 9, -1), (3, 3, 9, 20_000),
                (3.0, 3, 9, 3), (True, 3, 9, 3), (3, 3, "9", 3), [3, [3], 9, 3], (1,) * 9,
                {3, 9}, (nan, 1, 1, 1), (None, 1, 1, 1),
            ],
            f"whole numbers, each from 1 to {most}",
        )
    ),
    *refused("dims", [(96,), (96, 192, 384), (8,) * 5], "each of the 4 stages"),
    *(
        case
        for field in CHOICES
        for case in refused(
            field,
            ["", "other", "Layer", None, 0, True, 1.0, [CHOICES[field][0]], CHOICES[field], {}],
            ", ".join(CHOICES[field]),
        )
    ),
    *(
        case
        for field, (low, high) in NUMBERS.items()
        for case in refused(field, [*NO_NUMBERS, low - 1, high + 1, -1e300], f"{low:g} to {high:g}")
    ),
    *(case for field in RANGES for case in refused(field, [None], "to")),
    *(case for field in WHOLE for case in refused(field, [2.0, 2.5], "whole number")),
    *(case for field in OPTIONAL_RANGES for case in refused(field, [-1, "x"], "None")),
    *(case for field in SWITCHES for case in refused(field, [None, 0, 1, "True"], "True, False")),
    *refused(
        "kernel_size",
        [
            None, 0, -1, 2, 65, 7.0, True, "7", (), (7,), (7, 7, 7), (7, 7, 7, 8), (7,) * 5,
            (7, 7, 7, 7.0), (7, 7, 7, None), [7, 7, 7, [7]], {7}, nan,
        ],
        "an odd whole number from 1 to 63",
    ),
    *(
        case
        for stem in CHOICES["stem"]
        if stem not in ("patchify", "conv3", "conv3_pool")
        for case in refused("patch_size", [2, 16], f"4, as the stem {stem}", stem=stem)
    ),
    *(
        case
        for stem in ("overlap", "overlap_tiered", "overlap_act")
        for case in refused("stem_act", [True], f"False, as the stem {stem}", stem=stem)
    ),
    *refused("head_hidden", [8], "head_norm is before_pool", head_norm="before_pool"),
    *refused("expansion", [0.125, 0.2], "at least one", dims=(96, 192, 4, 768)),
    *refused("inner_ratio", [0.5, 2], "1 while bottleneck is inverted"),
    *refused("inner_ratio", [0.125], "at least one", dims=(96, 192, 4, 768), bottleneck="classic"),
    *refused("groups", [2, 96], "1 while depthwise is on"),
    *refused("groups", [5, 64, 128], "convolutions read: 96, 192, 384, 768", depthwise=False),
    *refused(
        "groups", [64], "convolutions read: 96, 192", depthwise=False, bottleneck="classic",
        conv_position="middle", dims=(96, 192), depths=(1, 1),
    ),
    *refused("first_downsample", [True], "while downsample is in_block", downsample="in_block"),
    *refused("norm_groups", [2], "while norm is not group"),
    *refused("norm_groups", [5, 64], "two or more: 96, 192", norm="group"),
    *refused("bottleneck", ["basic"], "while depthwise is on"),
    *refused("bottleneck", ["basic"], "groups is above 1", depthwise=False, groups=2),
    *refused("norm", ["simple"], "single channel", dims=(96, 192, 1, 768)),
    *refused("norm", ["simple"], "single channel", dims=(96, 192, 3, 768), expansion=0.5),
]  # fmt: skip


def short(case: object) -> str:
    return repr(case)[:60] if isinstance(case, dict) else ""


@pytest.mark.parametrize(("change", "allowed"), REFUSED, ids=short)
def test_a_refusal_names_field_value_and_what_is_allowed(
    change: dict[str, Any], allowed: str
) -> None:
    (field, value), *_ = change.items()
    stored = tuple(value) if isinstance(value, list) and field in LISTS else value
    with pytest.raises(ValueError) as refusal:
        ConvNeXtSpec(**change)
    shown = repr(stored) if len(repr(stored)) <= MAX_SHOWN else f"{repr(stored)[:MAX_SHOWN]}…"
    assert str(refusal.value).startswith(f"{field} = {shown} is not possible. Allowed: ")
    assert allowed in str(refusal.value)


@pytest.mark.parametrize(("change", "allowed"), REFUSED, ids=short)
def test_a_refusal_speaks_chinese(change: dict[str, Any], allowed: str) -> None:
    field = next(iter(change))
    with use_language("zh"), pytest.raises(ValueError, match=f"^{field} = .* 不可用。允许的取值："):
        ConvNeXtSpec(**change)


def test_every_field_is_refused_somewhere() -> None:
    assert {next(iter(change)) for change, _ in REFUSED} == {
        field.name for field in fields(ConvNeXtSpec)
    }


def test_every_field_stands_in_a_table_above() -> None:
    # What is described is what was legal before fields were described; a new one is added here.
    assert sorted([*CHOICES, *NUMBERS, *LISTS, *SWITCHES, "name"]) == sorted(
        described(ConvNeXtSpec)
    )


def test_a_refusal_stays_readable() -> None:
    with pytest.raises(ValueError) as refusal:
        ConvNeXtSpec(depths=(7,) * 10_000, dims=(8,))
    assert len(str(refusal.value)) < 300


WHERE_LEGAL: dict[str, dict[str, Any]] = {
    "inner_ratio": {"bottleneck": "classic"},
    "norm_groups": {"norm": "group", "dims": (16_384,) * 4},
    "groups": {"depthwise": False, "conv_position": "middle", "dims": (16_384,) * 4},
}


@pytest.mark.parametrize("field", NUMBERS)
def test_the_ends_of_a_range_are_legal(field: str) -> None:
    where: dict[str, Any] = {"dims": (96, 192, 384, 768)} | WHERE_LEGAL.get(field, {})
    for end in NUMBERS[field]:
        assert getattr(ConvNeXtSpec(**where, **{field: end}), field) == end


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("depths", (1,) * 8),
        ("depths", (512,)),
        ("kernel_size", 1),
        ("kernel_size", 63),
        ("layer_scale", None),
        ("layer_scale", 0),
        ("head_hidden", None),
        ("expansion", 4),
        ("num_classes", 0),
    ],
)
def test_the_edges_are_legal(field: str, value: Any) -> None:
    dims = (8,) * len(value) if field == "depths" else (96, 192, 384, 768)
    assert getattr(ConvNeXtSpec(dims=dims, **({field: value})), field) == value


def test_lists_become_tuples() -> None:
    spec = ConvNeXtSpec(depths=[1, 1], dims=[8, 16], kernel_size=[3, 5])  # type: ignore[arg-type]
    assert spec == ConvNeXtSpec(depths=(1, 1), dims=(8, 16), kernel_size=(3, 5))
    assert hash(spec) == hash(ConvNeXtSpec(depths=(1, 1), dims=(8, 16), kernel_size=(3, 5)))


def test_fields_are_named_and_stay() -> None:
    with pytest.raises(TypeError):
        ConvNeXtSpec("convnext_tiny")  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        ConvNeXtSpec().grn = True  # type: ignore[misc]


@given(specs())
def test_a_spec_is_a_value(spec: ConvNeXtSpec) -> None:
    copies = (pickle.loads(pickle.dumps(spec)), replace(spec), eval(repr(spec)))
    assert all(copy == spec and hash(copy) == hash(spec) for copy in copies)
    assert len({spec, *copies}) == 1
    assert len(spec.kernel_sizes) == len(spec.depths)


def test_replace_checks_again() -> None:
    with pytest.raises(ValueError, match="dims"):
        replace(ConvNeXtSpec(), depths=(1, 1))


def test_drop_path_rates_grow_linearly_to_the_last_block() -> None:
    # Linear over all blocks (Huang et al., Deep Networks with Stochastic Depth, section 3).
    rates = ConvNeXtSpec(drop_path_rate=0.17).drop_path_rates
    assert rates == pytest.approx([0.01 * i for i in range(18)])
    assert ConvNeXtSpec(depths=(1,), dims=(8,), drop_path_rate=0.5).drop_path_rates == (0.0,)


@pytest.mark.parametrize(
    ("bottleneck", "inside", "outside"), [("inverted", 384, 96), ("classic", 96, 384)]
)
def test_widths_are_the_figures(bottleneck: str, inside: int, outside: int) -> None:
    # Figure 3 of the paper: (a) 384 → 96 → 384, (b) 96 → 384 → 96.
    assert ConvNeXtSpec(bottleneck=bottleneck).widths(0) == (inside, outside)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "channels"),
    [
        ({"conv_position": "middle", "bottleneck": "classic"}, (8, 16)),
        ({"conv_position": "middle"}, (32, 64)),
        ({"conv_position": "first"}, (8, 16)),
        # The first block of a stage reads what the stage before put out.
        ({"downsample": "in_block", "depths": (1, 2)}, (8, 16)),
        ({"downsample": "in_block", "depths": (1, 1)}, (8,)),
        ({"bottleneck": "classic", "depths": (1, 2)}, (8, 64)),
        ({"bottleneck": "classic", "depths": (2, 2), "downsample": "in_block"}, (8, 32, 64)),
        # A downsampling layer of the first stage is what its first block reads.
        ({"bottleneck": "classic", "first_downsample": True, "expansion": 1.5}, (12, 24)),
    ],
)
def test_groups_divide_what_the_planned_convolutions_read(
    changes: dict[str, Any], channels: tuple[int, ...]
) -> None:
    spec = replace(ConvNeXtSpec(depths=(2, 2), dims=(8, 16), depthwise=False), **changes)
    read = [la.in_shape[0] for la in plan(spec).layers if la.kind == "conv" and ".body." in la.name]
    assert spec.conv_channels == tuple(dict.fromkeys(read)) == channels
