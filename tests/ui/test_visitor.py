"""Who a page is drawn for: by address, headers and cookie of a request, made up one by one."""

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.runtime import context
from streamlit.testing.v1 import AppTest

from convnext_viz.text import t
from convnext_viz.ui import visitor
from convnext_viz.ui.server.visitors import COOKIE
from convnext_viz.ui.visitor import Visitor

ANN, BEN = 32 * "a", 32 * "b"
LOCAL = {"host": "localhost:8501", "origin": "http://localhost:8501"}
FAR = {"host": "10.0.0.1:8501", "origin": "http://10.0.0.1:8501"}
Ask = Callable[..., AppTest]


def script() -> None:
    import streamlit as st

    from convnext_viz.ui import visitor

    st.session_state["found"] = visitor.visitor()


@pytest.fixture
def come(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Ask:
    """A browser that comes from ``ip`` with ``headers`` and a ``cookie``."""
    monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(tmp_path))
    for name in ("LOOPBACK", "TEACHER_KEY", "ROOTS"):
        monkeypatch.delenv(f"CONVNEXT_VIZ_{name}", raising=False)

    def ask(ip: str | None, headers: dict[str, str], cookie: str = "") -> AppTest:
        cookies = {COOKIE: cookie} if cookie else {}
        client = SimpleNamespace(headers=list(headers.items()), cookies=cookies, remote_ip=ip)
        monkeypatch.setattr(context, "_get_client_context", lambda: client)
        app = AppTest.from_function(script).run()
        assert not app.exception
        return app

    return ask


def found(app: AppTest) -> Visitor:
    who: Visitor = app.session_state["found"]
    return who


@pytest.mark.parametrize("ip", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["localhost:8501", "127.0.0.1:8501", "[::1]:8501", "localhost"])
def test_who_sits_at_the_computer_is_its_teacher(come: Ask, ip: str, host: str) -> None:
    headers = {"host": host, "origin": f"http://{host}"}
    assert found(come(ip, headers, ANN)) == Visitor("server", True)
    assert found(come(ip, {"host": host})) == Visitor("server", True)  # no browser, but from here


@pytest.mark.parametrize(
    ("ip", "headers"),
    [
        ("10.0.0.7", FAR),
        ("10.0.0.7", LOCAL),  # forged: an address cannot be
        ("2001:db8::1", FAR),
        ("::ffff:10.0.0.7", FAR),
        ("127.0.0.1", LOCAL | {"x-forwarded-for": "10.0.0.7"}),  # a proxy on this computer
        ("127.0.0.1", LOCAL | {"X-Forwarded-For": "127.0.0.1"}),
        ("127.0.0.1", LOCAL | {"x-real-ip": "127.0.0.1"}),
        ("127.0.0.1", LOCAL | {"forwarded": "for=127.0.0.1"}),
        ("127.0.0.1", LOCAL | {"via": "1.1 proxy"}),
        ("127.0.0.1", LOCAL | {"origin": "https://class.example"}),  # one that adds no header
        ("127.0.0.1", LOCAL | {"host": "class.example"}),  # a name that was bound to this address
        ("127.0.0.1", LOCAL | {"host": "localhost.example"}),
        ("127.0.0.1", LOCAL | {"origin": "null"}),
        ("127.0.0.1", {"origin": "http://localhost"}),
        (None, FAR),
    ],
)
def test_everybody_else_is_a_visitor(come: Ask, ip: str, headers: dict[str, str]) -> None:
    who = found(come(ip, headers, ANN))
    assert re.fullmatch("[0-9a-f]{16}", who.id) and not who.teacher


def test_the_switch_ends_the_exception_for_this_computer(
    come: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONVNEXT_VIZ_LOOPBACK", "0")
    who = found(come("127.0.0.1", LOCAL, ANN))
    assert not who.teacher and not who.here
    assert who == found(come("10.0.0.7", FAR, ANN))  # the cookie alone says who it is


def test_a_browser_is_the_same_visitor_again_and_another_one_is_not(come: Ask) -> None:
    first, again, other = (found(come("10.0.0.7", FAR, one)).id for one in (ANN, ANN, BEN))
    assert first == again != other
    assert ANN not in first  # what is written down lets nobody pose as them


@pytest.mark.parametrize("cookie", ["", "server", "A" * 32, "a" * 31, f"{ANN}a", "../" * 11])
def test_without_a_cookie_of_ours_a_session_is_a_visitor_of_its_own(come: Ask, cookie: str) -> None:
    app = come("10.0.0.7", FAR, cookie)
    assert found(app.run()) == found(app)
    assert found(app).id != found(come("10.0.0.7", FAR, cookie)).id
    assert not found(app).here and not found(app).teacher


def test_a_program_is_at_this_computer_only_where_none_is_let_in(
    come: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found(come(None, {})) == Visitor("server", True)
    options = {"server.enableAgentApi": True}
    real = st.get_option
    monkeypatch.setattr(st, "get_option", lambda name: options.get(name, real(name)))
    assert not found(come(None, {})).teacher


def test_a_thread_is_nobody() -> None:
    assert visitor.visitor() == Visitor("nobody", False)


def test_the_key_makes_a_browser_a_teacher_until_there_is_another_key(
    come: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def enter() -> None:
        import streamlit as st

        from convnext_viz.ui import visitor

        st.session_state["right"] = visitor.give_key(st.session_state["given"])

    def given(key: str, cookie: str) -> bool:
        come("10.0.0.7", FAR, cookie)
        app = AppTest.from_function(enter)
        app.session_state["given"] = key
        app.run()
        assert not app.exception
        return bool(app.session_state["right"])

    assert not given("", ANN)  # no key: nothing is it
    monkeypatch.setenv("CONVNEXT_VIZ_TEACHER_KEY", "correct horse 电池")
    assert not given("", ANN) and not given("correct horse", ANN)
    assert not found(come("10.0.0.7", FAR, ANN)).teacher
    assert given(" correct horse 电池 ", ANN)
    who = found(come("10.0.0.7", FAR, ANN))
    assert who.teacher and not who.here  # files of the server stay closed
    assert not found(come("10.0.0.7", FAR, BEN)).teacher
    monkeypatch.setenv("CONVNEXT_VIZ_TEACHER_KEY", "another one")
    assert not found(come("10.0.0.7", FAR, ANN)).teacher


def test_a_path_is_checked_for_visitors_and_for_a_teacher_from_elsewhere(
    come: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def look() -> None:
        import streamlit as st

        from convnext_viz.ui import visitor

        try:
            st.session_state["place"] = visitor.place(st.session_state["path"])
        except ValueError as error:
            st.session_state["place"] = error

    def place(path: str) -> str:
        app = AppTest.from_function(look)
        app.session_state["path"] = path
        app.run()
        assert not app.exception
        return str(app.session_state["place"])

    (tmp_path / "open" / "cats").mkdir(parents=True)
    come("127.0.0.1", LOCAL)
    assert place("~/x/..") == "~/x/.."
    come("10.0.0.7", FAR, ANN)
    refused = t("train.error.not_permitted")
    assert place("") == ""  # nothing is named
    assert [place(str(tmp_path / "open")), place("/etc"), place("/nothing")] == [refused] * 3
    monkeypatch.setenv("CONVNEXT_VIZ_ROOTS", str(tmp_path / "open"))
    assert place(f"{tmp_path}/open/../open/cats") == str(tmp_path / "open" / "cats")
    assert [place(f"{tmp_path}/open/.."), place("/etc"), place("/nothing")] == [refused] * 3
