"""The Home page as a visitor's script: what it offers to take along."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from convnext_viz.text import prose, use_language

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_there_is_a_door_to_every_page_and_it_says_what_is_behind(lang: str) -> None:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.query_params["lang"] = lang
    app.run()
    use_language(lang)
    pages = {path.stem for path in (ROOT / "pages").glob("*.py")} - {"home"}
    doors = [link.proto.page for link in app.get("page_link")]
    assert {Path(door).stem for door in doors} == pages and len(doors) == len(pages)
    texts = {text.value for text in app.markdown}
    assert all(prose("home", f"door_{page}") in texts for page in pages)


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
    assert len(files) == 11 and offered == [one.strip("# \n") for one in headings]
    assert any(files[0].name in text.value for text in app.markdown)
