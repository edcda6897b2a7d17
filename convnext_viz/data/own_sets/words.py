"""Names of sets, classes and files as people type them: one line, one form, of a sensible length.

No name ever becomes part of a path, so that a class may be called ``../x``, ``con`` or 猫.
"""

import unicodedata

from convnext_viz.text import t

LONGEST = 80  # characters of a set's or a class's name
_JOINERS = "\u200c\u200d"  # not printable, but letters and emoji change without them


def set_name(given: str) -> str:
    """A set's name; raises ValueError for an empty or endless one."""
    return _checked(given, "own_sets.error.set_name")


def class_name(given: str) -> str:
    """A class's name; raises ValueError for an empty or endless one."""
    return _checked(given, "own_sets.error.class_name")


def file_name(given: str) -> str:
    """A file's name without the folders that some browsers put in front of it; a long one is
    cut."""
    words = _line(given.replace("\\", "/").rstrip("/").rpartition("/")[2]) or "–"
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 17]}…{words[-16:]}"


def _checked(given: str, key: str) -> str:
    words = _line(given)
    if not words.strip(_JOINERS) or len(words) > LONGEST:
        raise ValueError(t(key, longest=LONGEST))
    return words


def _line(given: str) -> str:
    normal = unicodedata.normalize("NFC", given)
    return " ".join("".join(c if c.isprintable() or c in _JOINERS else " " for c in normal).split())
