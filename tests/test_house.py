"""What docs/house.md and CONTRIBUTING.md say of the code is so."""

import re
from pathlib import Path

import pytest

from tests.test_architecture import HOUSE, LONGEST, PAGE, ROOMS

ROOT = Path(__file__).parents[1]
ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", re.MULTILINE)


def words(cell: str) -> frozenset[str]:
    return frozenset() if cell == "–" else frozenset(cell.split(", "))


def test_the_written_import_table_is_the_enforced_one() -> None:
    said = (ROOT / "docs" / "house.md").read_text(encoding="utf-8")
    table = {name: (words(anywhere), words(inside)) for name, anywhere, inside in ROW.findall(said)}
    assert table == {name: (room.anywhere, room.inside) for name, room in ROOMS.items()}
    assert list(table) == list(ROOMS)  # in the order of the house
    assert f"at most {LONGEST} lines" in said
    assert f"A page has {PAGE.start} to {PAGE.stop - 1}" in said


@pytest.mark.parametrize("file", ["docs/house.md", "CONTRIBUTING.md"])
def test_every_place_that_is_named_exists(file: str) -> None:
    said = (ROOT / file).read_text(encoding="utf-8")
    named = re.findall(rf"`((?:{HOUSE}|tests|docs|pages)/[\w./]*)`", said)
    named += re.findall(r"\]\((?!https?:)([^)#]+)\)", said)
    assert named
    for place in named:
        assert (ROOT / place).exists() or (ROOT / file).parent.joinpath(place).exists(), place
