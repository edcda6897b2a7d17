"""Annotations of runs: stored cleaned, refused in words, there in databases of before."""

import sqlite3
from pathlib import Path

import pytest

from convnext_viz.lab import Lab
from convnext_viz.lab.store import NAME
from convnext_viz.text import LANGUAGES, use_language
from tests.lab.forked import experiment
from tests.lab.test_lab import Nowhere


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(tmp_path))
    return Lab(tmp_path, launcher=Nowhere())


def test_a_note_and_tags_stay_and_each_is_changed_alone(lab: Lab) -> None:
    run, other = lab.submit(experiment(name="asked")), lab.submit(experiment())
    assert (lab.status(run).note, lab.status(run).tags) == ("", ())
    lab.annotate(run, note=" two\nlines ", tags=["lesson 3", "", " Lesson  3", "BN, LN"])
    lab.annotate(run, name="改名")
    status = Lab(lab.home, launcher=Nowhere()).status(run)
    assert (status.name, status.note, status.tags) == ("改名", "two\nlines", ("lesson 3", "BN, LN"))
    assert lab.status(other).tags == ()
    lab.annotate(run, note="", tags=[])
    assert (lab.status(run).note, lab.status(run).tags, lab.status(run).name) == ("", (), "改名")


def test_what_turns_or_ends_a_line_is_left_out(lab: Lab) -> None:
    run = lab.submit(experiment())
    lab.annotate(run, name="a\x00b\u202ec\td", note="x\r\ny\x07", tags=["p\nq"])
    status = lab.status(run)
    assert (status.name, status.note, status.tags) == ("abc d", "x\ny", ("p q",))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("given", "number"),
    [
        ({"name": "x" * 201}, "200"),
        ({"note": "x" * 2001}, "2001"),
        ({"tags": ["x" * 41]}, "40"),
        ({"tags": [str(i) for i in range(13)]}, "13"),
    ],
)
def test_too_much_is_a_sentence_and_changes_nothing(
    lab: Lab, given: dict[str, str], number: str, lang: str
) -> None:
    run = lab.submit(experiment(name="as it was"))
    with use_language(lang), pytest.raises(ValueError, match=number):
        lab.annotate(run, **{"note": "new"} | given)  # type: ignore[arg-type]
    assert (lab.status(run).name, lab.status(run).note) == ("as it was", "")


def test_a_database_of_before_has_runs_without_them(lab: Lab) -> None:
    """As release 0.1.0 left it."""
    run = lab.submit(experiment())
    db = sqlite3.connect(lab.home / NAME)
    for column in ("note", "tags", "owner", "shared"):
        db.execute(f"ALTER TABLE runs DROP COLUMN {column}")
    db.execute("PRAGMA user_version = 3")
    db.close()
    assert (lab.status(run).note, lab.status(run).tags) == ("", ())
    lab.annotate(run, tags=["old"])
    assert lab.status(run).tags == ("old",)
