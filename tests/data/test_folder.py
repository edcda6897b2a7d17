import numpy as np
import pytest
import torch
from PIL import Image

from convnext_viz.data import DataSpec, cache, image_folder, load, sources


def save(path, array, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path, **options)


@pytest.fixture
def pictures(tmp_path):
    """Two classes; (path, the picture as it should be read)."""
    gen = np.random.default_rng(0)
    expected = {}
    for half, count in (("train", 3), ("test", 2)):
        for name in ("cat", "dog"):
            for i in range(count):
                array = gen.integers(0, 256, (8, 8, 3), dtype=np.uint8)
                save(tmp_path / half / name / f"{i}.png", array)
                expected[half, name, i] = array
    return tmp_path, expected


def test_pictures_labels_and_statistics(pictures):
    root, expected = pictures
    data = image_folder(root, image_size=8)
    assert data.classes == ("cat", "dog")
    assert data.train_labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert data.test_labels.tolist() == [0, 0, 1, 1]
    wanted = np.stack([expected["train", name, i] for name in ("cat", "dog") for i in range(3)])
    np.testing.assert_array_equal(data.train_images.permute(0, 2, 3, 1).numpy(), wanted)
    assert data.train_images.dtype == torch.uint8
    assert data.train_images.is_contiguous(memory_format=torch.channels_last)
    np.testing.assert_allclose(data.mean, (wanted / 255).mean((0, 1, 2)), rtol=1e-9)
    np.testing.assert_allclose(data.std, (wanted / 255).std((0, 1, 2)), rtol=1e-9)
    assert data.skipped == 0


def test_pictures_of_every_kind_become_squares(tmp_path):
    grey = np.full((30, 60), 200, np.uint8)
    turned = np.zeros((40, 20, 3), np.uint8)
    turned[:20] = 255  # upper half white; "rotate 180" makes that the lower half
    exif = Image.Exif()
    exif[0x0112] = 3
    rgba = np.full((16, 16, 4), 90, np.uint8)
    for half in ("train", "test"):
        save(tmp_path / half / "a" / "grey.png", grey)
        save(tmp_path / half / "a" / "turned.jpg", turned, exif=exif, quality=95)
        save(tmp_path / half / "b" / "alpha.png", rgba)
        Image.fromarray(grey).convert("P").save(tmp_path / half / "b" / "palette.gif")
        Image.fromarray(grey).convert("CMYK").save(tmp_path / half / "b" / "print.jpg")
    data = image_folder(tmp_path, image_size=16)
    assert data.skipped == 0
    assert data.train_images.shape == (5, 3, 16, 16)
    assert (data.train_images[0] == 200).all()
    assert data.train_images[1, :, :4].float().mean() < 20
    assert data.train_images[1, :, -4:].float().mean() > 235


def test_odd_files_are_left_out_and_counted(pictures):
    root, _ = pictures
    intact = (root / "train/cat/0.png").read_bytes()
    odd = {
        "cut.png": intact[: len(intact) // 2],
        "empty.jpg": b"",
        "notes.txt": b"remember the milk",
        "page.png": b"<html></html>",
        ".hidden": b"not counted",
    }
    for name, content in odd.items():
        (root / "train/cat" / name).write_bytes(content)
    (root / "train/cat/inner").mkdir()
    (root / "train" / "README").write_text("a file beside the classes")
    seen = []
    data = image_folder(root, image_size=8, progress=lambda done, total: seen.append((done, total)))
    assert data.skipped == 4
    assert dict(data.origin.unreadable) == {
        "train/cat/cut.png": "incomplete", "train/cat/empty.jpg": "empty",
        "train/cat/notes.txt": "text", "train/cat/page.png": "text",
    }  # fmt: skip
    assert data.origin.files == 14
    assert len(data.train_images) == 6
    assert seen[-1] == (14, 14)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda root: (root / "train/dog").rename(root / "train/wolf"), "dog, wolf"),
        (lambda root: [file.unlink() for file in (root / "test/cat").iterdir()], "cat"),
        (lambda root: [f.write_bytes(b"?") for f in (root / "train/dog").iterdir()], "dog"),
    ],
    ids=["other classes", "empty class", "unreadable class"],
)
def test_a_folder_of_another_form_is_explained(pictures, spoil, words):
    root, _ = pictures
    spoil(root)
    with pytest.raises(ValueError, match=words):
        image_folder(root, image_size=8)


def test_one_class_is_nothing_to_learn(tmp_path):
    for half in ("train", "test"):
        save(tmp_path / half / "only" / "a.png", np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(ValueError, match="two folders"):
        image_folder(tmp_path)


def test_no_folder_at_all(tmp_path):
    with pytest.raises(ValueError, match="nowhere"):
        image_folder(tmp_path / "nowhere")


def test_a_folder_too_large_for_memory_is_the_same_data_set(pictures, monkeypatch):
    """Written as it is read, and mapped: with and without a half of test images."""
    root, _ = pictures
    monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(root / "home"))
    (root / "train" / "cat" / "none.png").write_bytes(b"")
    for place in (root, root / "train"):
        wanted = image_folder(place, image_size=16)
        monkeypatch.setattr(cache, "LARGEST", 0)
        monkeypatch.setattr(sources, "image_folder", None)
        found = load(DataSpec(kind="folder", path=str(place), image_size=16))
        monkeypatch.undo()
        monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(root / "home"))
        assert (found.name, found.classes) == (wanted.name, wanted.classes)
        assert found.origin == wanted.origin
        for half in ("train_images", "train_labels", "test_images", "test_labels"):
            assert torch.equal(getattr(found, half), getattr(wanted, half))
        np.testing.assert_allclose(found.mean, wanted.mean, rtol=1e-12)
        np.testing.assert_allclose(found.std, wanted.std, rtol=1e-12)
    assert len(list((root / "home" / "data").iterdir())) == 2
