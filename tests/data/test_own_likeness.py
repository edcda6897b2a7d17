"""Near-duplicates and advice: the hash against SciPy's transform, pairs against all pairs."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance
from scipy.fft import dctn

from convnext_viz.data import SAMPLES, own_sets, sample_image
from convnext_viz.data.own_sets import similarity
from convnext_viz.data.own_sets.fingerprint import fingerprint
from convnext_viz.text import use_language
from tests.data.own_pictures import data, files, noise


@pytest.mark.parametrize("name", [*SAMPLES])
def test_the_hash_is_scipys_transform_above_its_median(name: str) -> None:
    image = sample_image(name)
    grey = np.asarray(image.convert("L").resize((32, 32), Image.Resampling.LANCZOS), float)
    low = dctn(grey, type=2)[:8, :8]
    wanted = "".join("01"[bit] for bit in (low > np.median(low)).ravel().astype(int))
    assert fingerprint(image) == int(wanted, 2)


def test_a_picture_of_one_grey_has_no_noise_in_its_hash() -> None:
    hashes = {fingerprint(Image.new("RGB", (50, 50), (v, v, v))) for v in (3, 77, 200)}
    assert len(hashes) == 1


def _changed(photo: Image.Image) -> list[tuple[str, bytes]]:
    """The photograph as it comes back from a messenger."""
    middle = photo.crop((photo.width // 100, photo.height // 100, photo.width, photo.height))
    return [
        ("half.png", data(photo.resize((photo.width // 2, photo.height // 2)))),
        ("poor.jpg", data(photo, "JPEG", quality=20)),
        ("bright.jpg", data(ImageEnhance.Brightness(photo).enhance(1.15), "JPEG")),
        ("cut.jpg", data(middle, "JPEG")),
    ]


def test_near_duplicates_of_photographs_are_found_and_nothing_else(tmp_path: Path) -> None:
    id = own_sets.create("Photos", home=tmp_path).id
    for name in SAMPLES:
        photo = sample_image(name)
        own_sets.add(id, "x", [(f"{name}.png", data(photo))], home=tmp_path)
    originals = own_sets.read(id, home=tmp_path)
    assert own_sets.near_duplicates(originals) == ()
    own_sets.add(id, "y", _changed(sample_image("chelsea")), home=tmp_path)
    found = own_sets.near_duplicates(own_sets.read(id, home=tmp_path))
    with_original = [
        {pair.first.name, pair.second.name} - {"chelsea.png"}
        for pair in found
        if "chelsea.png" in (pair.first.name, pair.second.name)
    ]
    assert len(with_original) == 4
    assert all(
        one.name == "chelsea.png" or one.label == "y"
        for pair in found
        for one in (pair.first, pair.second)
    )


def test_pairs_are_all_pairs_by_hand(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(similarity, "_ROWS", 7)
    id = own_sets.create("Noise", home=tmp_path).id
    own_sets.add(id, "x", files(40), home=tmp_path)
    found = own_sets.read(id, home=tmp_path)
    gen = np.random.default_rng(0)
    pictures = []
    for one in found.pictures:  # hashes of which many differ in a few bits
        bits = sum({1 << int(bit) for bit in gen.integers(48, 64, 6)})
        pictures.append(replace(one, fingerprint=bits))
    near = own_sets.near_duplicates(replace(found, pictures=tuple(pictures)))
    wanted = {}
    for a, b in itertools.combinations(pictures, 2):
        distance = (a.fingerprint ^ b.fingerprint).bit_count()
        if distance <= 6:
            wanted[frozenset((a.id, b.id))] = (a.half != b.half, distance)
    assert len(near) == len(wanted) > 100
    assert {frozenset((p.first.id, p.second.id)): (p.across, p.distance) for p in near} == wanted
    order = [(not pair.across, pair.distance) for pair in near]
    assert order == sorted(order)
    monkeypatch.setattr(similarity, "MOST_PAIRS", 10)
    assert own_sets.near_duplicates(replace(found, pictures=tuple(pictures))) == near[:10]


def advised(id: str, home: Path) -> str:
    return " | ".join(own_sets.advice(own_sets.read(id, home=home)))


def test_advice(tmp_path: Path) -> None:
    id = own_sets.create("Pets", home=tmp_path).id
    assert "no images yet" in advised(id, tmp_path)
    own_sets.add(id, "cat", files(12), home=tmp_path)
    assert "only one class, cat" in advised(id, tmp_path)
    own_sets.add(id, "dog", files(1, 20), home=tmp_path)
    said = advised(id, tmp_path)
    assert "Images of dog: 1" in said and "Images of cat" not in said
    assert "cat has 12 images, dog only 1" in said and "dog has no test images" in said
    own_sets.add(id, "dog", files(11, 21), home=tmp_path)
    assert advised(id, tmp_path) == ""
    with use_language("zh"):
        assert own_sets.advice(own_sets.create("x", home=tmp_path))[0].startswith("图片集")


def test_advice_on_pairs_across_the_split(tmp_path: Path) -> None:
    id = own_sets.create("Pets", home=tmp_path).id
    own_sets.add(id, "cat", files(12), home=tmp_path)
    own_sets.add(id, "dog", files(12, 20), home=tmp_path)
    for place in range(12):
        bright = ImageEnhance.Brightness(noise(place)).enhance(0.97)
        own_sets.add(id, "cat", [(f"{place}.bright.png", data(bright))], home=tmp_path)
    found = own_sets.read(id, home=tmp_path)
    across = sum(pair.across for pair in own_sets.near_duplicates(found))
    assert across > 0
    assert f"half and one in the test half: {across}." in advised(id, tmp_path)
