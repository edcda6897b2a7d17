"""The printed figures of named networks, and our counts next to them."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from convnext_viz.plans import plan
from convnext_viz.plans.checks import paper_checks
from convnext_viz.specs import VARIANTS
from convnext_viz.specs.published import PUBLISHED, Published, published, rounds_to
from convnext_viz.specs.published_roadmap import PUBLISHED_STEPS, accuracies, published_step

CONTENT = Path(__file__).parents[1] / "convnext_viz" / "content"


@pytest.mark.parametrize("row", PUBLISHED, ids=lambda row: f"{row.name}-{row.image_size}")
def test_every_printed_figure_is_met(row: Published) -> None:
    checks = paper_checks(plan(replace(VARIANTS[row.name], **row.of), row.image_size))
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


# Figure 2 of the paper prints each bar's accuracy once more, with one decimal.
FIGURE_2 = {
    "recipe": "78.8", "stage_ratio": "79.4", "patchify": "79.5", "depthwise": "78.3",
    "width": "80.5", "inverted": "80.6", "move_up": "79.9", "kernel5": "80.4", "kernel7": "80.6",
    "kernel9": "80.6", "kernel11": "80.5", "gelu": "80.6", "fewer_acts": "81.3",
    "fewer_norms": "81.4", "layer_norm": "81.5", "separate": "82.0", "swin": "81.3",
}  # fmt: skip


@pytest.mark.parametrize("step", FIGURE_2)
def test_accuracies_of_the_roadmap_are_those_of_figure_2(step: str) -> None:
    row = published_step(step)
    assert abs(float(row.top1) - float(FIGURE_2[step])) <= 0.0501
    assert bool(row.std) == (step != "swin")


@pytest.mark.parametrize(
    ("old", "new", "small", "large"),
    [("width", "inverted", "0.14", "0.79"), ("fewer_acts", "fewer_norms", "0.14", "0.46")],
)
def test_gains_that_the_papers_appendix_c_puts_in_words(
    old: str, new: str, small: str, large: str
) -> None:
    for regime, gain in (("resnet50", small), ("resnet200", large)):
        before, after = (float(published_step(step, regime).top1) for step in (old, new))
        assert f"{after - before:.2f}" == gain


def test_no_step_is_printed_twice_and_none_is_made_up() -> None:
    rows = {(row.regime, row.step) for row in PUBLISHED_STEPS}
    assert len(rows) == len(PUBLISHED_STEPS) == 36
    with pytest.raises(KeyError):
        published_step("attention")


@pytest.mark.parametrize("page", ["questions"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_accuracies_that_prose_quotes_are_those_of_the_table(language: str, page: str) -> None:
    text = (CONTENT / language / f"{page}.md").read_text(encoding="utf-8")
    quoted = set(re.findall(r"\b(?:7[6-9]|8[0-4])\.\d\d?\b", text))
    printed = {row.top1 for row in PUBLISHED_STEPS} | set(FIGURE_2.values())
    assert len(quoted) >= 5 and quoted <= printed


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_label_holds_an_accuracy_of_its_own(language: str) -> None:
    for file in (CONTENT / language / "labels").glob("*.toml"):
        text = file.read_text(encoding="utf-8")
        assert not [
            figure for figure in accuracies().values() if len(figure) == 5 and figure in text
        ]
