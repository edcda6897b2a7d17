"""Plans of RepVGG: counts of both forms, Winograd's multiplications, what a block consists of."""

from dataclasses import replace
from typing import Any

import pytest
import timm
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from convnext_viz.plans import Residual, plan
from convnext_viz.plans.checks import paper_checks
from convnext_viz.plans.winograd import applies, winograd
from convnext_viz.specs import REPVGG, RepVGGSpec
from convnext_viz.specs.published import rounds_to
from convnext_viz.specs.published_repvgg import WINOGRAD
from tests.plans.test_counts import agree, check_arithmetic, totals

# Parameters and GMACs of both forms at 224 pixels, worked out from the paper's definitions.
COUNTS = [
    ("repvgg_a0", 8_309_384, 1.361, 9_108_968, 1.513),
    ("repvgg_a1", 12_789_864, 2.364, 14_092_264, 2.626),
    ("repvgg_a2", 25_499_944, 5.117, 28_210_600, 5.685),
    ("repvgg_b0", 14_339_048, 3.058, 15_817_960, 3.397),
    ("repvgg_b1", 51_829_480, 11.815, 57_415_016, 13.128),
    ("repvgg_b1g2", 41_360_104, 8.810, 45_782_376, 9.788),
    ("repvgg_b1g4", 36_125_416, 7.307, 39_966_056, 8.119),
    ("repvgg_b2", 80_315_112, 18.377, 89_022_376, 20.418),
    ("repvgg_b2g4", 55_777_512, 11.332, 61_758_376, 12.591),
    ("repvgg_b3", 110_960_872, 26.209, 123_085_288, 29.121),
    ("repvgg_b3g4", 75_626_728, 16.064, 83_825_128, 17.849),
]


def deployed(spec: RepVGGSpec) -> RepVGGSpec:
    return replace(spec, form="deployed")


@pytest.mark.parametrize("row", COUNTS, ids=lambda row: row[0])
def test_both_forms_count_as_the_paper_defines_them(row: tuple[Any, ...]) -> None:
    name, *counts = row
    found: list[float] = []
    for spec in (deployed(REPVGG[name]), REPVGG[name]):
        described = plan(spec)
        found += [described.params, round(described.macs / 1e9, 3)]
    assert found == counts
    checks = paper_checks(plan(deployed(REPVGG[name])))
    assert [check.agrees for check in checks] == [True, True]
    assert paper_checks(plan(REPVGG[name])) == ()  # the branches are not what was printed


@pytest.mark.parametrize("name", WINOGRAD)
def test_winograd_multiplications_are_the_printed_ones(name: str) -> None:
    described = plan(deployed(REPVGG[name]))
    assert rounds_to(winograd(described.layers), WINOGRAD[name])


def test_winograd_takes_3x3_of_stride_1_alone() -> None:
    layers = list(plan(deployed(replace(REPVGG["repvgg_b1g4"], kernel_size=3))).layers)
    taken = {(la.kind, la.kernel_size, la.stride) for la in layers if applies(la)}
    assert taken == {("conv", 3, 1), ("grouped", 3, 1)}
    assert all(9 * winograd([la]) == (4 if applies(la) else 9) * la.macs for la in layers)
    assert not any(map(applies, plan(deployed(RepVGGSpec(kernel_size=5))).layers))


@pytest.mark.parametrize("name", timm.list_models("repvgg*"))
def test_named_networks_count_as_timms(name: str) -> None:
    with torch.device("meta"):
        theirs = timm.create_model(name)
    described = plan(REPVGG[name], 96)
    assert (described.params, described.macs) == totals(theirs, 3, 96)


@pytest.mark.parametrize("name", ["repvgg_b1g2", "repvggplus_l2pse"])
@pytest.mark.parametrize("size", [(33, 65), (224, 160)], ids=str)
def test_deployed_networks_count_as_torch_does(name: str, size: tuple[int, int]) -> None:
    agree(plan(deployed(replace(REPVGG[name], depths=(2, 3, 2, 1))), size))


@st.composite
def specs(draw: st.DrawFn) -> RepVGGSpec:
    """Any network of the family, small enough to build many."""
    stages = draw(st.integers(1, 3))
    groups = draw(st.sampled_from((1, 2, 3)))

    def per_stage(values: st.SearchStrategy[int]) -> tuple[int, ...]:
        return tuple(draw(st.lists(values, min_size=stages, max_size=stages)))

    return RepVGGSpec(
        name="drawn",
        depths=per_stage(st.integers(1, 3)),
        dims=per_stage(st.integers(1, 6).map(lambda n: n * groups)),
        groups=groups,
        stem_stride=draw(st.integers(1, 2)),
        in_chans=draw(st.integers(1, 4)),
        form=draw(st.sampled_from(("training", "deployed"))),
        kernel_size=draw(st.sampled_from((1, 3, 5))),
        identity_branch=draw(st.booleans()),
        pointwise_branch=draw(st.booleans()),
        se_reduction=draw(st.sampled_from((None, 1, 4, 16))),
        se_position=draw(st.sampled_from(("before_act", "after_act"))),
        num_classes=draw(st.integers(0, 5)),
        drop_rate=draw(st.sampled_from((0.0, 0.5))),
    )


@settings(max_examples=30)
@given(specs(), st.integers(1, 40), st.integers(1, 40))
def test_random_networks_count_as_torch_does(spec: RepVGGSpec, height: int, width: int) -> None:
    described = plan(spec, (height, width))
    agree(described)
    for layer in described.layers:
        check_arithmetic(layer)


def test_a_block_in_both_forms() -> None:
    first, second = plan(REPVGG["repvgg_d2se"]).stage("stage1").blocks[:2]
    (changing,), (keeping,) = first.steps, second.steps
    assert isinstance(changing, Residual) and isinstance(keeping, Residual)
    assert [branch.name for branch in changing.branches] == ["dense", "pointwise"]
    assert [branch.name for branch in keeping.branches] == ["dense", "pointwise", "identity"]
    assert [layer.kind for layer in keeping.after] == ["squeeze_excite", "relu"]
    assert not any(layer.bias for layer in keeping.layers)
    (chain,) = plan(deployed(REPVGG["repvgg_d2se"])).stage("stage1").blocks[1].steps
    assert isinstance(chain, tuple)
    assert [layer.kind for layer in chain] == ["conv", "squeeze_excite", "relu"]
    assert chain[0].bias
    (plus,) = plan(REPVGG["repvggplus_l2pse"]).stage("stage1").blocks[1].steps
    assert [layer.kind for layer in plus.layers[-2:]] == ["relu", "squeeze_excite"]


def test_both_forms_see_equally_far() -> None:
    for spec in (RepVGGSpec(), RepVGGSpec(kernel_size=5, identity_branch=False)):
        one, other = plan(spec), plan(deployed(spec))
        assert [s.receptive_field for s in one.stages] == [s.receptive_field for s in other.stages]
        assert [s.out_shape for s in one.stages] == [s.out_shape for s in other.stages]
