"""Labels, prose and the language of the running context."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from pathlib import Path

import pytest

from convnext_viz import text
from convnext_viz.text import (
    LANGUAGES,
    language,
    prose,
    sentences,
    t,
    use_language,
    use_language_everywhere,
)

FILES = {
    "en/labels/room.toml": '[map]\nalt = "{n:,} layers"\nmath = "$x^{{2}}$"\nkey = "{key}"',
    "zh/labels/room.toml": '[map]\nalt = "{n:,} 层"\nmath = "$x^{{2}}$"\nkey = "{key}"',
    "en/page.md": "For translators.\n\n## one\n\n### Why\n\nBecause.\n\n## two\n```\n# x\n```\n",
    "zh/page.md": "## one\n\n因为。\n\n## two\n\n二\n",
}


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A catalogue of our own, so that no page's wording decides these tests."""
    for file, content in FILES.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(content, encoding="utf-8")
    monkeypatch.setattr(text, "_CONTENT", tmp_path)
    caches = (text._labels, text._sections)
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()


@pytest.mark.usefixtures("room")
def test_a_label_follows_the_language_and_takes_values() -> None:
    assert t("room.map.alt", n=1234) == "1,234 layers"
    with use_language("zh"):
        assert t("room.map.alt", n=1234) == "1,234 层"
    assert t("room.map.math") == "$x^{2}$"
    assert t("room.map.key", key="any name is free for a placeholder").startswith("any name")


@pytest.mark.usefixtures("room")
@pytest.mark.parametrize("key", ["room.map.none", "room.map", "room", "nowhere.map.alt", ""])
def test_an_unknown_key_is_named(key: str) -> None:
    with pytest.raises(KeyError, match=f"{key}: not in en/labels"):
        t(key)


@pytest.mark.usefixtures("room")
def test_a_missing_value_is_named() -> None:
    with pytest.raises(KeyError, match=r"room\.map\.alt: no value for the placeholder 'n'"):
        t("room.map.alt", m=3)


@pytest.mark.usefixtures("room")
def test_prose_is_a_section_without_its_heading() -> None:
    assert prose("page", "one") == "### Why\n\nBecause."
    assert prose("page", "two") == "```\n# x\n```"
    with use_language("zh"):
        assert prose("page", "one") == "因为。"


@pytest.mark.usefixtures("room")
@pytest.mark.parametrize(("page", "section"), [("page", "three"), ("none", "one"), ("page", "Why")])
def test_an_unknown_section_is_named(page: str, section: str) -> None:
    with pytest.raises(KeyError, match=rf"{page}\.{section}: not in en/{page}\.md"):
        prose(page, section)


def test_a_language_lasts_as_long_as_it_should() -> None:
    assert language() == "en"
    use_language("zh")
    assert language() == "zh"
    with use_language("en"), use_language("zh"):
        assert language() == "zh"
    assert language() == "zh"
    with pytest.raises(RuntimeError), use_language("en"):
        raise RuntimeError
    assert language() == "zh"


def test_a_language_belongs_to_its_thread() -> None:
    def speak(code: str) -> str:
        use_language(code)
        return t("common.error.language", value="x", allowed="y")

    with ThreadPoolExecutor(max_workers=1) as pool:
        chinese = pool.submit(speak, "zh").result()
    assert language() == "en"
    assert chinese != t("common.error.language", value="x", allowed="y")


def test_a_language_for_all_who_choose_none() -> None:
    chooses = Context()
    chooses.run(use_language, "en")
    try:
        use_language_everywhere("zh")
        assert Context().run(language) == "zh" and chooses.run(language) == "en"
        with pytest.raises(ValueError, match="“fr”"):
            use_language_everywhere("fr")
        assert Context().run(language) == "zh"
    finally:
        use_language_everywhere("en")
    assert Context().run(language) == "en"


def test_sentences_follow_each_other_as_the_language_writes_them() -> None:
    assert sentences("One.", "", "Two.") == "One. Two."
    with use_language("zh"):
        assert sentences("一。", "二。", "") == "一。二。"


def test_an_unknown_language_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"“fr”.*en, zh"):
        use_language("fr")
    assert language() == "en" and set(LANGUAGES) == {"en", "zh"}


@pytest.mark.usefixtures("room")
def test_many_threads_read_one_catalogue() -> None:
    with ThreadPoolExecutor(max_workers=16) as pool:
        said = set(pool.map(lambda n: t("room.map.alt", n=n % 3), range(300)))
    assert said == {"0 layers", "1 layers", "2 layers"}


def test_a_label_can_be_asked_for() -> None:
    assert text.has_label("common.page.home") and not text.has_label("common.page.nowhere")
