"""Changes between two plans: what the paper says that a step changes, and nothing else."""

import pytest

from convnext_viz.plans import plan
from convnext_viz.plans.changes import changed_parts
from convnext_viz.specs import roadmap
from convnext_viz.specs.roadmap import before

STEPS = roadmap()
NUMBERS = {step.key: number for number, step in enumerate(STEPS)}


def lit(key: str) -> dict[str, tuple[set[str], set[str]]]:
    """Short names of what a step removes and adds, by part."""
    earlier = before(STEPS, NUMBERS[key])
    assert earlier is not None
    parts = changed_parts(plan(earlier.spec), plan(STEPS[NUMBERS[key]].spec))
    return {
        part.name: tuple({name.rpartition(".")[2] for name in side} for side in sides)  # type: ignore[misc]
        for part in parts
        for sides in [(part.removed, part.added)]
    }


@pytest.mark.parametrize(
    ("key", "part", "removed", "added"),
    [
        # Liu et al. 2022, sections 2.2 to 2.6
        ("patchify", "stem", {"conv", "pool"}, {"conv"}),
        ("depthwise", "block", {"conv"}, {"dwconv"}),
        ("kernel7", "block", {"dwconv"}, {"dwconv"}),
        ("gelu", "block", {"act1", "act2", "act"}, {"act1", "act2", "act"}),
        ("fewer_acts", "block", {"act1", "act"}, set()),
        ("fewer_norms", "block", {"norm2", "norm3"}, set()),
        ("layer_norm", "block", {"norm"}, {"norm"}),
        ("separate", "head", set(), {"norm"}),
    ],
)
def test_a_step_changes_what_the_paper_says(
    key: str, part: str, removed: set[str], added: set[str]
) -> None:
    assert lit(key)[part] == (removed, added)


def test_a_stage_ratio_changes_no_block() -> None:
    assert lit("stage_ratio") == {}


def test_the_last_step_leaves_its_inner_blocks_alone() -> None:
    assert "block" not in lit("separate") and "stem" not in lit("separate")


def test_a_network_does_not_differ_from_itself() -> None:
    shown = plan(STEPS[-1].spec)
    assert changed_parts(shown, shown) == ()
