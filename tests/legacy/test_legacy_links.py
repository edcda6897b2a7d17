"""Links that release 0.1.0 wrote open what they opened, on every page that has any."""

from pathlib import Path
from typing import Any

import pytest

from tests.legacy import opening
from tests.legacy.conftest import told
from tests.legacy.visits import choice, numbers, opened

LINKS = told("links.json")


@pytest.mark.slow
@pytest.mark.parametrize("row", LINKS, ids=lambda row: f"{row['page']}: {row['name']}")
def test_a_link_shows_what_it_showed(row: dict[str, Any], home: Path) -> None:
    queued = told("lab.expected.json")["runs"]["queued"]["status"]["id"]
    opening.lab(home).pause(queued)  # the pages' own lab starts a worker for what waits
    app = opened(row["page"], row["link"])
    assert not [warning.value for warning in app.warning]
    held = {name: choice(app, row["page"], name) for name in row["held"]}
    assert held == row["held"]
    assert numbers(app).items() >= row["numbers"].items()
