"""The house's walls: who may import whom, what a page may be, how long a file may grow."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HOUSE = "convnext_viz"
LONGEST = 300  # lines of any Python file
PAGE = range(30, 121)  # lines of a page


@dataclass(frozen=True)
class Room:
    """What a room may import besides the standard library and itself."""

    anywhere: frozenset[str]
    inside: frozenset[str] = frozenset()  # only within functions: too slow for a plain import


def room(anywhere: str = "", inside: str = "") -> Room:
    return Room(frozenset(anywhere.split()), frozenset(inside.split()))


INNER = "text numbers specs plans nets results data"  # what every workshop builds on
ROOMS = {
    "text": room(),
    "numbers": room("text"),
    "specs": room("text numbers"),
    "plans": room("text numbers specs"),
    "results": room("numpy"),
    "nets": room(
        "torch numpy PIL safetensors lazy_loader text numbers specs plans",
        "timm huggingface_hub torchvision",
    ),
    "plots": room("numpy plotly PIL text numbers specs plans results"),
    "data": room(
        "torch numpy PIL safetensors lazy_loader text numbers specs nets results",
        "torchvision skimage pillow_heif",
    ),
    "explain": room(
        "torch numpy PIL lazy_loader scipy text numbers specs plans nets results data",
        "captum torchvision",
    ),
    "train": room(
        "torch numpy safetensors lazy_loader scipy text numbers specs plans nets results data",
        "torchvision timm PIL",
    ),
    "lab": room(f"torch numpy safetensors lazy_loader scipy {INNER} train", "onnxruntime"),
}
PURE = ("text", "numbers", "specs", "plans", "results", "plots")
SLOW = ("torch", "torchvision", "timm", "captum", "streamlit", "pandas")
NOT_IN_PAGES = frozenset({"torch", "torchvision", "timm", "captum", "numpy"})
STORE = (HOUSE, "lab", "store")
SQL = re.compile(
    r"\b(SELECT\s.+\sFROM|INSERT\s(OR\s\w+\s)?INTO|UPDATE\s\w+\sSET|DELETE\sFROM"
    r"|(CREATE|ALTER|DROP)\sTABLE|PRAGMA)\s",
    re.DOTALL,
)
EMPTY_NAMES = frozenset({"utils", "util", "helpers", "helper", "manager", "misc"})


def imports(tree: ast.Module, package: str) -> Iterator[tuple[int, str, bool]]:
    """Line, full dotted name and "inside a function" of every import, however it is written."""
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join(parents + ([base] if base else []))
            names = [f"{base}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call) and node.args and is_import_call(node.func):
            first = node.args[0]
            names = [str(first.value)] if isinstance(first, ast.Constant) else []
        else:
            continue
        for name in names:
            yield node.lineno, name, id(node) in inside


def is_import_call(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in {"import_module", "__import__"}


def place(name: str) -> str:
    """Where an imported name comes from: a room of the house, or a distribution's package."""
    first, _, rest = name.partition(".")
    return rest.partition(".")[0] or HOUSE if first == HOUSE else first


def import_violations(path: Path, root: Path) -> Iterator[str]:
    where = path.relative_to(root)
    parts = where.with_suffix("").parts
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = list(imports(tree, ".".join(parts[:-1])))
    if parts == (HOUSE, "__init__"):
        yield from (f"{where}:{line} imports {name}" for line, name, _ in found)
    elif parts[0] == HOUSE and parts[1] == "ui":
        yield from (
            f"{where}:{line} imports {name}"
            for line, name, _ in found
            if place(name) in {"pages", "app"}
        )
    elif parts[0] == HOUSE and parts[1] not in ROOMS:
        yield f"{where} is in no room of the import table"
    elif parts[0] == HOUSE:
        allowed = ROOMS[parts[1]]
        for line, name, inside in found:
            origin = place(name)
            if origin in sys.stdlib_module_names and not name.startswith(HOUSE):
                continue
            if origin == parts[1] or origin in allowed.anywhere or name == f"{HOUSE}.__version__":
                continue
            if not (inside and origin in allowed.inside):
                yield f"{where}:{line} imports {name}"
    else:
        for line, name, _ in found:
            if place(name) in NOT_IN_PAGES:
                yield f"{where}:{line} imports {name}"


