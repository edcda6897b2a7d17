"""Every lesson runs from its first cell to its last answer, holds the same code in both languages,
and draws its figures with no network."""

import ast
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextvars import Context
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import plotly.io
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from convnext_viz.text import t, use_language, use_language_everywhere

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "notebooks"
LESSONS = sorted(path.name for path in FOLDER.glob("*.ipynb"))
TRAINS = "03"  # takes longest
LANGUAGES = {"en": FOLDER, "zh": FOLDER / "zh"}
PLOTLY = "application/vnd.plotly.v1+json"
MOST_LINES = 15  # of a cell
CHINESE = re.compile(r"[\u3400-\u9fff]")
ANSWER = re.compile(r"<details>.*?</details>", re.DOTALL)
FENCE = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)

every_lesson = pytest.mark.parametrize("lesson", LESSONS)
every_execution = pytest.mark.parametrize(  # one worker a lesson, which keeps what was executed
    "lesson",
    [
        pytest.param(name, marks=[pytest.mark.notebooks, pytest.mark.xdist_group(name)])
        for name in sorted(LESSONS, key=lambda name: not name.startswith(TRAINS))
    ],
)
every_language = pytest.mark.parametrize("language", LANGUAGES)


def read(path: Path) -> Any:
    return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)


def answers(cell: Any) -> list[str]:
    """The code of a cell's folded answers."""
    return [code for answer in ANSWER.findall(cell.source) for code in FENCE.findall(answer)]


def codes(notebook: Any) -> list[str]:
    """All code in its order, that of folded answers included."""
    return [
        code
        for cell in notebook.cells
        for code in ([cell.source] if cell.cell_type == "code" else answers(cell))
    ]


def complaints(notebook: Any) -> Iterator[str]:
    """What a cell of a lesson must not hold."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and (cell.outputs or cell.execution_count is not None):
            yield f"{cell.id} carries its outputs"
    for code in codes(notebook):
        first = code.partition("\n")[0]
        if len(code.splitlines()) > MOST_LINES:
            yield f"“{first} …” has more than {MOST_LINES} lines"
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
                yield f"“{first} …” defines something: that belongs into the library"


@cache
def executed(path: Path, folder: Path) -> Any:
    """The notebook with its outputs, from a fresh kernel; answers run where they stand."""
    notebook = read(path)
    cells = []
    for cell in notebook.cells:
        cells += [cell, *map(nbformat.v4.new_code_cell, answers(cell))]
    notebook.cells = cells
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYTHONPATH", str(ROOT))
        environment.setenv("HF_HUB_OFFLINE", "1")  # a lesson that asks the hub must fail here
        NotebookClient(
            notebook,
            timeout=600,
            kernel_name="python3",
            resources={"metadata": {"path": str(folder)}},
        ).execute()
    return notebook


def outputs(notebook: Any, kind: str) -> list[str]:
    """All outputs of one media type."""
    found = [
        output.data[kind]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if kind in output.get("data", {})
    ]
    return [value if isinstance(value, str) else json.dumps(value) for value in found]


@every_language
def test_there_is_every_lesson(language: str) -> None:
    assert LESSONS and sorted(path.name for path in LANGUAGES[language].glob("*.ipynb")) == LESSONS


@every_lesson
@every_language
def test_cells_are_short_plain_and_without_outputs(lesson: str, language: str) -> None:
    found = list(complaints(read(LANGUAGES[language] / lesson)))
    assert not found, "\n".join(found)


@every_lesson
def test_the_languages_run_the_same_code(lesson: str) -> None:
    english, chinese = (read(folder / lesson) for folder in LANGUAGES.values())
    setting = 'use_language_everywhere("{}")'
    assert codes(english)[0].count(setting.format("en")) == 1
    assert codes(chinese)[0].count(setting.format("zh")) == 1
    same = [code.replace(setting.format("zh"), setting.format("en")) for code in codes(chinese)]
    assert same == codes(english)
    for here, there in zip(english.cells, chinese.cells, strict=True):
        assert here.cell_type == there.cell_type
        if here.cell_type == "markdown":
            assert CHINESE.search(there.source) and not CHINESE.search(here.source)


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of its own for all lessons: none may depend on where its notebook lies, as the two
    languages lie in two folders and only one is executed."""
    return tmp_path_factory.mktemp("lessons")


