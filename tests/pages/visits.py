"""A page as a visitor's script: opened by a link, and with nothing to complain of."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]
WAIT = 180  # seconds: the first run that measures imports torch


def opened(page: str, **query: str) -> AppTest:
    """The page by a link with this query."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=WAIT)
    for name, value in query.items():
        app.query_params[name] = value
    return app.switch_page(f"pages/{page}.py").run()


def quiet(app: AppTest) -> AppTest:
    """The same page, which has nothing to complain of."""
    assert not app.exception and not app.error, [*app.exception, *app.error]
    return app
