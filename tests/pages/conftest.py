"""A model hub for the pages: on loopback, with one small network."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import safetensors.torch

from convnext_viz.nets import build
from convnext_viz.specs import VARIANTS
from tests.hub_server import Hub, serving

TAG = "test_convnext.r160_in1k"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """A hub on loopback in place of the real one, with an empty cache."""
    weights = build(VARIANTS["test_convnext"], seed=0).state_dict()
    file = safetensors.torch.save({k: v.contiguous() for k, v in weights.items()})
    with serving(Hub(files={f"timm/{TAG}/model.safetensors": file})) as running:
        files = f"{running.url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", files)
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", running.url)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
        yield running
