"""The weights of a lesson, fetched before it by a command from a hub on loopback."""

import io
import os
import runpy
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
import safetensors.torch

from convnext_viz.nets import build, pretrained_tags
from convnext_viz.nets.checkpoints.starters import FILES, STARTERS, cached_file
from convnext_viz.specs import VARIANTS
from tests.fresh_hub_library import started_with
from tests.hub_server import Hub, serving

MODULE = "convnext_viz.nets.prefetch"
TAG = "test_convnext.r160_in1k"


@pytest.fixture
def hub() -> Iterator[Hub]:
    weights = build(VARIANTS["test_convnext"], seed=0).state_dict()
    file = safetensors.torch.save({name: one.contiguous() for name, one in weights.items()})
    files = {f"timm/{tag}/model.safetensors": file for tag in (TAG, STARTERS[0].tag)}
    with serving(Hub(files=files)) as running:
        yield running


def prefetch(*tags: str, endpoint: str, cache: Path) -> tuple[int, str, str]:
    """The command's exit status, output and errors, run as ``python -m`` does, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with (
        started_with(HF_ENDPOINT=endpoint, HF_HUB_CACHE=str(cache)),
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.MonkeyPatch.context() as given,
    ):
        given.setattr(sys, "argv", [MODULE, *tags])
        with pytest.raises(SystemExit) as end:
            runpy.run_module(MODULE, run_name="__main__", alter_sys=True)
    return int(end.value.code or 0), out.getvalue(), err.getvalue()


def test_what_is_offered_is_what_timm_publishes() -> None:
    for starter in STARTERS:
        tag = pretrained_tags()[starter.tag]
        assert (starter.size, starter.licence) == (tag.size, tag.licence)
        assert tag.classes == 1000 and tag.preprocess.image_size == (224, 224)


@pytest.mark.slow
def test_weights_are_fetched_once(hub: Hub, tmp_path: Path) -> None:
    first = subprocess.run(  # a process of its own, which has nothing else to say
        [sys.executable, "-m", MODULE, TAG],
        env={**os.environ, "HF_ENDPOINT": hub.url, "HF_HUB_CACHE": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert first.returncode == 0 and not first.stderr, first.stderr
    path = cached_file(f"timm/{TAG}", *FILES, cache_dir=tmp_path)
    assert path is not None and path.read_bytes() == hub.files[f"timm/{TAG}/model.safetensors"]
    for said in (TAG, "1.09 MB", "apache-2.0", str(tmp_path), str(path)):
        assert said in first.stdout
    asked = len(hub.requests)
    code, again, _ = prefetch(TAG, endpoint=hub.url, cache=tmp_path)
    assert code == 0 and "there already" in again
    assert len(hub.requests) == asked  # nothing was asked for


def test_what_cannot_be_had_is_said_and_the_rest_is_fetched(hub: Hub, tmp_path: Path) -> None:
    code, _, some = prefetch("nobody.knows", STARTERS[1].tag, TAG, endpoint=hub.url, cache=tmp_path)
    assert code == 1 and "Traceback" not in some
    assert "nobody.knows" in some and STARTERS[1].tag in some
    assert cached_file(f"timm/{TAG}", *FILES, cache_dir=tmp_path)
    code, _, off = prefetch(endpoint="http://127.0.0.1:9", cache=tmp_path / "none")  # the lesson's
    assert code == 1 and "cannot be reached" in off
    assert all(starter.tag in off for starter in STARTERS)
