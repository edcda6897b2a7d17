"""A choice in its three places: the widget, the session and the link, which the browser's history
goes back and forth through."""

import json
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from convnext_viz.ui import choices
from tests.ui.history import go_back, link_of


def page() -> None:
    """A page with every kind of choice, some of them only under a condition."""
    import streamlit as st

    from convnext_viz.ui.choices import (
        choice,
        number,
        rejected,
        restore,
        several,
        value,
        words,
        write_link,
    )

    restore(st.session_state.get("page", "here"))
    if st.session_state.get("page") != "elsewhere":
        st.selectbox("net", ["a", "b", "c"], key=choice("x_net", ["a", "b", "c"], "a", link="net"))
        if st.toggle("more", key=choice("x_more", (False, True), False, link="more")):
            st.slider("rate", 0.0, 1.0, key=number("x_rate", 0.0, 1.0, 0.5, link="rate"))
            st.select_slider("step", range(4), key=choice("x_step", range(4), 0, link="step"))
        st.pills(
            "acts",
            list("pqr"),
            selection_mode="multi",
            key=several("x_acts", list("pqr"), ["p"], link="acts"),
        )
        st.text_input("find", key=words("x_find", longest=5, link="find"))
        st.number_input("seeds", 1, 9, key=number("x_seeds", 1, 9, 3))
        st.code(str(value("x_rate", None)))
        st.json(rejected())
    write_link()


NAMES = ("x_net", "x_more", "x_rate", "x_step", "x_acts", "x_find", "x_seeds")
LINK = {"net": "b", "more": "True", "rate": "0.25", "step": "2", "acts": "q,r", "find": "abc"}
BAD = {"net": "z", "more": "yes", "find": "abcdefgh", "acts": "z", "other": "1"}


def opened(**link: str) -> AppTest:
    app = AppTest.from_function(page, default_timeout=30)
    app.query_params.update(link)
    return sound(app.run())


def sound(app: AppTest) -> AppTest:
    assert not app.exception, app.exception
    return app


def shown(app: AppTest) -> dict[str, object]:
    return {name: app.session_state[name] for name in NAMES if name in app.session_state}


def visit(app: AppTest, page: str, **link: str) -> AppTest:
    app.session_state["page"] = page
    app.query_params.clear()
    app.query_params.update(link)
    return sound(app.run())


def test_a_link_is_shown_and_says_the_same_again() -> None:
    app = opened(**LINK)
    wanted = {"x_net": "b", "x_more": True, "x_rate": 0.25, "x_step": 2, "x_acts": ["q", "r"]}
    assert shown(app) == wanted | {"x_find": "abc", "x_seeds": 3}
    for _ in range(2):
        assert link_of(app) == LINK
        sound(app.run())


def test_the_default_is_in_no_link() -> None:
    app = opened()
    assert link_of(app) == {}
    sound(app.selectbox("x_net").set_value("b").run())
    assert link_of(app) == {"net": "b"}
    sound(app.selectbox("x_net").set_value("a").run())
    assert link_of(app) == {}


def test_nothing_chosen_of_several_is_in_no_link() -> None:
    app = sound(opened().button_group("x_acts").set_value([]).run())
    assert link_of(app) == {} and app.session_state["x_acts"] == []


def test_what_a_link_says_wrongly_is_named_until_another_choice() -> None:
    app = opened(**BAD)
    # Of several and of text, what is possible is taken.
    said = {"net": "z", "more": "yes", "acts": "z"}
    assert json.loads(app.json[0].value) == said
    assert link_of(app) == {"find": "abcde", "other": "1"}  # what is not ours stays
    assert sound(app.run()).json[0].value == app.json[0].value
    sound(app.selectbox("x_net").set_value("b").run())
    assert app.json[0].value == "{}"


@pytest.mark.parametrize("text", ["nan", "-1", "1e9", "", "half"])
def test_a_number_outside_its_range_is_the_default(text: str) -> None:
    app = opened(more="True", rate=text)
    assert app.session_state["x_rate"] == 0.5 and link_of(app) == {"more": "True"}


def test_back_and_forward_show_what_their_link_says() -> None:
    app = opened(**LINK)
    sound(app.selectbox("x_net").set_value("c").run())
    sound(app.number_input("x_seeds").set_value(5).run())
    go_back(app, {"net": "b"})
    assert shown(app) == {
        "x_net": "b",
        "x_more": False,
        "x_acts": ["p"],
        "x_find": "",
        "x_seeds": 5,  # in no link
    }
    assert link_of(app) == {"net": "b"}
    go_back(app, LINK)
    assert app.session_state["x_rate"] == 0.25 and link_of(app) == LINK
    sound(app.selectbox("x_net").set_value("a").run())  # and then clicks count again
    assert link_of(app) == {name: text for name, text in LINK.items() if name != "net"}


def test_going_back_leaves_what_is_not_shown_as_it_was() -> None:
    app = opened(more="True", rate="0.25")
    sound(app.toggle("x_more").set_value(False).run())
    assert link_of(app) == {}
    go_back(app, {"net": "b"})
    sound(app.toggle("x_more").set_value(True).run())
    assert app.session_state["x_rate"] == 0.25


def test_choices_survive_another_page() -> None:
    app = opened(net="b", more="True", rate="0.75")
    visit(app, "elsewhere")
    visit(app, "here")
    assert link_of(app) == {"net": "b", "more": "True", "rate": "0.75"}


def test_whoever_comes_by_a_link_sees_what_it_says_and_nothing_of_the_last_visit() -> None:
    app = opened(net="b", more="True")
    sound(app.number_input("x_seeds").set_value(5).run())
    visit(app, "elsewhere")
    visit(app, "here", find="abc")
    assert shown(app) == {
        "x_net": "a",
        "x_more": False,
        "x_acts": ["p"],
        "x_find": "abc",
        "x_seeds": 5,
    }


def test_a_choice_that_is_not_drawn_yet_waits_for_its_link() -> None:
    app = opened(rate="0.25")
    assert app.code[0].value == "None"
    sound(app.toggle("x_more").set_value(True).run())
    assert app.session_state["x_rate"] == 0.25 and app.code[0].value == "0.25"


def clicked() -> None:
    """A choice behind a click, in a fragment that a timer runs too."""
    import streamlit as st

    from convnext_viz.ui.choices import choice, keep, put, restore, write_link

    restore("here")
    st.button("chart", key="chart", on_click=put, args=("x_net", "c"))
    keep()
    st.selectbox("net", ["a", "b", "c"], key=choice("x_net", ["a", "b", "c"], "a"))
    write_link()


def test_a_timer_that_knows_less_than_the_last_click_undoes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = sound(AppTest.from_function(clicked, default_timeout=30).run())
    app.selectbox(key="x_net").set_value("b")
    sound(app.run())
    sound(app.button(key="chart").click().run())
    assert app.selectbox(key="x_net").value == "c"
    timer = SimpleNamespace(fragment_ids_this_run=["live"], is_history_navigation=False)
    with monkeypatch.context() as patched:
        patched.setattr(choices, "get_script_run_ctx", lambda: timer)
        sound(app.selectbox(key="x_net").set_value("b").run())  # sent before "c" was heard of
        assert app.selectbox(key="x_net").value == "c"
    sound(app.selectbox(key="x_net").set_value("b").run())  # chosen by the visitor
    assert app.selectbox(key="x_net").value == "b"
    with monkeypatch.context() as patched:
        patched.setattr(choices, "get_script_run_ctx", lambda: timer)
        assert sound(app.run()).selectbox(key="x_net").value == "b"
