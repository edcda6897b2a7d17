"""The named rows against timm's registry, torchvision and the paper's order of steps."""

from dataclasses import replace
from itertools import pairwise

import pytest
import timm

from convnext_viz.specs import (
    CIFAR,
    CONVNEXT,
    CONVNEXT_V2,
    FAMILIES,
    REGIMES,
    VARIANTS,
    ConvNeXtSpec,
    diff,
    roadmap,
)

TIMM = sorted(
    name
    for pattern in ("convnext*", "test_convnext*")
    for name in timm.list_models(pattern, include_tags=False)
)

# Table 10's and Table 11's rows; a kernel size that was tried and left is not adopted.
STEPS = [
    ("start", True), ("recipe", True), ("stage_ratio", True), ("patchify", True),
    ("depthwise", True), ("width", True), ("inverted", True), ("move_up", True),
    ("kernel5", False), ("kernel7", True), ("kernel9", False), ("kernel11", False),
    ("gelu", True), ("fewer_acts", True), ("fewer_norms", True), ("layer_norm", True),
    ("separate", True),
]  # fmt: skip


def test_timm_registers_what_the_facts_list() -> None:
    assert len(TIMM) >= 31


@pytest.mark.parametrize("name", TIMM)
def test_every_convnext_of_timm_has_a_row(name: str) -> None:
    assert name in (CONVNEXT_V2 if name.startswith("convnextv2") else CONVNEXT)


def test_names_are_keys_and_no_two_rows_share_one() -> None:
    tables = [rows for family in FAMILIES.values() for rows in family.series.values()]
    assert sum(map(len, tables)) == len(VARIANTS)
    assert all(spec.name == name for table in tables for name, spec in table.items())


@pytest.mark.parametrize("regime", REGIMES)
def test_roadmap_is_the_papers_order(regime: str) -> None:
    assert [(step.key, step.adopted) for step in roadmap(regime)] == STEPS


@pytest.mark.parametrize("regime", REGIMES)
def test_roadmap_changes_one_thing_at_a_time(regime: str) -> None:
    steps = {step.key: step.spec for step in roadmap(regime)}
    keys = [key for key, adopted in STEPS if adopted]
    changed = {new: set(diff(steps[old], steps[new])) for old, new in pairwise(keys)}
    start_to_width = {"depths"} if regime == "resnet50" else {"depths", "dims"}
    assert changed == {
        "recipe": {"layer_scale", "drop_path_rate"},
        "stage_ratio": start_to_width,
        "patchify": {"stem"},
        "depthwise": {"depthwise"},
        "width": {"dims"},
        "inverted": {"bottleneck"},
        "move_up": {"conv_position"},
        "kernel7": {"kernel_size"},
        "gelu": {"act"},
        "fewer_acts": {"block_acts", "stem_act"},
        "fewer_norms": {"block_norms", "conv_bias"},
        "layer_norm": {"norm", "norm_eps"},
        "separate": {"downsample", "head_norm"},
    }
    kernels = [spec.kernel_size for key, spec in steps.items() if key.startswith("kernel")]
    assert kernels == [5, 7, 9, 11]


@pytest.mark.parametrize(
    ("regime", "first", "last", "rate"),
    [
        ("resnet50", "resnet50", "convnext_tiny", 0.1),
        ("resnet200", "resnet200", "convnext_base", 0.5),
    ],
)
def test_roadmap_leads_from_resnet_to_convnext(
    regime: str, first: str, last: str, rate: float
) -> None:
    steps = roadmap(regime)
    assert diff(steps[0].spec, VARIANTS[first]) == {}
    assert diff(steps[-1].spec, replace(VARIANTS[last], drop_path_rate=rate)) == {}


def test_roadmap_specs_have_names_of_their_own() -> None:
    names = [step.spec.name for regime in REGIMES for step in roadmap(regime)]
    assert len(set(names) | set(VARIANTS)) == len(names) + len(VARIANTS)


def test_another_road_is_refused() -> None:
    with pytest.raises(ValueError, match=r"resnet18.*resnet50, resnet200"):
        roadmap("resnet18")


def test_cifar_networks_are_every_pair_on_one_body_and_the_two_of_the_package() -> None:
    bundled = {name: spec for name, spec in CIFAR.items() if name.startswith("cifar10_")}
    others = {name: spec for name, spec in CIFAR.items() if name not in bundled}
    every = {(norm, act) for norm in ("layer", "batch") for act in ("gelu", "relu")}
    assert {(spec.norm, spec.act) for spec in others.values()} == every
    assert {(s.norm, s.act) for s in bundled.values()} == {("layer", "gelu"), ("batch", "relu")}
    body = {"norm": "layer", "norm_eps": 1e-6, "act": "gelu", "name": "body"}
    for specs in (bundled, others):
        assert len({replace(spec, **body) for spec in specs.values()}) == 1  # type: ignore[arg-type]


def test_the_default_is_convnext_tiny() -> None:
    assert ConvNeXtSpec() == CONVNEXT["convnext_tiny"]
