"""The printed figures of named networks, and our counts beside them."""

from dataclasses import replace

import pytest

from convnext_viz.plans import plan
from convnext_viz.plans.checks import paper_checks
from convnext_viz.specs import VARIANTS
from convnext_viz.specs.published import PUBLISHED, Published, published, rounds_to


@pytest.mark.parametrize("row", PUBLISHED, ids=lambda row: f"{row.name}-{row.image_size}")
def test_every_printed_figure_is_met(row: Published) -> None:
    checks = paper_checks(plan(VARIANTS[row.name], row.image_size))
    assert len(checks) == bool(row.params) + bool(row.macs)
    assert all(check.agrees for check in checks), checks


def test_no_network_is_printed_twice_at_one_size() -> None:
    keys = [(row.name, row.image_size) for row in PUBLISHED]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("value", "printed", "agrees"),
    [
        (28_589_128, "28.6M", True),
        (28_589_128, "29M", True),
        (28_589_128, "28M", False),
        (28_549_000, "28.6M", False),
        (4_455_500_000, "4.5G", True),
        (4_455_500_000, "4.47G", False),
        (8_911_000_000, "4.5G", False),  # two operations for a multiply-add
    ],
)
def test_a_count_agrees_if_it_rounds_to_the_print(value: int, printed: str, agrees: bool) -> None:
    assert rounds_to(value, printed) is agrees


def test_a_changed_knob_differs_and_says_so() -> None:
    checks = paper_checks(plan(replace(VARIANTS["convnext_tiny"], kernel_size=31)))
    assert [check.agrees for check in checks] == [False, False]


def test_parameters_do_not_depend_on_the_image() -> None:
    checks = paper_checks(plan(VARIANTS["convnext_tiny"], 300))
    assert [(check.quantity, check.agrees) for check in checks] == [("params", True)]


def test_nothing_is_said_about_networks_nobody_printed() -> None:
    assert paper_checks(plan(VARIANTS["cifar_ln_gelu"], 32)) == ()
    assert published("convnext_tiny", 100) is None
