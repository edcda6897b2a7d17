"""Files that hold no weights of torch's, and hostile ones: each is named for what it is."""

import io
import json
import pickle
import re
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch

from convnext_viz.nets import load_checkpoint
from convnext_viz.nets.weights import WeightsError
from convnext_viz.text import use_language


def written(write: Callable[[io.BytesIO], object]) -> bytes:
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


def zipped(*names: str, data: bytes = b"1") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, data)
    return buffer.getvalue()


def tarred() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("model.pth"))
    return buffer.getvalue()


EXPORTED = ("data/weights/weight_0", "models/model.json", "archive_format", ".data/version")
"""Some of what ``torch.export.save`` writes."""


def pickled(*opcodes: bytes) -> bytes:
    """A file of torch's whose pickle is written by hand."""
    good = written(lambda buffer: torch.save({}, buffer))
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            new.writestr(name, b"".join(opcodes) if name.endswith("data.pkl") else old.read(name))
    return buffer.getvalue()


def called(module: bytes, name: bytes, argument: bytes) -> bytes:
    """The opcodes that call a function with one argument."""
    return b"c" + module + b"\n" + name + b"\n" + argument + b"\x85R"


TENSORS = {"weight": torch.ones(2)}
SAFE = safetensors.torch.save(TENSORS)
INDEX = {"metadata": {"total_size": 9}, "weight_map": {"weight": "model-00001-of-00002.bin"}}
FILES: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "shard": (lambda: SAFE, "model-00002-of-00003.safetensors", "part 2 of 3"),
    "old shard": (lambda: b"?", "pytorch_model-00001-of-00002.bin", "part 1 of 2"),
    "index": (lambda: json.dumps(INDEX).encode(), "", "index of a model"),
    "long index": (lambda: b'{"metadata": {', "a.safetensors.index.json", "index of a model"),
    "zero": (lambda: b"?", "zero_pp_rank_0_mp_rank_00_model_states.pt", "one process's share"),
    "npz": (lambda: written(lambda b: np.savez(b, a=np.ones(3))), "ViT-B_16.npz", "NumPy"),
    "keras": (lambda: zipped("config.json", "model.weights.h5"), "net.keras", "Keras"),
    "h5": (lambda: b"\x89HDF\r\n\x1a\n" + bytes(50), "net.h5", "Keras"),
    "pt2": (lambda: zipped(*(f"archive/{name}" for name in EXPORTED)), "net.pt2", "torch.export"),
    "onnx": (lambda: b"\x08\x08\x12\x07pytorch\x1a\x052.2.0", "", "ONNX"),
    "tflite": (lambda: b"\x1c\0\0\0TFL3" + bytes(50), "", "TensorFlow Lite"),
    "saved model": (lambda: b"\x08\x01\x12\xee\x2a", "saved_model.pb", "TensorFlow"),
    "paddle": (lambda: b"\x04\x95\0" + bytes(50), "net.pdparams", "PaddlePaddle"),
    "flax": (lambda: b"\x81\xa6params", "flax_model.msgpack", "Flax"),
    "folder": (lambda: zipped("run/config.yml", "run/best.pth"), "run.zip", "inside: run/best.pth"),
    "pictures": (lambda: zipped("a.jpg"), "a.zip", "archive"),
    "tar": (tarred, "net.pth.tar", "archive"),
    "zstd": (lambda: b"\x28\xb5\x2f\xfd" + bytes(50), "net.pt", "archive"),
    "answer": (lambda: b"Entry not found", "model.safetensors", "text file"),
    "pickle": (lambda: pickle.dumps({"a": 1}), "net.pkl", "pickle that torch.save did not write"),
    "protocol": (
        lambda: written(lambda b: torch.save(TENSORS, b, pickle_protocol=4)),
        "",
        "pickle protocol 4",
    ),
    "call": (
        lambda: pickled(b"\x80\x02", called(b"subprocess", b"call", b"X\x02\0\0\0ls"), b"."),
        "",
        r"could run code \(subprocess.call\)",
    ),
    "blocked": (
        lambda: pickled(b"\x80\x02", called(b"posix", b"system", b"X\x02\0\0\0ls"), b"."),
        "",
        r"could run code \(posix.system\)",
    ),
    "method": (  # what getattr gives cannot be called
        lambda: pickled(b"\x80\x02", called(b"builtins", b"getattr", b"X\x02\0\0\0ls"), b")R."),
        "",
        "could run code",
    ),
    "terabyte": (
        lambda: pickled(
            b"\x80\x02", called(b"builtins", b"bytearray", b"\x8a\x06\0\0\0\0\0\x10"), b"."
        ),
        "",
        r"could run code \(bytearray\)",
    ),
    "bomb": (lambda: zipped("a/data.pkl", data=bytes(10**7)), "", "declares far more values"),
    "header": (lambda: struct.pack("<Q", 10**9) + b'{"a":' + bytes(99), "", "damaged"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_named_for_what_it_is(name: str, tmp_path: Path) -> None:
    write, file, words = FILES[name]
    data = write()
    path = tmp_path / (file or "upload.pth")
    path.write_bytes(data)
    with pytest.raises(WeightsError, match=words):
        load_checkpoint(data, name=file or "upload.pth")
    with pytest.raises(WeightsError, match=words):
        load_checkpoint(path)
    with use_language("zh"), pytest.raises(WeightsError) as told:
        load_checkpoint(path)
    assert re.search("[。]$", str(told.value)) and len(list(tmp_path.iterdir())) == 1


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="is a folder"):
        load_checkpoint(tmp_path)


@pytest.mark.parametrize("name", ["fold_1-of-5.pth", "best_2-of-3.pt"])
def test_a_name_that_counts_something_else_is_no_shard(name: str) -> None:
    with pytest.raises(WeightsError, match="not the weights of"):
        load_checkpoint(written(lambda buffer: torch.save(TENSORS, buffer)), name=name)


def test_one_file_of_one_is_whole() -> None:
    with pytest.raises(WeightsError, match="not the weights of"):
        load_checkpoint(SAFE, name="model-00001-of-00001.safetensors")


def test_names_in_a_file_are_shown_short_and_plain() -> None:
    hostile: dict[str, Any] = {"**" + "a" * 10**5: torch.ones(2), "<b>\n": torch.ones(2)}
    with pytest.raises(WeightsError) as told:
        load_checkpoint(written(lambda buffer: torch.save(hostile, buffer)))
    assert not re.search(r"[<*\n]", str(told.value)) and len(str(told.value)) < 600
