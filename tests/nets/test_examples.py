"""The networks in ``examples/`` are what ``source`` writes, and run as they say."""

import subprocess
import sys
from pathlib import Path

import pytest

from convnext_viz.nets import source
from convnext_viz.plans import plan
from convnext_viz.specs import VARIANTS

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = ("convnext_tiny", "resnet50")


def test_there_are_no_others() -> None:
    assert sorted(path.name for path in EXAMPLES.glob("*.py")) == [f"{name}.py" for name in NAMES]


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_the_source_of_its_network(name: str) -> None:
    lines = (EXAMPLES / f"{name}.py").read_text(encoding="utf-8").splitlines(keepends=True)
    assert f'"{name}"' in lines[0] and f"python examples/{name}.py" in lines[1]
    assert "".join(lines[2:]) == source(VARIANTS[name])


@pytest.mark.parametrize("name", NAMES)
def test_an_example_counts_its_parameters(name: str) -> None:
    run = subprocess.run(
        [sys.executable, "-X", "utf8", str(EXAMPLES / f"{name}.py")],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert run.stdout == f"{plan(VARIANTS[name]).params:,} parameters\n"
