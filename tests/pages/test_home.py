"""The Home page as a visitor's script: what it offers to take along."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("lang", "folder"), [("en", "notebooks"), ("zh", "notebooks/zh")])
def test_every_notebook_can_be_downloaded_in_the_pages_language(lang: str, folder: str) -> None:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.query_params["lang"] = lang
    app.run()
    assert not app.exception and not app.error
    files = sorted((ROOT / folder).glob("*.ipynb"))
    headings = [
        json.loads(file.read_text(encoding="utf-8"))["cells"][0]["source"][0] for file in files
    ]
    offered = [button.proto.label for button in app.get("download_button")]
    assert len(files) == 5 and offered == [one.strip("# \n") for one in headings]
    assert any(files[0].name in text.value for text in app.markdown)
