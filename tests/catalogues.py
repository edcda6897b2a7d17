"""What the tests know of the catalogues and of the code that reads them."""

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Any

HOUSE = "convnext_viz"
HEADING = re.compile(r"^## (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Use:
    """One call of ``t`` or ``prose``: a pattern of what it may read, and the values it passes."""

    where: str
    function: str
    pattern: str  # a regular expression; the key itself where the call is literal
    literal: bool
    values: frozenset[str] | None  # None: passed on as **values


def labels(content: Path, language: str) -> dict[str, Any]:
    """Every label of one language as ``{"file.section.key": value}``."""
    return {
        f"{path.stem}.{name}": value
        for path in sorted((content / language / "labels").glob("*.toml"))
        for name, value in dotted(tomllib.loads(path.read_text(encoding="utf-8")))
    }


def dotted(table: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{rest}", leaf) for rest, leaf in dotted(value))
        else:
            yield name, value


def sections(content: Path, language: str) -> dict[str, str]:
    """Every prose section of one language as ``{"page.section": text}``."""
    found = {}
    for path in sorted((content / language).glob("*.md")):
        _, *parts = HEADING.split(path.read_text(encoding="utf-8"))
        for name, body in zip(parts[::2], parts[1::2], strict=True):
            found[f"{path.stem}.{name}"] = body.strip()
    return found


def placeholders(value: str) -> frozenset[str]:
    """The names in braces; ValueError where a brace is neither doubled nor closed."""
    fields = (field for _, field, _, _ in Formatter().parse(value) if field is not None)
    return frozenset(re.split(r"[.\[]", field)[0] for field in fields)


def sources(root: Path) -> Iterator[tuple[Path, ast.Module]]:
    """Every Python file that may show a person something, and its tree."""
    for path in [
        *sorted((root / HOUSE).rglob("*.py")),
        *sorted((root / "pages").glob("*.py")),
        *sorted(root.glob("app.py")),
    ]:
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def strings(root: Path) -> set[str]:
    """Every string literal of the code: a key may stand in a table until ``t`` is called."""
    return {
        node.value
        for _, tree in sources(root)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def uses(root: Path) -> list[Use]:
    """Every call of ``t("…")`` and ``prose("…", "…")`` whose key can be read in the source."""
    found = []
    for path, tree in sources(root):
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            function = getattr(node.func, "id", getattr(node.func, "attr", ""))
            size = {"t": 1, "prose": 2}.get(function)
            if size is None or len(node.args) < size:
                continue
            names = [word.arg for word in node.keywords]
            found += [
                Use(
                    where=f"{path.relative_to(root)}:{node.lineno}",
                    function=function,
                    pattern=r"\.".join(pattern(part) for part in parts),
                    literal=all(isinstance(part, ast.Constant) for part in parts),
                    values=None if None in names else frozenset(map(str, names)),
                )
                for parts in alternatives(node.args[:size])
            ]
    return found


def alternatives(arguments: list[ast.expr]) -> list[list[ast.expr]]:
    """``t("a" if x else "b")`` reads either."""
    ways: list[list[ast.expr]] = [[]]
    for part in arguments:
        choices = [part.body, part.orelse] if isinstance(part, ast.IfExp) else [part]
        ways = [[*way, choice] for way in ways for choice in choices]
    return ways


def pattern(node: ast.expr) -> str:
    """A literal as itself, an f-string with any word for each value, anything else as any key."""
    if isinstance(node, ast.Constant):
        return re.escape(str(node.value))
    if isinstance(node, ast.JoinedStr):
        return "".join(
            re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"[\w.]+"
            for part in node.values
        )
    return r"[\w.]+"
