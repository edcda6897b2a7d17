"""The language of a page: the visitor's own choice, else the link's, else the browser's."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]
ENGLISH, CHINESE = "Block", "ConvNeXt 块"


def opened(locale: str | None, monkeypatch: pytest.MonkeyPatch, **link: str) -> AppTest:
    monkeypatch.setattr(type(st.context), "locale", locale)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.query_params.update({"section": "bottleneck"} | link)
    return app.switch_page("pages/block.py").run()


@pytest.mark.parametrize("locale", ["zh", "zh-CN", "zh-TW", "ZH-hans-SG"])
def test_a_chinese_browser_opens_chinese_and_the_link_need_not_say_so(
    locale: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(locale, monkeypatch)
    assert app.title[0].value == CHINESE and "lang" not in app.query_params


@pytest.mark.parametrize("locale", [None, "", "en-GB", "de", "zu"])
def test_any_other_browser_opens_english(
    locale: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert opened(locale, monkeypatch).title[0].value == ENGLISH


@pytest.mark.parametrize(
    ("locale", "lang", "title"),
    [("zh-CN", "en", ENGLISH), ("en-US", "zh", CHINESE), ("zh-CN", "fr", CHINESE)],
)
def test_the_link_wins_over_the_browser_where_it_names_a_language(
    locale: str, lang: str, title: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert opened(locale, monkeypatch, lang=lang).title[0].value == title


def test_the_visitors_choice_wins_and_stands_in_the_link(monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("zh-CN", monkeypatch)
    app.segmented_control("lang").set_value("en").run()
    assert app.title[0].value == ENGLISH and app.query_params["lang"] == "en"
    app = app.switch_page("pages/home.py").run()
    assert app.title[0].value == "ConvNeXt Viz" and app.query_params["lang"] == "en"
