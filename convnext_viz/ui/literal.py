"""Literal text: what a visitor wrote, in Markdown as it stands."""

import re

_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&^=])")


def literal(text: str) -> str:
    """``text`` with its markup escaped; each of its lines stays one."""
    return "  \n".join(_MARKUP.sub(r"\\\1", line) for line in text.splitlines())
