"""One decoder: what a network learns from is what it is explained on."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convnext_viz.data import DataSpec, image_folder, images, load, preprocess, read_image, sources
from convnext_viz.nets import Preprocess
from tests.odd_files import ODD_FILES
from tests.odd_making import OddFile, saved

SIDE = 24
RAMP = np.tile(np.linspace(0, 1, 64), (64, 1))


def learnt(root: Path, data: bytes, name: str = "one") -> np.ndarray:
    """(SIDE, SIDE, 3): the file as it is trained on."""
    for half in ("train", "test"):
        for label in ("a", "b"):
            (root / half / label).mkdir(parents=True)
            (root / half / label / name).write_bytes(data)
    return image_folder(root, image_size=SIDE).train_images[0].permute(1, 2, 0).numpy()


@pytest.mark.parametrize(
    "file",
    [file for file in ODD_FILES() if file.is_picture and len(file.data) < 100_000],
    ids=lambda file: ascii(file.name[:50]),
)
def test_one_file_gives_the_same_pixels_to_both(file: OddFile, tmp_path: Path) -> None:
    how = Preprocess(image_size=(SIDE, SIDE), crop_fraction=1.0, interpolation="area")
    explained = preprocess(read_image(file.data, file.name), how)[1]
    np.testing.assert_array_equal(learnt(tmp_path, file.data), explained)


@pytest.mark.parametrize(
    ("ramp", "kind"),
    [
        ((RAMP * 255).round().astype(np.uint8), "PNG"),
        ((RAMP * 4095).astype(np.uint16), "PNG"),
        ((RAMP * 65535).astype(np.uint16), "PNG"),
        ((RAMP * 65535).astype(np.uint16), "TIFF"),
        ((RAMP * 4000 - 1000).astype(np.int32), "TIFF"),
        (RAMP.astype(np.float32), "TIFF"),
        ((RAMP * 255).astype(np.float32), "TIFF"),
    ],
    ids=["8", "12 in 16", "16", "16 TIFF", "signed 32", "float 0..1", "float 0..255"],
)
def test_a_ramp_keeps_its_mean_and_its_ends(ramp: np.ndarray, kind: str, tmp_path: Path) -> None:
    seen = learnt(tmp_path, saved(Image.fromarray(ramp), kind))
    assert seen.mean() == pytest.approx(127.5, abs=1.5)
    assert seen.min() < 6 and seen.max() > 249


def test_what_is_transparent_is_white_in_training(tmp_path: Path) -> None:
    hidden = Image.new("RGBA", (32, 32), (0, 0, 0, 0))
    assert (learnt(tmp_path, saved(hidden, "PNG")) == 255).all()


def test_what_another_decoder_read_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(tmp_path / "home"))
    learnt(tmp_path / "set", saved(Image.new("L", (8, 8), 40), "PNG"))
    requested = DataSpec(kind="folder", path=str(tmp_path / "set"), image_size=8)
    reads = []

    def counted(path: Path, *, image_size: int) -> object:
        reads.append(path)
        return image_folder(path, image_size=image_size)

    def forget() -> None:
        sources._read.cache_clear()
        sources._loaded.cache_clear()

    monkeypatch.setattr(sources, "image_folder", counted)
    for _ in range(2):  # the second time out of the cache on the disk
        forget()
        assert load(requested).train_images.float().mean() == 40
    assert len(reads) == 1
    monkeypatch.setattr(sources, "DECODER", images.DECODER + 1)
    forget()
    load(requested)
    forget()
    assert len(reads) == 2
