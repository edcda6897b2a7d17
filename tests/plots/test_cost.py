"""Share bars and receptive fields equal the plan's sums."""

from itertools import pairwise

import pytest

from convnext_viz.plans import plan
from convnext_viz.plots import cost, names
from convnext_viz.specs import VARIANTS
from convnext_viz.text import use_language

TINY, RESNET = plan(VARIANTS["convnext_tiny"]), plan(VARIANTS["resnet50"])
CIFAR = plan(VARIANTS["cifar_ln_gelu"], 32)


@pytest.mark.parametrize("plans", [(TINY,), (TINY, RESNET), (CIFAR, TINY)])
def test_every_bar_is_whole(plans: tuple) -> None:
    figure = cost.per_stage(*plans)
    for row in range(len(plans) * len(cost.QUANTITIES)):
        assert sum(trace.x[row] for trace in figure.data) == pytest.approx(1)


def test_shares_are_the_plans() -> None:
    figure = cost.per_stage(TINY, RESNET)
    rows = [(quantity, one) for quantity in cost.QUANTITIES for one in (TINY, RESNET)]
    for trace, name in zip(figure.data, cost.stage_names((TINY, RESNET)), strict=True):
        for share, (quantity, one) in zip(trace.x, rows, strict=True):
            expected = getattr(one.stage(name), quantity) / getattr(one, quantity)
            assert share == pytest.approx(expected)
        assert set(trace.customdata) == {name}


def test_the_lesson_of_convnext_t() -> None:
    # Stage 3 has 49% of the multiply-adds and 39% of the parameters; stage 4 17% and 54%.
    shares = {trace.name: trace.x for trace in cost.per_stage(TINY).data}
    assert [round(share, 2) for share in shares["Stage 3"][:2]] == [0.39, 0.49]
    assert [round(share, 2) for share in shares["Stage 4"][:2]] == [0.54, 0.17]


def test_nets_of_different_depth_stand_in_one_picture() -> None:
    figure = cost.per_stage(CIFAR, TINY)
    fourth = next(trace for trace in figure.data if trace.name == "Stage 4")
    assert [share == 0 for share in fourth.x] == [True, False] * 3
    assert len(cost.receptive_fields(CIFAR, TINY).data[0].x) == 4


def test_receptive_fields_are_the_papers() -> None:
    bars = cost.receptive_fields(TINY).data[0]
    assert list(bars.x) == [4, 76, 224, 1096, 1688]  # a closed form, checked by real gradients
    assert all(before < after for before, after in pairwise(bars.x))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_both_figures_speak(lang: str) -> None:
    with use_language(lang):
        shares = cost.describe_per_stage(TINY, RESNET)
        fields = cost.describe_receptive_fields(TINY, RESNET)
        for one in (TINY, RESNET):
            assert names.network(one.spec) in shares and names.network(one.spec) in fields
        assert "1,688" in fields and "28.6 M" in shares and "54.1%" in shares
