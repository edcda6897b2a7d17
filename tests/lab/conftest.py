"""A lab in a folder of its own whose workers are forked, so that none waits for torch."""

import pytest

from convnext_viz.lab import Lab
from tests.file_server import server as server
from tests.lab.forked import Forks
from tests.learning import dataset as dataset
from tests.learning import one_thread as one_thread
from tests.learning import tiny as tiny


@pytest.fixture(scope="module")
def forks():
    made = Forks()
    yield made
    made.close()


@pytest.fixture
def lab(tmp_path, monkeypatch, forks):
    monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(tmp_path))
    yield Lab(tmp_path, launcher=forks)
    forks.end()
