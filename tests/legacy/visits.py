"""The app's pages as a visitor meets them, for the links among the files: opened, worked, read."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]
WAIT = 180  # seconds: the first run of a page imports torch
PREFIX = {"architecture": "arch", "block": "block", "explain": "explain", "train": "train"}


def opened(page: str, link: Mapping[str, str]) -> AppTest:
    """A page by a link."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=WAIT)
    app.switch_page(f"pages/{page}.py")
    for name, value in link.items():
        app.query_params[name] = value
    return sound(app.run())


def sound(app: AppTest) -> AppTest:
    """The same page, which has nothing to complain of."""
    assert not app.exception and not app.error, [*app.exception, *app.error]
    return app


def query(app: AppTest) -> dict[str, str]:
    """The address as it stands, without the language."""
    pairs = dict(app.query_params).items()
    return {name: "".join(value) for name, value in pairs if name != "lang"}


def key(app: AppTest, page: str, name: str) -> str:
    """The session's name of a choice; a knob's of the Architecture page counts how often all of
    them were set anew."""
    name, _, knob = name.partition("~")
    return f"{PREFIX[page]}_{name}" + (f"_{app.session_state['arch_generation']}" if knob else "")


def choice(app: AppTest, page: str, name: str) -> Any:
    """What is chosen, as JSON has it; some is only there once a job behind it has ended."""
    end = time.monotonic() + WAIT
    while (where := key(app, page, name)) not in app.session_state:
        assert time.monotonic() < end, f"{page} has no choice of {name}"
        time.sleep(0.3)
        sound(app.run())
    value = app.session_state[where]
    return list(value) if isinstance(value, tuple | list) else value


def numbers(app: AppTest) -> dict[str, str]:
    """What stands there in large digits."""
    return {metric.label: str(metric.value) for metric in app.metric}


def choose(app: AppTest, page: str, name: str, value: Any) -> AppTest:
    """One widget used; a click on what the test tool does not know is put into the session."""
    where = key(app, page, name)
    kinds = ("selectbox", "button_group", "slider", "select_slider", "number_input", "text_input")
    for kind in (*kinds, "toggle", "multiselect", "segmented_control"):
        for widget in app.get(kind):
            if getattr(widget, "key", None) == where:
                act: Callable[[Any], Any] = widget.set_value
                return sound(act(value).run())
    app.session_state[where] = value
    return sound(app.run())
