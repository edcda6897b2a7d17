"""What is taken home from a run: it predicts what the network predicts, without this package."""

import importlib.util
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from convnext_viz.data.sources import DataSpec, load
from convnext_viz.lab import export_model
from convnext_viz.nets import Preprocess, Pretrained, load_checkpoint
from convnext_viz.text import LANGUAGES, use_language
from convnext_viz.train.augment import normalize
from tests.train.test_starting import STARTS, weights

HOW = Preprocess(
    mean=(0.4, 0.5, 0.6),
    std=(0.2, 0.3, 0.4),
    image_size=(32, 32),
    crop_fraction=1.0,
    interpolation="area",
)
LABELS = ("tench", "the “great” cat's", "c\\d", "狗", "e", "f", "g")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A folder of pictures of many sizes, and its test pictures in the order they are read."""
    place = tmp_path_factory.mktemp("pictures")
    gen = np.random.default_rng(0)
    sizes = [(20, 20), (40, 57), (57, 40), (32, 32), (31, 90), (120, 61)]
    for half in ("train", "test"):
        for label in "ab":
            (place / half / label).mkdir(parents=True)
            for i, (height, width) in enumerate(sizes):
                small = gen.integers(0, 256, (5, 5, 3), dtype=np.uint8)
                image = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
                image.save(place / half / label / f"{i}.png")
    return place


def trained(name):
    net = weights(STARTS[name])
    with torch.no_grad():  # scores far apart, so that more than one class comes first
        net.head.fc.weight.mul_(30)
    return Pretrained(net=net, spec=STARTS[name], labels=LABELS, preprocess=HOW, licence="MIT")


def run(folder, *arguments):
    """The script alone, in a process that finds nothing of ours."""
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "predict.py", *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return [line.split("\t") for line in done.stdout.splitlines()]


@pytest.mark.parametrize("name", ["resnet", "distilled", "swin"])
def test_the_script_predicts_what_the_network_predicts(pictures, tmp_path, monkeypatch, name):
    monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(tmp_path / "home"))
    given = trained(name)
    data = load(DataSpec(kind="folder", path=str(pictures), image_size=32))
    found = export_model.export(given, data)
    assert set(found) == {"model.safetensors", "model.onnx", "model.py", "predict.py", "README.txt"}
    for file, content in found.items():
        (tmp_path / file).write_bytes(content)
    files = sorted((pictures / "test").rglob("*.png"))
    with torch.no_grad():
        chances = given.net(normalize(data.test_images, HOW.mean, HOW.std)).softmax(1)
    expected = [LABELS[i] for i in chances.argmax(1).tolist()]
    for arguments in ([], ["--onnx"]):
        lines = run(tmp_path, *arguments, *files)
        assert [line[1] for line in lines] == expected
        told = torch.tensor([float(line[2]) for line in lines])
        torch.testing.assert_close(told, chances.max(1).values, rtol=0, atol=2e-4)
    again = load_checkpoint(tmp_path / "model.safetensors")  # as the Explain page opens it
    assert (again.spec, again.labels, again.preprocess) == (given.spec, LABELS, HOW)
    readme = found["README.txt"].decode()
    assert "MIT" in readme and "model.onnx" in readme and "e-0" in readme


@pytest.mark.parametrize("crop", ["center", "squash"])
@pytest.mark.parametrize("size", [(32, 32), (24, 40)])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear", "area"])
def test_the_script_reads_pictures_as_the_page_does(pictures, crop, size, interpolation):
    """To the last pixel, for any preprocessing that weights may bring."""
    from dataclasses import replace

    from convnext_viz.data import preprocess

    how = replace(
        HOW, image_size=size, crop_mode=crop, crop_fraction=0.875, interpolation=interpolation
    )
    given = replace(trained("resnet"), preprocess=how)
    text = export_model.files(given)["predict.py"].decode().partition("def torch_network")[0]
    script = {"__file__": "predict.py"}
    exec(compile(text, "predict.py", "exec"), script)
    for file in (pictures / "test" / "a").iterdir():
        expected, _ = preprocess(Image.open(file), how)
        np.testing.assert_allclose(script["read"](file), expected.numpy(), atol=1e-6)


def test_what_is_missing_is_a_sentence(pictures, tmp_path, monkeypatch):
    monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(tmp_path))
    data = load(DataSpec(kind="folder", path=str(pictures), image_size=32))
    found = importlib.util.find_spec
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda name: None if "onnx" in name else found(name)
    )
    with pytest.raises(ValueError, match="pip install onnx onnxscript onnxruntime"):
        export_model.onnx_file(trained("resnet"), data)
    for language in LANGUAGES:
        with use_language(language):
            assert len(export_model.files(trained("resnet"))) == 4
