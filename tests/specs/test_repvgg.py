"""RepVGGSpec: what it refuses, its widths and groups, and its named networks."""

from dataclasses import replace
from typing import Any

import pytest
import timm

from convnext_viz.specs import CIFAR_REPVGG, REPVGG, RepVGGSpec, diff, from_dict, to_dict
from convnext_viz.specs.published import PUBLISHED, truncates_to
from convnext_viz.specs.published_repvgg import ABLATION, WINOGRAD
from convnext_viz.text import LANGUAGES, use_language


@pytest.mark.parametrize(
    ("change", "allowed"),
    [
        ({"kernel_size": 4}, "an odd whole number from 1 to 31"),
        ({"kernel_size": 33}, "an odd whole number from 1 to 31"),
        ({"stem_stride": 3}, "a whole number from 1 to 2"),
        ({"form": "fused"}, "training, deployed"),
        ({"groups": 5}, "divides all channels of every second layer: 48, 96, 192"),
        ({"dims": (48, 96)}, "one value for each of the 4 stages in depths"),
        ({"se_reduction": 0}, "a whole number from 1 to 1024, or None (off)"),
        ({"identity_branch": 1}, "True, False"),
    ],
)
def test_what_it_cannot_be_is_named(change: dict[str, Any], allowed: str) -> None:
    (field,) = change
    with pytest.raises(ValueError) as refusal:
        RepVGGSpec(**change)
    assert field in str(refusal.value) and allowed in str(refusal.value)
    for language in LANGUAGES:
        with use_language(language), pytest.raises(ValueError, match=field):
            RepVGGSpec(**change)


def test_layers_are_counted_through_all_stages() -> None:
    # The official list: 2, 4, …, 26, behind the stem.
    spec = REPVGG["repvgg_b1g4"]
    grouped = [n for n in range(1, len(spec.widths)) if spec.groups_of(n) > 1]
    assert grouped == list(range(2, 27, 2))
    assert spec.widths[:2] == (64, 128) and REPVGG["repvgg_a0"].stem_width == 48


def test_timms_names_are_ours() -> None:
    theirs = set(timm.list_models("repvgg*"))
    assert theirs <= set(REPVGG)
    official = {"repvgg_b1g2", "repvgg_b2g2", "repvgg_b3g2", "repvggplus_l2pse"}
    assert set(REPVGG) - theirs == official


def test_ablations_differ_in_branches_alone() -> None:
    base = CIFAR_REPVGG["cifar_repvgg"]
    changed = [set(diff(base, spec)) for spec in CIFAR_REPVGG.values()]
    assert changed == [
        set(),
        {"pointwise_branch"},
        {"identity_branch"},
        {"pointwise_branch", "identity_branch"},
    ]
    with_branches = {(s.identity_branch, s.pointwise_branch) for s in CIFAR_REPVGG.values()}
    assert with_branches == {(r.identity_branch, r.pointwise_branch) for r in ABLATION.values()}


def test_json_says_the_family_and_the_form() -> None:
    spec = replace(REPVGG["repvgg_d2se"], form="deployed")
    values = to_dict(spec)
    assert (values["family"], values["form"]) == ("repvgg", "deployed")
    assert from_dict(values) == spec


def test_what_is_printed_is_of_the_deployed_form() -> None:
    rows = [row for row in PUBLISHED if row.name in REPVGG]
    assert {row.name for row in rows} == set(WINOGRAD) and len(rows) == 11
    assert all(row.of == {"form": "deployed"} for row in rows)


@pytest.mark.parametrize(
    ("value", "agrees"),
    [(8_309_384, True), (8_300_000, True), (8_310_000, False), (8_299_999, False)],
)
def test_a_count_agrees_if_it_is_cut_to_the_print(value: int, agrees: bool) -> None:
    assert truncates_to(value, "8.30M") is agrees


def test_identity_is_worth_more_than_1x1() -> None:
    gain = {key: float(row.top1) - float(ABLATION["plain"].top1) for key, row in ABLATION.items()}
    assert [round(gain[key], 2) for key in ("identity", "pointwise", "all")] == [2.40, 0.76, 2.75]
