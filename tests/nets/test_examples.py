"""The networks in ``examples/`` are what ``source`` writes, and run as they say."""

from pathlib import Path

import pytest

from convnext_viz.nets import source
from convnext_viz.plans import plan
from convnext_viz.specs import VARIANTS
from tests.scripts import run_alone

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = ("convnext_tiny", "resnet50")


def test_there_are_no_others() -> None:
    assert sorted(path.name for path in EXAMPLES.glob("*.py")) == [f"{name}.py" for name in NAMES]


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_the_source_of_its_network(name: str) -> None:
    lines = (EXAMPLES / f"{name}.py").read_text(encoding="utf-8").splitlines(keepends=True)
    assert f'"{name}"' in lines[0] and f"python examples/{name}.py" in lines[1]
    assert "".join(lines[2:]) == source(VARIANTS[name])


def test_an_example_counts_its_parameters() -> None:
    """Alone: in a process that finds nothing of ours."""
    counted = run_alone(*(EXAMPLES / f"{name}.py" for name in NAMES))
    assert counted == [f"{plan(VARIANTS[name]).params:,} parameters" for name in NAMES]
