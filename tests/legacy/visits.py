"""The app's pages as a visitor meets them, for the links among the files: opened, worked, read."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from tests.legacy import opening

ROOT = Path(__file__).parents[2]
WAIT = 180  # seconds: the first run of a page imports torch
PREFIX = {"architecture": "arch", "block": "block", "explain": "explain", "train": "train"}
SINCE = {"architecture": {"base": "net"}, "train": {"last": "run"}}  # what choices are called since


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


def key(page: str, name: str) -> str:
    """The session's name of a choice."""
    return f"{PREFIX[page]}_{SINCE.get(page, {}).get(name, name)}"


def setting(app: AppTest, name: str) -> Any:
    """A field of the chosen network on the Architecture page, as its control shows it."""
    changed = app.session_state["arch_changes"]
    value = changed.get(
        name, getattr(opening.named("variant", app.session_state["arch_net"]), name)
    )
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else value


def choice(app: AppTest, page: str, name: str) -> Any:
    """What is chosen, as JSON has it; some is only there once a job behind it has ended."""
    if name.endswith("~knob"):
        return setting(app, name.removesuffix("~knob"))
    end = time.monotonic() + WAIT
    while (where := key(page, name)) not in app.session_state:
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
    where = key(page, name)
    kinds = ("selectbox", "button_group", "slider", "select_slider", "number_input", "text_input")
    for kind in (*kinds, "toggle", "multiselect", "segmented_control"):
        for widget in app.get(kind):
            if getattr(widget, "key", None) == where:
                act: Callable[[Any], Any] = widget.set_value
                return sound(act(value).run())
    app.session_state[where] = value
    return sound(app.run())
