"""Files of weights: what is right runs and gives the same logits, what is not is refused."""

import argparse
import io
import json
import os
import pickle
import struct
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from convnext_viz.nets import Preprocess, build, load_checkpoint, save_net
from convnext_viz.nets.weights import WeightsError
from convnext_viz.specs import ConvNeXtSpec
from tests.nets.weights import randomise

SPEC = ConvNeXtSpec(
    name="tiny", depths=(1, 1, 2, 1), dims=(4, 8, 12, 16), num_classes=3, act="silu"
)
NET = randomise(build(SPEC))
STATE = NET.state_dict()
X = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
LABELS = ("a", "b", "c")


def torch_bytes(values: object, **options: Any) -> bytes:
    buffer = io.BytesIO()
    torch.save(values, buffer, **options)
    return buffer.getvalue()


def safe_bytes(state: dict[str, Tensor], metadata: dict[str, str] | None = None) -> bytes:
    return safetensors.torch.save({k: v.contiguous() for k, v in state.items()}, metadata)


def converted(dtype: torch.dtype) -> dict[str, Tensor]:
    return {name: tensor.to(dtype) for name, tensor in STATE.items()}


def logits(net: nn.Module) -> Tensor:
    with torch.inference_mode():
        return net(X)


@pytest.mark.parametrize(
    "data",
    [
        safe_bytes(STATE),
        torch_bytes(STATE),
        torch_bytes(STATE, _use_new_zipfile_serialization=False),
        torch_bytes({"model": STATE, "epoch": 3}),
        torch_bytes({"state_dict": {f"module.{k}": v for k, v in STATE.items()}}),
        torch_bytes({"model": converted(torch.float16), "model_ema": STATE, "optimizer": {}}),
        torch_bytes({"model": {k: nn.Parameter(v) for k, v in STATE.items()}}),
        safe_bytes(converted(torch.float64)),
    ],
    ids=["safetensors", "zip", "legacy", "model", "module", "ema", "parameters", "float64"],
)
def test_a_file_gives_the_same_logits(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "weights.bin"
    path.write_bytes(data)
    for file in (data, path, str(path)):
        loaded = load_checkpoint(file, spec=SPEC)
        torch.testing.assert_close(logits(loaded.net), logits(NET), rtol=1e-5, atol=1e-6)
    assert loaded.spec == SPEC and loaded.labels == ()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("write", [safe_bytes, torch_bytes])
def test_every_floating_type_becomes_float32(
    dtype: torch.dtype, write: Callable[[dict[str, Tensor]], bytes]
) -> None:
    loaded = load_checkpoint(write(converted(dtype)), spec=SPEC)
    assert {tensor.dtype for tensor in loaded.net.state_dict().values()} == {torch.float32}
    assert (logits(loaded.net) - logits(NET)).abs().max() < 0.1


def test_a_loaded_net_is_ready_to_be_cached() -> None:
    loaded = load_checkpoint(torch_bytes(STATE), spec=SPEC, labels=LABELS)
    assert not any(module.training for module in loaded.net.modules())
    assert not any(parameter.requires_grad for parameter in loaded.net.parameters())
    kernel = loaded.net.stage2.downsample.conv.weight
    assert kernel.is_contiguous(memory_format=torch.channels_last)
    assert loaded.labels == LABELS


def test_loading_leaves_the_random_state_alone() -> None:
    before = torch.get_rng_state()
    load_checkpoint(torch_bytes(STATE), spec=SPEC)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize(
    "spec", [SPEC, replace(SPEC, norm="batch", act="relu", downsample="in_block", grn=True)]
)
def test_our_own_file_needs_no_further_word(tmp_path: Path, spec: ConvNeXtSpec, half: bool) -> None:
    net = randomise(build(spec))
    preprocess = Preprocess(image_size=(64, 48), crop_fraction=1.0, mean=(0.5, 0.5, 0.5))
    path = tmp_path / "net.safetensors"
    notes = {"licence": "mit", "source": "a test", "seed": 3}
    save_net(net, spec, path, labels=LABELS, preprocess=preprocess, half=half, **notes)
    loaded = load_checkpoint(path)
    assert (loaded.spec, loaded.labels, loaded.preprocess) == (spec, LABELS, preprocess)
    assert (loaded.licence, loaded.source) == ("mit", "a test")
    assert [file.name for file in tmp_path.iterdir()] == ["net.safetensors"]
    error = (logits(loaded.net) - logits(net)).abs().max()
    assert error < 0.05 if half else error < 1e-5
    for name, tensor in loaded.net.state_dict().items():
        if tensor.ndim < 2:
            assert torch.equal(tensor, net.state_dict()[name])


def test_half_keeps_what_float16_cannot_hold(tmp_path: Path) -> None:
    net = randomise(build(SPEC))
    with torch.no_grad():
        net.head.fc.weight.mul_(1e6)
    save_net(net, SPEC, tmp_path / "net.safetensors", half=True)
    assert torch.equal(
        load_checkpoint(tmp_path / "net.safetensors").net.head.fc.weight, net.head.fc.weight
    )


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    save_net(NET, SPEC, path)
    before = path.read_bytes()
    with pytest.raises(TypeError):
        save_net(NET, SPEC, path, recipe=object())
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


WAS_RUN = Path(tempfile.gettempdir()) / f"convnext_viz_was_here_{os.getpid()}"


class Code:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (Path.touch, (WAS_RUN,))  # type: ignore[return-value]


def zipped(names: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in names.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def scripted() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("net/constants.pkl", pickle.dumps(()))
        archive.writestr("net/data.pkl", pickle.dumps(()))
    return buffer.getvalue()


def header(entries: dict[str, Any], body: bytes = b"") -> bytes:
    text = json.dumps(entries).encode()
    return struct.pack("<Q", len(text)) + text + body


def without(name: str) -> dict[str, Tensor]:
    return {key: tensor for key, tensor in STATE.items() if key != name}


def buffer_of(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


SAFE, PTH = safe_bytes(STATE), torch_bytes(STATE)
LEGACY = torch_bytes(STATE, _use_new_zipfile_serialization=False)
NAN = STATE | {"head.fc.weight": STATE["head.fc.weight"] * float("nan")}
HUGE = {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}
MANY = {**STATE, "head.fc.weight": torch.ones(1).expand(10**6, 10**6)}

STRANGE = {
    "empty": (b"", "0 bytes"),
    "one byte": (b"\x00", "not a weights file in a supported format"),
    "web page": (b"<!DOCTYPE html><html>not found</html>", "is a text file"),
    "git lfs": (b"version https://git-lfs.github.com/spec/v1\noid sha256:00", "git lfs pull"),
    "gzip": (b"\x1f\x8b\x08" + bytes(50), "archive"),
    "zip": (zipped({"photo.jpg": bytes(50)}), "archive"),
    "empty zip": (zipped({}), "archive"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(50), "is an image"),
    "keras": (b"\x89HDF\r\n\x1a\n" + bytes(50), "another framework"),
    "numpy": (buffer_of(np.ones(3)), "another framework"),
    "noise": (bytes(range(256)) * 4, "not a weights file in a supported format"),
    "torchscript": (scripted(), "TorchScript"),
    "cut safetensors": (SAFE[: len(SAFE) // 2], "incomplete"),
    "cut header": (SAFE[:100], "incomplete"),
    "cut zip": (PTH[: len(PTH) // 2], "incomplete"),
    "cut legacy": (LEGACY[: len(LEGACY) // 2], "incomplete|damaged"),
    "huge header": (struct.pack("<Q", 2**60) + b'{"a":1}', "damaged"),
    "huge claim": (header({"a": HUGE}, bytes(100)), "incomplete"),
    "wrong offsets": (header({"a": HUGE | {"data_offsets": [0, 8]}}, bytes(8)), "damaged"),
    "no json": (struct.pack("<Q", 8) + b"{ hello " + bytes(50), "damaged"),
    "bomb": (zipped({"a/data.pkl": bytes(10**7)}, zipfile.ZIP_DEFLATED), "declares"),
    "expanded": (torch_bytes(MANY), "declares"),
    "code": (torch_bytes({"model": STATE, "hook": Code()}), "could run code"),
    "code in arguments": (torch_bytes({"m": STATE, "a": argparse.Namespace(a=Code())}), "run code"),
    "whole module": (torch_bytes(NET), "could run code"),
    "pickle": (pickle.dumps(Code()), "could run code|damaged"),
    "number": (torch_bytes(3), "no state dict"),
    "list": (torch_bytes([torch.ones(3)]), "no state dict"),
    "nothing": (torch_bytes({}), "no weights"),
    "epoch": (torch_bytes({"epoch": 3, "best": 0.8}), "epoch, best"),
    "optimizer": (torch_bytes(torch.optim.SGD(NET.parameters()).state_dict()), "optimizer"),
    "quantised": (torch_bytes({k: v.to(torch.int8) for k, v in STATE.items()}), "int8"),
    "complex": (torch_bytes(converted(torch.complex64)), "complex"),
    "sparse": (torch_bytes({k: v.to_sparse() for k, v in STATE.items()}), "sparse"),
    "nan": (torch_bytes(NAN), "NaN"),
    "missing": (torch_bytes(without("stage3.blocks.1.body.gamma.weight")), "are missing"),
    "no stem bias": (safe_bytes(without("stem.conv.bias")), "stem.conv.bias"),
    "unexpected": (torch_bytes(STATE | {"head.extra.weight": torch.ones(3)}), "head.extra"),
    "shape": (torch_bytes(STATE | {"stem.norm.bias": torch.ones(5)}), "bias have the shape 5"),
    "other net": (torch_bytes(nn.Linear(3, 3).state_dict()), "weight, bias"),
    "bad notes": (safe_bytes(STATE, {"spec": "{}}"}), "description"),
    "bad spec": (safe_bytes(STATE, {"spec": '{"depths":[-1]}'}), "description"),
    "other spec": (safe_bytes(STATE, {"spec": '{"grn":true}'}), "missing"),
}


@pytest.mark.parametrize("name", STRANGE)
def test_a_strange_file_is_refused_in_words(name: str, tmp_path: Path) -> None:
    data, words = STRANGE[name]
    path = tmp_path / "upload.pth"
    path.write_bytes(data)
    for file in (data, path):
        with pytest.raises(WeightsError, match=words):
            load_checkpoint(file, name="upload.pth")
    assert not WAS_RUN.exists()


def test_a_file_that_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"no\.pth.*ENOENT"):
        load_checkpoint(tmp_path / "no.pth")


def test_the_number_of_labels_must_be_the_number_of_classes() -> None:
    with pytest.raises(WeightsError, match=r"2 class names.*3 classes"):
        load_checkpoint(SAFE, labels=("a", "b"))


@settings(max_examples=150)
@given(st.data())
def test_a_damaged_file_is_a_net_or_a_sentence(data: st.DataObject) -> None:
    original = data.draw(st.sampled_from([SAFE, PTH, LEGACY]))
    broken = bytearray(original)
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(0, min(len(broken), 3000) - 1))] = data.draw(
            st.integers(0, 255)
        )
    broken = broken[: data.draw(st.sampled_from([len(broken), len(broken) - 7, 500]))]
    try:
        loaded = load_checkpoint(bytes(broken))
    except WeightsError:
        return  # refused in words; any other exception fails this test
    assert logits(loaded.net).shape[0] == 2
