"""Copies of the files of release 0.1.0, so that nothing writes into the kept ones."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

FILES = Path(__file__).parent / "files"


def told(name: str) -> Any:
    """A JSON file among them."""
    return json.loads((FILES / name).read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the lab's folder, with the recording in it, as the user's own."""
    shutil.copytree(FILES / "lab", tmp_path / "lab")
    shutil.copytree(FILES / "recorded", tmp_path / "lab" / "recorded")
    monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(tmp_path / "lab"))
    return tmp_path / "lab"


@pytest.fixture
def files() -> Path:
    """Where they lie."""
    return FILES
