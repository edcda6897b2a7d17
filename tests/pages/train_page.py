"""What tests of the Train page share: a lab of their own, and the page as a visitor opens it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from convnext_viz.lab import Lab
from convnext_viz.specs import ConvNeXtSpec

ROOT = Path(__file__).parents[2]
WAIT = 180  # seconds: the first run of the page imports torch
TINY = ConvNeXtSpec(name="tiny", depths=(1, 1), dims=(8, 16), num_classes=10, patch_size=4)


def own_lab(home: Path) -> Iterator[Lab]:
    """A lab of one test file, with one real worker, until the file is through."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVNEXT_VIZ_HOME", str(home))
        patch.setenv("OMP_NUM_THREADS", "1")
        made = Lab()
        yield made
        made.close()


def opened(**query: str) -> AppTest:
    """The page by a link with this query."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=WAIT)
    for name, value in query.items():
        app.query_params[name] = value
    return app.switch_page("pages/train.py").run()


def quiet(app: AppTest) -> AppTest:
    """The same page, which has nothing to complain of."""
    assert not app.exception and not app.error, [*app.exception, *app.error]
    return app