def page_violations(path: Path, root: Path) -> Iterator[str]:
    where = path.relative_to(root)
    source = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            yield f"{where}:{node.lineno} defines the class {node.name}"
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not any(
            ast.unparse(decorator).startswith("st.fragment") for decorator in node.decorator_list
        ):
            yield f"{where}:{node.lineno} defines {node.name}, which is no fragment"
    lines = len(source.splitlines())
    if path.name != "app.py" and lines not in PAGE:
        yield f"{where} has {lines} lines; a page has {PAGE.start} to {PAGE.stop - 1}"


def name_violations(path: Path, root: Path) -> Iterator[str]:
    where = path.relative_to(root)
    if path.stem in EMPTY_NAMES or path.parent.name in EMPTY_NAMES:
        yield f"{where} has a name that says nothing"
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name.startswith(("get_", "process_")):
            yield f"{where}:{node.lineno} {node.name} says neither what it makes nor measures"


def length_violations(path: Path, root: Path) -> Iterator[str]:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    if lines > LONGEST:
        yield f"{path.relative_to(root)} has {lines} lines; one idea has at most {LONGEST}"


def sql_violations(path: Path, root: Path) -> Iterator[str]:
    """SQL outside the store's room: sqlite3, a call of ``execute``, or a statement as a text."""
    where = path.relative_to(root)
    if where.parts[: len(STORE)] == STORE:
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for line, name, _ in imports(tree, ".".join(where.with_suffix("").parts[:-1])):
        if place(name) == "sqlite3":
            yield f"{where}:{line} imports sqlite3, which is the store's"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("execute", "executemany"):
            yield f"{where}:{node.lineno} executes SQL, which is the store's"
        elif isinstance(node, ast.Constant) and SQL.search(str(node.value)):
            yield f"{where}:{node.lineno} holds SQL, which is the store's"


def violations(root: Path) -> list[str]:
    """Everything in the tree that breaks a rule of the house, as sentences."""
    house = sorted((root / HOUSE).rglob("*.py"))
    pages = sorted((root / "pages").glob("*.py")) + sorted(root.glob("app.py"))
    others = [path for folder in ("tests", "benchmarks") for path in (root / folder).rglob("*.py")]
    return [
        sentence
        for check, files in (
            (import_violations, house + pages),
            (page_violations, pages),
            (name_violations, house + pages),
            (length_violations, house + pages + others),
            (sql_violations, house + pages),
        )
        for path in files
        for sentence in check(path, root)
    ]


