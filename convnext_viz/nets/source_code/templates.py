"""Templates of Python source: holes for words and for lines, and how a long call is broken."""

from collections.abc import Iterable
from string import Template

Lines = list[str]

WIDTH = 88  # columns: the formatters' own default


def written(template: str, **parts: str | Lines) -> Lines:
    """The template's lines with its holes, ``$part``, filled.

    A hole for lines has a line to itself, where they are indented as it is; no lines, no line.
    """
    words = {name: part for name, part in parts.items() if isinstance(part, str)}
    lines: Lines = []
    for line in template.strip("\n").splitlines():
        part = parts.get(line.strip().removeprefix("$"))
        if isinstance(part, list):
            lines += indented(part, len(line) - len(line.lstrip()))
        else:
            lines.append(Template(line).substitute(words))
    return lines


def indented(lines: Iterable[str], columns: int) -> Lines:
    """The lines, moved to the right."""
    return [" " * columns + line if line else "" for line in lines]


def call(start: str, arguments: Iterable[str], columns: int, *, tail: str = "") -> Lines:
    """``start(arguments)tail``, to stand behind ``columns``: one line, or a line an argument."""
    line = f"{start}({', '.join(arguments)}){tail}"
    if columns + len(line) <= WIDTH:
        return [line]
    return [f"{start}(", *indented((f"{a}," for a in arguments), 4), f"){tail}"]


def sequence(name: str, layers: Lines) -> Lines:
    """A chain of named layers, assigned to ``name``; theirs are eight columns further right."""
    template = """
$name = nn.Sequential(
    OrderedDict(
        $layers
    )
)
"""
    return written(template, name=name, layers=layers)


def number(value: float) -> str:
    """A float as a person writes it: 1e-6 rather than 1e-06."""
    return repr(float(value)).replace("e-0", "e-")
