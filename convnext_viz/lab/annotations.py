"""Annotations of runs: a name, a note and tags, checked and cleaned before they are stored."""

import json
from collections.abc import Sequence

from convnext_viz.text import t
from convnext_viz.train.experiment import MAX_NAME

MAX_NOTE = 2000  # characters
MAX_TAG = 40
MAX_TAGS = 12


def columns(name: str | None, note: str | None, tags: Sequence[str] | None) -> dict[str, str]:
    """What is to be stored, by column, without what is None; raises ValueError in words."""
    changed: dict[str, str] = {}
    if name is not None:
        changed["name"] = _line(name)
        if not 1 <= len(changed["name"]) <= MAX_NAME:
            raise ValueError(t("lab.error.name", most=MAX_NAME))
    if note is not None:
        changed["note"] = "\n".join(map(_printable, note.strip().splitlines()))
        if len(changed["note"]) > MAX_NOTE:
            raise ValueError(t("lab.error.note", count=len(changed["note"]), most=MAX_NOTE))
    if tags is not None:
        changed["tags"] = json.dumps(_tags(tags), ensure_ascii=False)
    return changed


def _tags(given: Sequence[str]) -> list[str]:
    """One of each, in the order given."""
    lines = [line for line in map(_line, given) if line]
    found = list({line.casefold(): line for line in reversed(lines)}.values())[::-1]
    for tag in found:
        if len(tag) > MAX_TAG:
            raise ValueError(t("lab.error.tag", tag=tag[:MAX_TAG], most=MAX_TAG))
    if len(found) > MAX_TAGS:
        raise ValueError(t("lab.error.tags", count=len(found), most=MAX_TAGS))
    return found


def _line(text: str) -> str:
    """On one line, single spaces."""
    return " ".join(_printable(part) for part in text.split())


def _printable(text: str) -> str:
    """Without control characters, and without those that turn the direction of writing."""
    return "".join(letter for letter in text if letter.isprintable())