def loaded(root: Path) -> set[str]:
    """The slow packages that a fresh interpreter has loaded after importing every pure module."""
    modules = [
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        for pure in PURE
        for path in [root / HOUSE / f"{pure}.py", *(root / HOUSE / pure).rglob("*.py")]
        if path.is_file()
    ]
    code = (
        "import importlib, sys\n"
        "sys.path.insert(0, '.')\n"
        f"for name in {modules}: importlib.import_module(name)\n"
        f"print(*(name for name in {SLOW} if name in sys.modules))"
    )
    python = [sys.executable, "-c", code]
    run = subprocess.run(python, cwd=root, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return set(run.stdout.split())


def test_the_house_keeps_its_rules() -> None:
    found = violations(ROOT)
    assert not found, "\n".join(found)


def test_describing_and_drawing_load_neither_torch_nor_streamlit() -> None:
    assert loaded(ROOT) == set()


LINES = "x = 1\n" * 50


@pytest.mark.parametrize(
    ("file", "source", "complaint"),
    [
        (f"{HOUSE}/__init__.py", "import os", "imports os"),
        (f"{HOUSE}/plots/a.py", "import torch", "imports torch"),
        (f"{HOUSE}/plots/a.py", "def f():\n    from torch import nn", "imports torch.nn"),
        (f"{HOUSE}/plots/a.py", "import importlib\nimportlib.import_module('torch')", "torch"),
        (f"{HOUSE}/specs/a.py", f"from {HOUSE}.plans import plan", f"imports {HOUSE}.plans.plan"),
        (f"{HOUSE}/specs/a.py", f"from {HOUSE} import plans", f"imports {HOUSE}.plans"),
        (f"{HOUSE}/specs/a.py", "from ..plans import plan", f"imports {HOUSE}.plans.plan"),
        (f"{HOUSE}/specs/deep/a.py", "from ... import plans", f"imports {HOUSE}.plans"),
        (f"{HOUSE}/nets/a.py", "import timm", "imports timm"),
        (f"{HOUSE}/text.py", "import numpy", "imports numpy"),
        (f"{HOUSE}/explain/a.py", "import streamlit", "imports streamlit"),
        (f"{HOUSE}/ui/a.py", "from pages import home", "imports pages.home"),
        (f"{HOUSE}/attic/a.py", "", "is in no room"),
        (f"{HOUSE}/specs/utils.py", "", "says nothing"),
        (f"{HOUSE}/specs/a.py", "def get_spec(): pass", "get_spec says neither"),
        (f"{HOUSE}/specs/a.py", "x = 1\n" * 301, "has 301 lines"),
        ("tests/test_a.py", "x = 1\n" * 301, "has 301 lines"),
        (f"{HOUSE}/lab/a.py", "import sqlite3", "imports sqlite3"),
        (f"{HOUSE}/lab/a.py", "def f(db):\n    db.execute(x)", "executes SQL"),
        (f"{HOUSE}/train/a.py", "x = 'SELECT a, b\\nFROM runs'", "holds SQL"),
        (f"{HOUSE}/ui/a.py", "x = f'INSERT OR REPLACE INTO {y}'", "holds SQL"),
        ("pages/a.py", LINES + "x = 'UPDATE runs SET a = 1'", "holds SQL"),
        ("pages/a.py", LINES + "import numpy as np", "imports numpy"),
        ("pages/a.py", LINES + "def f(): pass", "defines f"),
        ("pages/a.py", LINES + "class A: pass", "defines the class A"),
        ("pages/a.py", "x = 1\n" * 29, "has 29 lines"),
        ("pages/a.py", "x = 1\n" * 121, "has 121 lines"),
        ("app.py", "import torch", "imports torch"),
        ("app.py", "def f(): pass", "defines f"),
    ],
)
def test_a_broken_rule_is_found(tmp_path: Path, file: str, source: str, complaint: str) -> None:
    plant(tmp_path, file, source)
    found = violations(tmp_path)
    assert len(found) == 1 and complaint in found[0], found


@pytest.mark.parametrize(
    ("file", "source"),
    [
        (f"{HOUSE}/__init__.py", '__version__ = "1"'),
        (f"{HOUSE}/nets/a.py", f"import torch\nfrom {HOUSE}.plans import plan\nfrom . import b"),
        (f"{HOUSE}/nets/a.py", "def f():\n    import timm"),
        (f"{HOUSE}/lab/store/a.py", "import sqlite3\nx = 'SELECT a FROM b'\ny = z.execute"),
        (f"{HOUSE}/train/a.py", "x = 'Select what comes from a file; update it.'"),
        (f"{HOUSE}/ui/a.py", f"import streamlit, torch\nfrom {HOUSE} import explain, plots"),
        ("pages/a.py", LINES + "@st.fragment(run_every=1)\ndef live(): pass"),
    ],
)
def test_what_is_allowed_is_not_found(tmp_path: Path, file: str, source: str) -> None:
    plant(tmp_path, file, source)
    assert violations(tmp_path) == []


def test_a_hidden_import_is_found_by_running(tmp_path: Path) -> None:
    plant(tmp_path, "torch.py", "")  # an empty stand-in: quick to load, same name
    plant(tmp_path, f"{HOUSE}/plots/__init__.py", "exec('import ' + 'tor' + 'ch')")
    assert violations(tmp_path) == [] and loaded(tmp_path) == {"torch"}


def plant(root: Path, file: str, source: str) -> None:
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_text(source, encoding="utf-8")
