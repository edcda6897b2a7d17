"""A manifest makes the map again; an odd one, another picture, other weights are sentences."""

import copy
import json
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from convnext_viz.data import preprocess, read_image
from convnext_viz.data.samples import sample_image
from convnext_viz.explain import attribute, manifest, reproduce
from convnext_viz.explain.maps.methods import METHODS
from convnext_viz.nets import (
    BUNDLED,
    Preprocess,
    Pretrained,
    build,
    load_bundled,
    load_checkpoint,
    save_net,
)
from convnext_viz.results import Attribution
from convnext_viz.specs import CIFAR

OWN: dict[str, dict[str, float]] = {
    "smooth_grad": {"samples": 4, "seed": 3},
    "integrated_gradients": {"steps": 7},
    "occlusion": {"window": 10},
    "feature_ablation": {"cells": 4},
}


def made(
    pretrained: Pretrained, image: Image.Image, method: str, network: tuple[str, str], **known: Any
) -> tuple[Attribution, str]:
    x, _ = preprocess(image, pretrained.preprocess)
    own = OWN.get(method, {})
    found = attribute(
        pretrained.net,
        x,
        method,
        stage=METHODS[method].place or "stage2",
        target=3,
        contrast=5,
        **own,
    ).attribution
    told = manifest(
        found,
        image,
        pretrained,
        network=network,
        picture=known.pop("picture", "chelsea"),
        parameters=own,
        **known,
    )
    return found, json.dumps(told)


@pytest.mark.parametrize("method", METHODS)
def test_a_bundled_network_and_a_sample_need_nothing_else(method: str) -> None:
    name = "cifar10_vit" if METHODS[method].kind == "attention" else BUNDLED[0]
    found, told = made(load_bundled(name), sample_image("chelsea"), method, ("bundled", name))
    again = reproduce(told)
    assert (again.method, again.stage) == (method, found.stage)
    assert again.label(load_bundled(name).labels) == json.loads(told)["label"] == "cat − dog"
    assert again.score == pytest.approx(found.score, abs=1e-6)
    np.testing.assert_allclose(again.values, found.values, rtol=0, atol=1e-6)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    spec = replace(CIFAR["cifar_bn_relu"], depths=(1, 1), dims=(8, 16), kernel_size=3)
    file = tmp_path_factory.mktemp("weights") / "mine.safetensors"
    save_net(build(spec, seed=0).eval(), spec, file, preprocess=Preprocess(image_size=(32, 32)))
    return file


def jpeg() -> bytes:
    noise = np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)
    file = BytesIO()
    Image.fromarray(noise).save(file, "JPEG")
    return file.getvalue()


def test_files_of_ones_own(own: Path, tmp_path: Path) -> None:
    pretrained, image = load_checkpoint(own), read_image(jpeg())
    found, told = made(pretrained, image, "layer_cam", ("checkpoint", "mine"), picture="holiday")
    (tmp_path / "map.json").write_text(told)
    (tmp_path / "picture.jpg").write_bytes(jpeg())
    for weights in (own, own.read_bytes(), pretrained, load_checkpoint(own)):
        for picture in (jpeg(), tmp_path / "picture.jpg", image):
            again = reproduce(tmp_path / "map.json", picture, weights=weights)
            np.testing.assert_allclose(again.values, found.values, rtol=0, atol=1e-6)
    assert reproduce(str(tmp_path / "map.json"), image, weights=own).values.any()


def test_what_is_another_one_is_said(own: Path, tmp_path: Path) -> None:
    pretrained, image = load_checkpoint(own), read_image(jpeg())
    _, told = made(pretrained, image, "grad_cam", ("checkpoint", "mine"), picture="holiday")
    changed = image.copy()
    changed.putpixel((3, 4), (1, 2, 3))
    spec = pretrained.spec
    save_net(build(spec, seed=1).eval(), spec, tmp_path / "other.safetensors")
    for wrong, words in (
        ({"image": changed, "weights": own}, "not the image holiday"),
        ({"weights": own}, "Give its file"),
        ({"image": "/no/such/file.png", "weights": own}, "cannot be read"),
        ({"image": b"no picture", "weights": own}, "holiday"),
        ({"image": image}, "weights="),
        ({"image": image, "weights": tmp_path / "other.safetensors"}, "not the weights of mine"),
        ({"image": image, "weights": b"no weights"}, "mine"),
    ):
        with pytest.raises(ValueError, match=words):
            reproduce(told, **wrong)


def test_the_file_itself_is_trusted_though_its_pixels_differ(own: Path) -> None:
    """As another release of a decoder may round otherwise."""
    import hashlib

    pretrained, image = load_checkpoint(own), read_image(jpeg())
    sha = hashlib.sha256(jpeg()).hexdigest()
    _, told = made(pretrained, image, "grad_cam", ("checkpoint", "mine"), picture_sha256=sha)
    parts = json.loads(told)
    parts["picture"] |= {"pixels_sha256": "0" * 64, "name": "holiday"}
    assert reproduce(parts, jpeg(), weights=own).method == "grad_cam"
    with pytest.raises(ValueError, match="not the image"):
        reproduce(parts, image, weights=own)


STRANGERS = ("", "[]", "{}", "null", "{", b"\xff\xfe", '{"format": "other"}', "[" * 10**5)


@pytest.mark.parametrize("text", STRANGERS)
def test_no_manifest_at_all(text: str | bytes) -> None:
    with pytest.raises(ValueError):
        reproduce(text)
    with pytest.raises(ValueError, match="cannot be read"):
        reproduce("no such file.json")


NEEDED = ("method", "stage", "target", "parameters", "picture", "network", "preprocess")
ODD = (None, True, -1, 10**400, 3.5, "", "x" * 1000, [], [[]], {}, {"a": 1}, float("nan"))


def test_an_odd_manifest_is_a_sentence_whatever_is_odd_in_it(own: Path) -> None:
    pretrained = load_checkpoint(own)
    image, network = sample_image("coins"), ("checkpoint", "mine")
    told = json.loads(made(pretrained, image, "smooth_grad", network, picture="coins")[1])
    assert reproduce(told, weights=pretrained).values.any()
    places = [(name,) for name in (*NEEDED, "format", "against")]  # the rest is for people
    for name in ("parameters", "picture", "network", "preprocess"):
        places += [(name, inner) for inner in told[name]]
    refused = {}
    for place in places:
        for odd in (*ODD, "gone"):
            parts = copy.deepcopy(told)
            *way, last = place
            inside = parts[way[0]] if way else parts
            if odd == "gone":
                del inside[last]
            else:
                inside[last] = odd
            try:
                again = reproduce(parts, weights=pretrained)
            except ValueError as error:
                refused[place[0]] = str(error)
            else:
                assert isinstance(again, Attribution)
    assert set(refused) >= {*NEEDED, "format"}
    assert all(len(words) > 20 for words in refused.values())
