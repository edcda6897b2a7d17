"""Texts that a person reads, in English and Chinese.

Short strings live in ``content/<language>/labels/<file>.toml`` and are read with :func:`t`; prose
lives in ``content/<language>/<page>.md`` and is read with :func:`prose`. Both follow the current
language, which belongs to the running context (one visitor's script run, one thread, one task)
and is English until someone says otherwise. Files are read at first use and never again.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar, Token
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

LANGUAGES: Mapping[str, str] = MappingProxyType({"en": "English", "zh": "中文"})

_CONTENT = Path(__file__).parent / "content"
_SECTION = re.compile(r"^## ([a-z][a-z0-9_]*)$", re.MULTILINE)

_language: ContextVar[str] = ContextVar("language")
_where_none_is_chosen = ["en"]  # one entry, shared by all contexts


def language() -> str:
    """The current language, a key of :data:`LANGUAGES`."""
    return _language.get(_where_none_is_chosen[0])


def use_language(code: str) -> AbstractContextManager[None]:
    """Speak ``code`` from here on; in a ``with`` statement, only until its end.

    Raises ValueError for a language there are no words for.
    """
    _check(code)
    return _until_the_end(_language.set(code))


def use_language_everywhere(code: str) -> None:
    """Speak ``code`` in every context that has not chosen a language of its own.

    For notebooks, where each cell runs in a context of its own and forgets :func:`use_language`.
    Raises ValueError for a language there are no words for.
    """
    _check(code)
    _where_none_is_chosen[0] = code


def _check(code: str) -> None:
    if code not in LANGUAGES:
        raise ValueError(t("common.error.language", value=code, allowed=", ".join(LANGUAGES)))


@contextmanager
def _until_the_end(before: Token[str]) -> Iterator[None]:
    try:
        yield
    finally:
        _language.reset(before)


def t(key: str, /, **values: object) -> str:
    """The label ``file.section.key`` in the current language, its ``{placeholders}`` filled.

    ``t("architecture.map.alt", n=3)`` reads ``alt`` of the table ``[map]`` in
    ``architecture.toml``. A placeholder may carry a format (``{n:,}``); a brace that is to be
    shown is doubled. Raises KeyError, naming the key, where the key or a value is missing: a
    defect of the program, which the tests find and no visitor meets.
    """
    file, _, entry = key.partition(".")
    labels = _labels(language(), file)
    if entry not in labels:
        raise KeyError(f"{key}: not in {language()}/labels/{file}.toml")
    try:
        return labels[entry].format(**values)
    except (KeyError, IndexError) as missing:
        raise KeyError(f"{key}: no value for the placeholder {missing}") from missing


def has_label(key: str) -> bool:
    """Whether there is a label of that name in the current language."""
    file, _, entry = key.partition(".")
    return entry in _labels(language(), file)


def sentences(*said: str) -> str:
    """One after the other, without the empty ones: with a space between them where the language's
    own full stop brings none."""
    return ("" if language() == "zh" else " ").join(one for one in said if one)


def prose(page: str, section: str) -> str:
    """One section of a page's Markdown in the current language, without its heading line.

    In ``content/<language>/<page>.md`` a section begins with the line ``## section`` (lower case,
    digits, underscores) and runs to the next one; a visible heading inside it is ``###``. Raises
    KeyError, naming page and section, where there is none.
    """
    sections = _sections(language(), page)
    if section not in sections:
        raise KeyError(f"{page}.{section}: not in {language()}/{page}.md")
    return sections[section]


@cache
def _labels(code: str, file: str) -> Mapping[str, str]:
    """All labels of one file, by their dotted name; empty where the file does not exist."""
    path = _CONTENT / code / "labels" / f"{file}.toml"
    if not path.is_file():
        return MappingProxyType({})
    return MappingProxyType(dict(_dotted(tomllib.loads(path.read_text(encoding="utf-8")), "")))


def _dotted(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _dotted(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", str(value)


@cache
def _sections(code: str, page: str) -> Mapping[str, str]:
    """All sections of one page, by their id; empty where the file does not exist."""
    path = _CONTENT / code / f"{page}.md"
    if not path.is_file():
        return MappingProxyType({})
    _, *parts = _SECTION.split(path.read_text(encoding="utf-8"))
    return MappingProxyType(
        {name: body.strip() for name, body in zip(parts[::2], parts[1::2], strict=True)}
    )
