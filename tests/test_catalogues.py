"""Both languages say the same, the code reads what is there, and no sentence stays in Python."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.catalogues import HOUSE, labels, placeholders, sections, sources, strings, uses

ROOT = Path(__file__).parents[1]
SHOWN = ("app.py", "pages", f"{HOUSE}/ui", f"{HOUSE}/plots")  # here every string may be shown
DEFECTS = {"KeyError", "TypeError", "AssertionError", "NotImplementedError"}  # for programmers
SENTENCE = re.compile(r"[A-Za-z]{2,}[.;:!?]?( [A-Za-z])* +[A-Za-z]{2,}|[\u3400-\u9fff]")
MARKUP = re.compile(  # a style sheet, a tag, a CSS rule, a CSS declaration
    r"<style.*?</style>|<[^>]*>|[^{}\n]*\{\s*[a-z-]{3,}\s*:(?![.,<>^])[^{}]*\}"
    r"|(?<!\w)[a-z-]+: *[^;:]+;",
    re.DOTALL,
)
PLAIN = re.compile(r"(?<![\w-])[A-Z]?[a-z]{2,}(?![\w-])")
CHINESE = re.compile(r"[\u3400-\u9fff]")
LITERAL = re.compile(r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$\n]*\$|\{[^{}]*\}", re.DOTALL)
LOG = re.compile(r"_?(log|logger|logging)\.")  # what a server says to its operator
ALLOWED = "# not shown"


def disagreements(content: Path) -> Iterator[str]:
    """Where the two catalogues differ in files, keys, placeholders or sections."""
    english, chinese = labels(content, "en"), labels(content, "zh")
    for key in sorted(english.keys() ^ chinese.keys()):
        yield f"label {key} is only in {'en' if key in english else 'zh'}"
    for key in sorted(english.keys() & chinese.keys()):
        pair = (english[key], chinese[key])
        if not all(isinstance(value, str) and value.strip() for value in pair):
            yield f"label {key} is no text"
            continue
        try:
            same = placeholders(pair[0]) == placeholders(pair[1])
        except ValueError as error:
            yield f"label {key}: {error}"
            continue
        if not same:
            yield f"label {key} has other placeholders in zh"
        words = PLAIN.findall(LITERAL.sub("", pair[1]))
        if pair[0] == pair[1] and len(words) >= 2 and not CHINESE.search(pair[1]):
            yield f"label {key} is not translated"
    english, chinese = sections(content, "en"), sections(content, "zh")
    for key in sorted(english.keys() ^ chinese.keys()):
        yield f"section {key} is only in {'en' if key in english else 'zh'}"
    for key in sorted(english.keys() & chinese.keys()):
        if not re.fullmatch(r"[\w-]+\.[a-z][a-z0-9_]*", key):
            yield f"section {key} is no id: lower case, digits and underscores"
        here, there = (set(LITERAL.sub("", text[key]).split("\n\n")) for text in (english, chinese))
        for paragraph in here & there:
            if len(PLAIN.findall(paragraph)) >= 2:
                yield f"section {key} is not translated: {paragraph.strip()[:60]}"


def misreadings(root: Path) -> Iterator[str]:
    """Where the code reads what is not there, passes other values, or leaves something unread."""
    content = root / HOUSE / "content"
    texts = labels(content, "en")
    known = {"t": set(texts), "prose": set(sections(content, "en"))}
    read: dict[str, set[str]] = {"t": strings(root) & set(texts), "prose": set()}
    for use in uses(root):
        if use.function == "t" and use.pattern == r"[\w.]+":
            continue  # a key that was chosen elsewhere, where it is a literal
        if not re.match(r"\w+\\\.", use.pattern):
            yield f"{use.where}: {use.function} is called with a key that has no readable beginning"
            continue
        hits = {key for key in known[use.function] if re.fullmatch(use.pattern, key)}
        if not hits:
            shown = use.pattern.replace("\\", "")
            yield f"{use.where}: there is no {shown}"
        read[use.function] |= hits
        if use.function == "t" and use.literal and use.values is not None:
            for key in hits:
                if use.values != placeholders(texts[key]):
                    wants = ", ".join(sorted(placeholders(texts[key]))) or "none"
                    yield f"{use.where}: {key} wants the values {wants}"
    for function, what in (("t", "label"), ("prose", "section")):
        for key in sorted(known[function] - read[function]):
            yield f"{what} {key} is read by nobody"


def sentences(root: Path) -> Iterator[str]:
    """Where a sentence for a person stands in Python instead of in the catalogues."""
    for path, tree in sources(root):
        where = path.relative_to(root)
        lines = path.read_text(encoding="utf-8").splitlines()
        shown = any(where.is_relative_to(place) for place in SHOWN)
        for node in literals(tree) if shown else raised(tree):
            text = MARKUP.sub(" ", spoken(node))
            span = lines[node.lineno - 1 : node.end_lineno]
            if SENTENCE.search(text) and not any(line.endswith(ALLOWED) for line in span):
                yield f"{where}:{node.lineno} says {text.strip()[:60]!r} itself"


def literals(tree: ast.AST) -> Iterator[ast.expr]:
    """Every string and f-string of a tree but docstrings, format specifications and logs."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, ast.Call) and LOG.match(ast.unparse(node.func)):
            continue
        if isinstance(node, ast.JoinedStr):
            yield node
            for part in node.values:
                if isinstance(part, ast.FormattedValue):
                    yield from literals(ast.Expression(part.value))
        elif isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                yield node
        else:
            yield from literals(node)


