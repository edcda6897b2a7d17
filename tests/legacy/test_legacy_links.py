"""Links that release 0.1.0 wrote open what they opened, on every page that has any."""

from pathlib import Path
from typing import Any

import pytest

from tests.legacy import opening
from tests.legacy.conftest import told
from tests.legacy.visits import choice, numbers, opened

LINKS = told("links.json")


# The bundled networks were trained anew, with two stages in place of three: what a link chose is
# held, under the name that a choice among so many has; what was measured is of another network.
SINCE = {
    "stage_of_4": "stage_of_3",
    "compare_stage_of_4": "compare_stage_of_3",
    "channel_of_stage2_96": "channel_of_stage2_128",
}


def trained_anew(row: dict[str, Any]) -> bool:
    return row["page"] == "explain" and row["link"].get("net", "cifar10_").startswith("cifar10_")


@pytest.mark.slow
@pytest.mark.parametrize("row", LINKS, ids=lambda row: f"{row['page']}: {row['name']}")
def test_a_link_shows_what_it_showed(row: dict[str, Any], home: Path) -> None:
    queued = told("lab.expected.json")["runs"]["queued"]["status"]["id"]
    opening.lab(home).pause(queued)  # the pages' own lab starts a worker for what waits
    app = opened(row["page"], row["link"])
    assert not [warning.value for warning in app.warning]
    since = SINCE if trained_anew(row) else {}
    held = {name: choice(app, row["page"], since.get(name, name)) for name in row["held"]}
    assert held == row["held"]
    if trained_anew(row):
        assert numbers(app).keys() >= row["numbers"].keys()
    else:
        assert numbers(app).items() >= row["numbers"].items()
