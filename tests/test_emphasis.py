"""Every text is the Markdown that was meant: no star of an emphasis is left to be read.

Beside Chinese punctuation a closing ** is none (CommonMark 0.31, "right-flanking"): **答案：**是
shows its stars, **答案**：是 does not.
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

CONTENT = Path(__file__).parents[1] / "convnext_viz" / "content"
MARKDOWN = MarkdownIt("commonmark").enable("table")


def strings(values: Any) -> Iterator[str]:
    if isinstance(values, str):
        yield values
    elif isinstance(values, dict):
        for value in values.values():
            yield from strings(value)


def texts(file: Path) -> Iterator[str]:
    source = file.read_text(encoding="utf-8")
    yield from [source] if file.suffix == ".md" else strings(tomllib.loads(source))


def stars(text: str) -> Iterator[str]:
    """What would be shown with a star in it; formulas and what is filled in are no Markdown."""
    text = re.sub(r"\$\$.*?\$\$|\$[^$\n]*\$|\{[^{}]*\}", "x", text, flags=re.DOTALL)
    for token in MARKDOWN.parse(text):
        for part in token.children or ():
            if part.type == "text" and "*" in part.content:
                yield part.content


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_star_is_shown(language: str) -> None:
    files = [*(CONTENT / language).glob("*.md"), *(CONTENT / language).glob("labels/*.toml")]
    assert len(files) > 20
    shown = [f"{f.name}: {star}" for f in files for text in texts(f) for star in stars(text)]
    assert not shown, "\n".join(shown)


def test_a_star_beside_chinese_punctuation_is_seen() -> None:
    assert [*stars("**答案：**是")] and not [*stars("**答案**：是")]