def raised(tree: ast.AST) -> Iterator[ast.expr]:
    """The strings within errors that may reach a person."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            name = getattr(node.exc.func, "id", getattr(node.exc.func, "attr", ""))
            if name not in DEFECTS:
                yield from literals(node.exc)


def spoken(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    assert isinstance(node, ast.JoinedStr)
    parts = (str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    return "".join(parts)


@pytest.mark.parametrize("check", [misreadings, sentences])
def test_code_and_catalogues_agree(check: object) -> None:
    assert callable(check)
    found = list(check(ROOT))
    assert not found, "\n".join(found)


def test_the_languages_agree() -> None:
    found = list(disagreements(ROOT / HOUSE / "content"))
    assert not found, "\n".join(found)


ROOM = {
    "en/labels/a.toml": 'one = "One {n:,} word"\n[kind]\nx = "Kind"\ny = "Other kind"',
    "zh/labels/a.toml": 'one = "{n} 个词"\n[kind]\nx = "种类"\ny = "另一种"',
    "en/p.md": "## intro\n\nSome words, $a$.\n\n## more\n\nFurther words.",
    "zh/p.md": "## intro\n\n几个词，$a$。\n\n## more\n\n更多。",
}
LABELS, PROSE = ROOM["zh/labels/a.toml"], ROOM["zh/p.md"]
CODE = 't("a.one", n=1); t(f"a.kind.{x}"); prose("p", "intro"); prose("p", section)\n'


def plant(root: Path, files: dict[str, str], code: str, place: str = "ui/a.py") -> Path:
    for file, source in {**ROOM, **files}.items():
        (root / HOUSE / "content" / file).parent.mkdir(parents=True, exist_ok=True)
        (root / HOUSE / "content" / file).write_text(source, encoding="utf-8")
    (root / HOUSE / place).parent.mkdir(parents=True, exist_ok=True)
    (root / HOUSE / place).write_text(code, encoding="utf-8")
    return root


def test_a_sound_room_passes(tmp_path: Path) -> None:
    plant(tmp_path, {}, CODE)
    assert not [*disagreements(tmp_path / HOUSE / "content")]
    assert not [*misreadings(tmp_path), *sentences(tmp_path)]


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        ({"zh/labels/a.toml": LABELS.rpartition("\n")[0]}, "label a.kind.y is only in en"),
        ({"zh/labels/b.toml": 'two = "二"'}, "label b.two is only in zh"),
        ({"zh/labels/a.toml": LABELS.replace("{n}", "{m}")}, "other placeholders"),
        ({"zh/labels/a.toml": LABELS.replace("{n}", "{n")}, "label a.one: "),
        ({"zh/labels/a.toml": LABELS.replace('"种类"', "3")}, "is no text"),
        ({"zh/labels/a.toml": LABELS.replace("另一种", "Other kind")}, "is not translated"),
        ({"zh/p.md": "## intro\n\n几个词。"}, "section p.more is only in en"),
        ({"zh/p.md": PROSE.replace("更多。", "Further words.")}, "is not translated"),
        ({"en/p.md": "## A B\nx", "zh/p.md": "## A B\n词"}, "section p.A B is no id"),
    ],
)
def test_a_difference_is_found(tmp_path: Path, files: dict[str, str], complaint: str) -> None:
    found = list(disagreements(plant(tmp_path, files, CODE) / HOUSE / "content"))
    assert len(found) == 1 and complaint in found[0], found


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        (CODE + 't("a.two")', "ui/a.py:2: there is no a.two"),
        (CODE + 't("a.one" if x else "a.two", n=1)', "there is no a.two"),
        (CODE + 't(f"a.sort.{x}")', "there is no a.sort."),
        (CODE + 'prose("p", "outro")', "there is no p.outro"),
        (CODE + 't(f"{x}.y")', "no readable beginning"),
        (CODE.replace("n=1", ""), "a.one wants the values n"),
        (CODE.replace("n=1", "n=1, m=2"), "a.one wants the values n"),
        (CODE.replace("{x}", "x"), "label a.kind.y is read by nobody"),
        (CODE.replace("section", '"intro"'), "section p.more is read by nobody"),
    ],
)
def test_a_misreading_is_found(tmp_path: Path, code: str, complaint: str) -> None:
    found = list(misreadings(plant(tmp_path, {}, code)))
    assert len(found) == 1 and complaint in found[0], found


@pytest.mark.parametrize(
    ("place", "code", "caught"),
    [
        ("ui/a.py", 'st.write("Pick a variant")', True),
        ("plots/a.py", 'title = f"{n} layers of {m}"', True),
        ("plots/a.py", 'title = "卷积核"', True),
        ("ui/a.py", "x = \"<p style='margin: 0 auto;'>Pick a variant</p>\"", True),
        ("specs/a.py", 'raise ValueError(f"The depth {n} is wrong")', True),
        ("specs/a.py", 'raise KeyError("No such thing here")', False),
        ("specs/a.py", 'x = "two words that nobody sees"', False),
        ("ui/a.py", '"""A module that says what it is."""', False),
        ("ui/a.py", '_log.error("a page failed: %s", name)', False),
        ("ui/a.py", 'x = f"{value:some format here}"', False),
        ("ui/a.py", 'x = "<style>.a .b { display: flex; }</style>"', False),
        ("ui/a.py", "x = \"<div style='border: solid thin red;' class='one two'>\"", False),
        ("ui/a.py", 'x = ".stApp .block p { color: red }"', False),
        ("plots/a.py", 'hover = "Number of layers %{y:.2f}"', True),
        ("ui/a.py", 'font = "Noto Sans, sans-serif"  # not shown', False),
        ("plots/a.py", 'mode = "lines+markers"; unit = f"{n} GFLOPs"', False),
    ],
)
def test_a_sentence_in_python_is_found(tmp_path: Path, place: str, code: str, caught: bool) -> None:
    found = list(sentences(plant(tmp_path, {}, code, place)))
    assert len(found) == caught, found