@every_execution
def test_a_lesson_runs_from_first_to_last(lesson: str, elsewhere: Path) -> None:
    notebook = executed(FOLDER / lesson, elsewhere)
    printed = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    assert not [out for out in printed if out.output_type == "error" or out.get("name") == "stderr"]
    drawings = [*outputs(notebook, "image/svg+xml"), *outputs(notebook, PLOTLY)]
    assert t("plots.stage.number", n=1) in "".join(drawings)


@every_execution
def test_figures_are_drawn_without_a_network(lesson: str, elsewhere: Path, tmp_path: Path) -> None:
    notebook = executed(FOLDER / lesson, elsewhere)
    figures = outputs(notebook, PLOTLY)
    page = tmp_path / "figures.html"
    page.write_text("<!doctype html>" + "\n".join(outputs(notebook, "text/html")), encoding="utf-8")
    assert figures and drawn(page) == len(figures)


DRAWS = """
from convnext_viz.plans import plan
from convnext_viz.plots import cost
from convnext_viz.specs import CONVNEXT
figure = cost.per_stage(plan(CONVNEXT["convnext_tiny"])).to_json()
"""


@every_lesson
def test_a_chinese_lesson_draws_chinese_figures(lesson: str) -> None:
    """What its first cell sets holds in later cells, which have no language of their own."""
    renderers = plotly.io.renderers.default
    spoken: dict[str, Any] = {}
    try:
        for code in (codes(read(LANGUAGES["zh"] / lesson))[0], DRAWS):
            Context().run(exec, code, spoken)  # as a kernel runs its cells
    finally:
        use_language_everywhere("en")
        plotly.io.renderers.default = renderers
    with use_language("zh"):
        assert json.dumps(t("plots.stage.number", n=1))[1:-1] in spoken["figure"]


def drawn(page: Path) -> int:
    """Figures that Chromium draws from a page while no host can be found."""
    chromium = shutil.which("chromium")
    assert chromium, "There is no chromium."
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    command += ["--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=60000"]
    command += [f"--user-data-dir={page.parent / 'profile'}", page.as_uri()]
    dom = subprocess.run(command, capture_output=True, text=True, check=True, timeout=240).stdout
    return sum("<path" in figure for figure in re.split(r'class="[^"]*js-plotly-plot', dom)[1:])


@every_language
def test_the_lesson_quotes_what_a_missing_network_says(language: str) -> None:
    tag = "timm/convnext_tiny.fb_in1k"
    with use_language(language):
        said = t("nets.error.no_network", repo=tag, file="model.safetensors")
    cells = read(LANGUAGES[language] / "02_look_at_an_image.ipynb").cells
    assert any(said in cell.source for cell in cells)


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("def f():\n    pass", "defines something"),
        ("f = lambda x: x", "defines something"),
        ("class A: pass", "defines something"),
        ("x = 1\n" * 16, "more than 15 lines"),
    ],
)
@pytest.mark.parametrize("folded", [False, True])
def test_what_a_cell_must_not_hold_is_found(source: str, complaint: str, folded: bool) -> None:
    answer = f"<details><summary>?</summary>\n\n```python\n{source}\n```\n\n</details>"
    new = nbformat.v4
    cell = new.new_markdown_cell(answer) if folded else new.new_code_cell(source)
    found = list(complaints(new.new_notebook(cells=[cell])))
    assert len(found) == 1 and complaint in found[0]


def test_outputs_and_wrong_answers_are_found(tmp_path: Path) -> None:
    answer = "<details>\n\n```python\nassert 1 + 1 == 3\n```\n\n</details>"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(answer)])
    nbformat.write(notebook, tmp_path / "wrong.ipynb")
    with pytest.raises(CellExecutionError, match="AssertionError"):
        executed(tmp_path / "wrong.ipynb", tmp_path)
    notebook.cells = [nbformat.v4.new_code_cell("1", execution_count=1)]
    assert "carries its outputs" in next(complaints(notebook))
