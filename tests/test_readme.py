"""What the two READMEs promise is there, runs, and is the same in both languages."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from convnext_viz.nets import BUNDLED
from convnext_viz.nets.checkpoints.bundled import load_card
from convnext_viz.plans import plan
from convnext_viz.text import t, use_language
from convnext_viz.ui.shell import PAGES

ROOT = Path(__file__).parents[1]
READMES = {"en": ROOT / "README.md", "zh": ROOT / "README.zh-CN.md"}
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")
MAKE = re.compile(r"(?:^|`)make ([a-z]+)", re.MULTILINE)
PATH = re.compile(r"`((?:convnext_viz|tests|pages|notebooks|benchmarks)/[\w./]*)`")
LARGEST_PICTURE = 300_000  # bytes

every_language = pytest.mark.parametrize("language", READMES)


def text(language: str) -> str:
    return READMES[language].read_text(encoding="utf-8")


def fences(language: str, kind: str) -> list[str]:
    return [code for found, code in FENCE.findall(text(language)) if found == kind]


@every_language
def test_links_paths_and_commands_exist(language: str) -> None:
    said = text(language)
    for place in {*LINK.findall(said), *PATH.findall(said)}:
        assert (ROOT / place).exists(), place
    targets = re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {"app", "dev", "test", "fast", "bench"} <= set(MAKE.findall(said)) <= set(targets)


@every_language
def test_every_page_is_told_under_its_name(language: str) -> None:
    with use_language(language):
        names = {t(f"common.page.{page}") for page in PAGES if page != "home"}
    listed = set(re.findall(r"^\| \*\*(.+?)\*\* \|", text(language), re.MULTILINE))
    assert names <= listed and len(listed) == len(PAGES)


def test_both_languages_show_the_same_code() -> None:
    assert fences("en", "python") == fences("zh", "python") != []
    commands = [
        [line.partition("#")[0].replace("notebooks/zh", "notebooks").split() for line in code]
        for language in READMES
        for code in [
            "\n".join(fences(language, "sh") + fences(language, "powershell")).splitlines()
        ]
    ]
    assert commands[0] == commands[1] != []


@every_language
def test_pictures_are_screenshots_of_a_moderate_size(language: str) -> None:
    pictures = [ROOT / place for place in LINK.findall(text(language)) if place.endswith(".png")]
    assert pictures
    for picture in pictures:
        assert picture.stat().st_size <= LARGEST_PICTURE
        assert Image.open(picture).width == 1440


@every_language
def test_the_table_of_bundled_networks_is_what_their_cards_say(language: str) -> None:
    rows = dict(re.findall(r"^\| `(cifar10_\w+)` \| (.+) \|$", text(language), re.MULTILINE))
    assert set(rows) == set(BUNDLED)
    for name, row in rows.items():
        card = load_card(name)
        macs = plan(card.spec, 32).macs
        expected = (f"{card.params / 1e6:.2f} M", f"{macs / 1e6:.1f} M", f"{card.accuracy:.1%}")
        assert row == " | ".join(expected), name


@pytest.mark.parametrize("code", fences("en", "python"))
def test_the_code_runs(code: str, tmp_path: Path) -> None:
    environment = {"PYTHONPATH": str(ROOT), "PATH": "", "HF_HUB_OFFLINE": "1"}
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert list(tmp_path.iterdir())  # the figure, the overlay
