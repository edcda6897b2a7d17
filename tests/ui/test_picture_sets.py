"""Sets that a visitor may open, and the space that they have for them."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from convnext_viz.data import own_sets
from convnext_viz.lab.rights import HERE
from convnext_viz.text import LANGUAGES, t, use_language
from convnext_viz.ui.visitor import Visitor
from tests.data.own_pictures import files

OF = {"ann": "a" * 16, "ben": "b" * 16, "before": "", "server": HERE}


@pytest.fixture
def sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A set of everybody's."""
    monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(tmp_path))
    monkeypatch.setenv("CONVNEXT_VIZ_QUOTA_MB", "1")
    return {name: own_sets.create(name, owner=owner).id for name, owner in OF.items()}


def seen(who: Visitor, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    from convnext_viz.ui import picture_sets

    monkeypatch.setattr(picture_sets, "visitor", lambda: who)
    listed = picture_sets.sets()
    for one in own_sets.listing():
        assert (picture_sets.find(one.id) is not None) == (one in listed)
    for none in ("0" * 32, "../x", ""):
        assert picture_sets.find(none) is None
    return {one.name for one in listed}


def test_a_set_is_its_owners_and_a_teacher_has_all(
    sets: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert seen(Visitor(OF["ann"], False), monkeypatch) == {"ann"}
    assert seen(Visitor("nobody", False), monkeypatch) == set()
    assert seen(Visitor(HERE, False), monkeypatch) == {"server", "before"}
    assert seen(Visitor(OF["ben"], True), monkeypatch) == set(OF)


def space() -> None:
    import streamlit as st

    from convnext_viz.text import use_language
    from convnext_viz.ui import own_runs

    use_language(st.session_state["code"])
    try:
        own_runs.check_space()
        st.session_state["said"] = ""
    except ValueError as error:
        st.session_state["said"] = str(error)


def said(code: str = "en") -> str:
    app = AppTest.from_function(space)
    app.session_state["code"] = code
    app.session_state["visitor"] = 32 * "a"
    app.run()
    assert not app.exception
    return str(app.session_state["said"])


@pytest.mark.parametrize("code", LANGUAGES)
def test_sets_count_against_the_visitors_own_space_alone(
    sets: dict[str, str], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from convnext_viz.ui import own_runs, visitor

    monkeypatch.setenv("CONVNEXT_VIZ_LOOPBACK", "0")
    who = Visitor(OF["ann"], False)
    monkeypatch.setattr(own_runs, "visitor", lambda: who)
    monkeypatch.setattr(visitor, "visitor", lambda: who)
    assert said(code) == ""
    own_sets.add(sets["ben"], "x", files(10))
    monkeypatch.setattr(own_sets, "usage", lambda owner: 2_000_000 * (owner == OF["ben"]))
    assert said(code) == ""  # another one's sets
    monkeypatch.setattr(own_sets, "usage", lambda owner: 1_000_000 * (owner == OF["ann"]))
    with use_language(code):
        assert said(code) == t("lab.error.quota_disk", used=1, most=1)
    monkeypatch.setattr(visitor, "visitor", lambda: Visitor(OF["ann"], True))
    assert said(code) == ""  # a teacher has no quota
