"""Numbered images: read on request, in an order that everybody can repeat."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from convnext_viz.data import SAMPLES, ImageError, preprocess, sample_image, shapes
from convnext_viz.data.image_sets import (
    dataset_images,
    folder_pictures,
    inputs,
    labelled_folder,
    sample_pictures,
    tensor_pictures,
)
from convnext_viz.explain.inside.top_images import top_activating, top_activating_images
from convnext_viz.nets import Preprocess, Pretrained
from convnext_viz.results import Progress, TopActivating
from tests.explain.small_nets import SPECS, frozen

HOW = Preprocess(image_size=(32, 32), crop_fraction=1.0)
IMAGES = torch.randint(
    0, 256, (7, 3, 20, 24), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pictures on two floors, with what is none in between and what is not to be seen."""
    for place, name in enumerate(
        ["b.png", "a.png", "in/c.png", "in/a.png", ".hidden.png", ".x/d.png"]
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(IMAGES[place].permute(1, 2, 0).numpy()).save(tmp_path / name)
    (tmp_path / "aa.png").write_bytes(b"no picture")
    return tmp_path


def test_the_samples() -> None:
    found = sample_pictures()
    assert len(found) == len(SAMPLES) == len(set(found.names))
    for place, name in enumerate(SAMPLES):
        np.testing.assert_array_equal(found.read(place), sample_image(name))


def test_a_folder_in_the_order_of_names(folder: Path) -> None:
    found = folder_pictures(folder)
    assert found.names == ("a.png", "aa.png", "b.png", "in/a.png", "in/c.png")
    np.testing.assert_array_equal(found.read(2), IMAGES[0].permute(1, 2, 0))
    np.testing.assert_array_equal(found.read(4), IMAGES[2].permute(1, 2, 0))
    assert folder_pictures(folder, count=3).names == found.names[:3]


def test_no_more_of_a_large_folder_is_looked_at_than_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i in range(40):
        (tmp_path / f"{i:02}").mkdir()
        (tmp_path / f"{i:02}" / "one.png").write_bytes(b"")
    seen = []
    is_file = Path.is_file
    monkeypatch.setattr(Path, "is_file", lambda file: seen.append(file) or is_file(file))
    assert len(folder_pictures(tmp_path, count=5)) == 5 and len(seen) == 5


@pytest.mark.parametrize(("name", "said"), [("nowhere", "no folder"), ("empty", "no files")])
def test_no_folder_or_nothing_in_it(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=said):
        folder_pictures(tmp_path / name)


def test_a_data_sets_tensor() -> None:
    found = tensor_pictures(IMAGES.contiguous(memory_format=torch.channels_last), list("abcdefg"))
    assert found.names == tuple("abcdefg")
    for place in range(7):
        np.testing.assert_array_equal(found.read(place), IMAGES[place].permute(1, 2, 0))


def test_a_data_sets_test_half_knows_its_classes() -> None:
    drawn = shapes(train=10, test=20, image_size=8)
    found = dataset_images(drawn, 13, key="drawn")
    assert len(found) == 13 and found.key == "drawn" and found.classes == drawn.classes
    for place in (0, 12):
        assert found.truth(place) == found.names[place] == drawn.classes[place % 10]
        np.testing.assert_array_equal(found.read(place), drawn.test_images[place].permute(1, 2, 0))


@pytest.mark.parametrize("inside", ["", "test"])
def test_a_folder_of_classes(tmp_path: Path, inside: str) -> None:
    for place, name in enumerate(["b/1.png", "a/2.png", "a/1.png", ".c/1.png"]):
        file = tmp_path / inside / name
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(IMAGES[place].permute(1, 2, 0).numpy()).save(file)
    found = labelled_folder(tmp_path)
    assert found.classes == ("a", "b") and found.labels.tolist() == [0, 0, 1]
    assert found.names == ("1.png", "2.png", "1.png") and found.truth(2) == "b"
    np.testing.assert_array_equal(found.read(0), IMAGES[2].permute(1, 2, 0))
    (tmp_path / inside / "a/1.png").unlink()
    with pytest.raises(ImageError, match="can no longer be read"):
        found.read(0)


def test_inputs_are_what_the_network_gets(folder: Path) -> None:
    found = folder_pictures(folder)
    batches = list(inputs(found, HOW, batch=3))
    assert [places for places, _ in batches] == [(0, 2, 3), (4,)]  # 1 is no picture
    assert [places for places, _ in inputs(found, HOW, count=3)] == [(0, 2)]
    for places, x in batches:
        for place, one in zip(places, x, strict=True):
            assert torch.equal(one, preprocess(found.read(place), HOW)[0][0])


def test_the_most_exciting_are_numbered_by_their_places(folder: Path) -> None:
    spec = SPECS["cifar"]
    pretrained = Pretrained(net=frozen(spec), spec=spec, labels=(), preprocess=HOW)
    found = folder_pictures(folder)
    *reported, best = top_activating_images(pretrained, found, stage="stage2", count=2, batch=2)
    assert [one.done for one in reported if isinstance(one, Progress)] == [3, 5]
    assert all(one.total == 5 for one in reported if isinstance(one, Progress))
    x = [preprocess(found.read(place), HOW)[0] for place in (0, 2, 3, 4)]
    *_, plain = top_activating(pretrained.net, x, stage="stage2", total=4, count=2)
    assert isinstance(best, TopActivating) and isinstance(plain, TopActivating)
    np.testing.assert_array_equal(best.pictures, np.array([0, 2, 3, 4])[plain.pictures])
    np.testing.assert_allclose(best.values, plain.values, rtol=1e-4)


def test_a_folder_without_any_picture(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("words")
    spec = SPECS["cifar"]
    pretrained = Pretrained(net=frozen(spec), spec=spec, labels=(), preprocess=replace(HOW))
    with pytest.raises(ValueError, match="no images"):
        list(top_activating_images(pretrained, folder_pictures(tmp_path), stage="stage1"))
