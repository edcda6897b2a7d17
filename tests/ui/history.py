"""Back and Forward without a browser: what Streamlit is told when one is pressed."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.testing.v1 import AppTest, local_script_runner


@contextmanager
def _history_navigation() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        made = partial(local_script_runner.RerunData, is_history_navigation=True)
        patch.setattr(local_script_runner, "RerunData", made)
        # A page's first run in an AppTest may be without its frame, and runs again (ui.shell).
        reset = ScriptRunContext.reset

        def as_history(context: ScriptRunContext, *given: Any, **named: Any) -> None:
            reset(context, *given, **named | {"is_history_navigation": True})

        patch.setattr(ScriptRunContext, "reset", as_history)
        yield


def go_back(app: AppTest, link: dict[str, str]) -> AppTest:
    """Runs the page as after Back or Forward to ``link``; the language stays as it is."""
    lang = app.query_params.get("lang")
    app.query_params.clear()
    app.query_params.update(
        link | ({"lang": lang if isinstance(lang, str) else lang[-1]} if lang else {})
    )
    with _history_navigation():
        return app.run()


def link_of(app: AppTest) -> dict[str, str]:
    """What the address says of the page."""
    found = {name: value for name, value in app.query_params.items() if name != "lang"}
    return {name: value if isinstance(value, str) else value[-1] for name, value in found.items()}
