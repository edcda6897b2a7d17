"""Folders and archives of pictures as people have them; what an archive hides is refused."""

import os
import struct
import unicodedata
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch

from convnext_viz.data import DataSpec, ImageError, folder_pictures, image_folder, load
from convnext_viz.data.image_sets import labelled_folder
from convnext_viz.data.limits import LARGEST_FILE
from tests.odd_making import saved, scene

FOUR = {f"{i}.png": saved(scene(8 + i, 8), "PNG") for i in range(4)}


def laid(root: Path, *folders: str, files: dict[str, bytes] | None = None) -> Path:
    """The same pictures in every folder."""
    for folder in folders:
        for name, data in (FOUR if files is None else files).items():
            (root / folder / name).parent.mkdir(parents=True, exist_ok=True)
            (root / folder / name).write_bytes(data)
    return root


def halves(train: str, test: str) -> list[str]:
    return [f"{half}/{name}" for half in (train, test) for name in ("ant", "bee")]


@pytest.mark.parametrize(
    ("train", "test"),
    [
        *(("train", "val"), ("Train", "Test"), ("TRAIN", "Validation"), ("training", "VALID")),
        *(("training_set", "test_set"), ("train_set", "validation_set"), ("Train-Set", "testing")),
        *(("trainset", "ValSet"), ("train data", "test data"), ("train_images", "evaluation")),
        *(("seg_train", "seg_test"), ("flowers-train", "flowers-val")),
    ],
)
def test_halves_of_any_name(tmp_path: Path, train: str, test: str) -> None:
    laid(tmp_path, *halves(train, test))
    found = image_folder(tmp_path, image_size=8)
    assert found.classes == ("ant", "bee") and found.origin is not None
    assert (found.origin.train_folder, found.origin.test_folder) == (train, test)
    assert (len(found.train_labels), len(found.test_labels)) == (8, 8)
    assert labelled_folder(tmp_path).names == (*FOUR, *FOUR)


def test_test_is_taken_before_val_and_what_is_not_used_is_known(tmp_path: Path) -> None:
    laid(tmp_path, *halves("train", "test"), "val/ant", "val/bee", "notes")
    found = image_folder(tmp_path, image_size=8)
    assert found.origin is not None
    assert (found.origin.test_folder, found.origin.unused) == ("test", ("notes", "val"))


def test_val_serves_where_the_test_pictures_have_no_classes(tmp_path: Path) -> None:
    laid(tmp_path, *halves("train", "val"), "test/unknown")
    found = image_folder(tmp_path, image_size=8)
    assert found.origin is not None and found.origin.test_folder == "val"


def test_classes_alone_are_split_in_the_same_way_wherever_they_lie(tmp_path: Path) -> None:
    grey = {
        f"{i:02}.png": saved(scene(8, 8).point(lambda _, i=i: 10 * i), "PNG")  # type: ignore[misc]
        for i in range(20)
    }
    first = image_folder(laid(tmp_path / "one", "ant", "bee", files=grey), image_size=8)
    again = image_folder(laid(tmp_path / "two/set", "ant", "bee", files=grey), image_size=8)
    assert torch.equal(first.test_images, again.test_images)
    assert first.origin is not None and first.origin.test_folder == ""
    for label in (0, 1):
        train, test = (
            set(images[labels == label][:, 0, 0, 0].tolist())
            for images, labels in (
                (first.train_images, first.train_labels),
                (first.test_images, first.test_labels),
            )
        )
        assert len(test) == 4 and not train & test and len(train | test) == 20
    assert not torch.equal(*(first.test_images[first.test_labels == one] for one in (0, 1)))


def test_a_class_of_one_picture_cannot_be_split(tmp_path: Path) -> None:
    laid(tmp_path, "ant", "bee")
    laid(tmp_path, "cow", files={"0.png": FOUR["0.png"]})
    with pytest.raises(ValueError, match=r"class cow .* only one"):
        image_folder(tmp_path, image_size=8)


def test_pictures_below_a_class_and_a_folder_around_all(tmp_path: Path) -> None:
    laid(tmp_path, "flowers/Train/ant/2024/may", "flowers/Train/bee", "flowers/val/ant")
    laid(tmp_path, "flowers/val/bee/left")
    found = image_folder(tmp_path, image_size=8)
    assert found.classes == ("ant", "bee") and found.skipped == 0
    assert found.train_labels.tolist() == found.test_labels.tolist() == [0] * 4 + [1] * 4


def test_what_a_system_left_is_no_class_and_no_picture(tmp_path: Path) -> None:
    laid(tmp_path, *halves("train", "test"))
    odd = dict.fromkeys(("Thumbs.db", "._0.png", ".DS_Store", "desktop.ini"), b"\0\5\x16\7")
    laid(tmp_path, "train/__MACOSX/ant", "test/@eaDir", "train/ant", "@eaDir", "#recycle/ant",
         "test/bee/@eaDir/0.png", "train/.ipynb_checkpoints", files=odd)  # fmt: skip
    found = image_folder(tmp_path, image_size=8)
    assert found.classes == ("ant", "bee") and found.skipped == 0
    assert found.origin is not None and found.origin.unused == ()
    assert len(folder_pictures(tmp_path)) == len(labelled_folder(tmp_path)) * 2 == 16


def test_one_name_in_two_normal_forms_is_one_class(tmp_path: Path) -> None:
    composed, apart = (unicodedata.normalize(form, "Müllerthurgau ét") for form in ("NFC", "NFD"))
    laid(tmp_path, f"train/{apart}", f"test/{composed}", "train/b", "test/b")
    laid(tmp_path, f"train/{composed}", files={"9.png": FOUR["0.png"]})
    found = image_folder(tmp_path, image_size=8)
    assert found.classes == (composed, "b") and len(found.train_labels) == 9


def test_a_link_in_a_circle_ends(tmp_path: Path) -> None:
    laid(tmp_path, *halves("train", "test"))
    try:
        (tmp_path / "train/ant/again").symlink_to(tmp_path / "train", target_is_directory=True)
    except OSError:
        pytest.skip("no links here")
    assert len(image_folder(tmp_path, image_size=8).train_labels) == 8


@pytest.mark.parametrize(
    ("made", "words"), [([], "–"), ([""], r"readme\.md"), (["photos"], "two classes")]
)
def test_what_is_there_is_named_where_there_are_no_classes(
    tmp_path: Path, made: list[str], words: str
) -> None:
    laid(tmp_path, *made, files={"readme.md": b"words"})
    with pytest.raises(ValueError, match=words):
        image_folder(tmp_path, image_size=8)


def packed(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> BytesIO:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out


def several(*folders: str) -> dict[str, bytes]:
    return {f"{folder}/{name}": data for folder in folders for name, data in FOUR.items()}


def test_an_archive_gives_what_its_folder_gives(tmp_path: Path) -> None:
    places = [f"set/{one}" for one in halves("train", "Val")]
    there = image_folder(laid(tmp_path / "folder", *places), image_size=8)
    data = packed(several(*places) | {"__MACOSX/set/train/ant/._0.png": b"\0\5", "set/.x": b""})
    (tmp_path / "pictures.zip").write_bytes(data.getvalue())
    before = sorted(tmp_path.rglob("*"))
    for place in (tmp_path / "pictures.zip", data):
        found = image_folder(place, image_size=8)
        assert found.classes == there.classes and found.skipped == 0
        assert torch.equal(found.train_images, there.train_images)
        assert torch.equal(found.test_labels, there.test_labels)
        looked_at = labelled_folder(place)
        assert looked_at.truth(5) == "bee"
        np.testing.assert_array_equal(looked_at.read(1), scene(9, 8))
    assert len(folder_pictures(tmp_path / "pictures.zip")) == 16
    assert sorted(tmp_path.rglob("*")) == before


def test_an_archive_is_a_data_set_that_changes_with_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(tmp_path / "home"))
    file = tmp_path / "set.zip"
    file.write_bytes(packed(several("ant", "bee")).getvalue())
    data = DataSpec(kind="folder", path=str(file), image_size=8)
    assert load(data).classes == ("ant", "bee")
    file.write_bytes(packed(several("ant", "bee", "cow")).getvalue())
    os.utime(file, (1, 1))
    assert load(data).classes == ("ant", "bee", "cow")


@pytest.mark.parametrize(
    "name",
    ["../out.png", "ant/../../out.png", "/etc/out.png", "C:/out.png", "..\\out.png", "\\out.png"],
)
def test_an_archive_that_points_outside_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/x.zip").write_bytes(packed(several("ant", "bee") | {name: b""}).getvalue())
    with pytest.raises(ValueError, match="outside"):
        image_folder(tmp_path / "a/b/x.zip", image_size=8)
    assert [one.name for one in tmp_path.rglob("*") if one.is_file()] == ["x.zip"]


def test_a_link_in_an_archive_is_refused() -> None:
    out = packed(several("ant", "bee"))
    with zipfile.ZipFile(out, "a") as archive:
        link = zipfile.ZipInfo("ant/link.png")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(ValueError, match=r"link\.png is a link"):
        image_folder(out, image_size=8)


def test_an_archive_that_would_fill_the_memory_is_refused_and_one_large_entry_left_out() -> None:
    zeros = bytes(LARGEST_FILE // 2)
    bomb = packed({f"ant/{i}.bmp": zeros for i in range(4)})
    with pytest.raises(ValueError, match="unpack to"):
        image_folder(bomb, image_size=8)
    files = several("ant", "bee") | {"bee/9.bmp": bytes(LARGEST_FILE - 1000)}
    found = image_folder(packed(files), image_size=8)
    assert found.origin is not None and len(found.origin.unreadable) == 1


def test_what_an_archive_says_of_itself_is_not_believed() -> None:
    data = packed(several("ant", "bee"), zipfile.ZIP_STORED).getvalue()
    end = data.rfind(b"PK\5\6")
    huge = bytearray(data)
    struct.pack_into("<L", huge, end + 12, 2**31)  # bytes of the list of files
    damaged = bytearray(data)
    damaged[60:90] = bytes(30)  # in the first picture
    with pytest.raises(ValueError, match="damaged"):
        image_folder(BytesIO(bytes(huge)), image_size=8)
    with pytest.raises(ValueError, match="damaged"):
        image_folder(BytesIO(data[:end]), image_size=8)
    origin = image_folder(BytesIO(bytes(damaged)), image_size=8).origin
    assert origin is not None and origin.unreadable == (("ant/0.png", "damaged"),)


@pytest.mark.parametrize(("flag", "method", "words"), [(1, 8, "password"), (0, 14, "compression")])
def test_an_archive_that_cannot_be_read_says_why(flag: int, method: int, words: str) -> None:
    data = bytearray(packed(several("ant", "bee")).getvalue())
    entry = data.index(b"PK\1\2")
    struct.pack_into("<HH", data, entry + 8, flag, method)
    with pytest.raises(ValueError, match=words):
        image_folder(BytesIO(bytes(data)), image_size=8)


def test_names_of_macs_and_of_chinese_windows_are_read_right() -> None:
    """Both write names without the mark of their encoding."""
    for name, encoding in (("蚂蚁", "gbk"), ("蚂蚁", "utf-8"), ("Käfer", "cp437")):
        stored = name.encode(encoding)
        stand_in = "x" * len(stored)
        data = packed(several(stand_in, "bee")).getvalue().replace(stand_in.encode(), stored)
        assert name in image_folder(BytesIO(data), image_size=8).classes


def test_a_picture_of_an_archive_that_is_none_is_a_sentence() -> None:
    looked_at = labelled_folder(packed({"ant/a.png": b"words", "bee/b.png": FOUR["1.png"]}))
    with pytest.raises(ImageError, match=r"a\.png"):
        looked_at.read(0)


def test_other_archives_are_named(tmp_path: Path) -> None:
    (tmp_path / "set.7z").write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(50))
    with pytest.raises(ValueError, match="7z"):
        image_folder(tmp_path / "set.7z")
    np.savez(tmp_path / "mnist.npz", x_train=np.zeros((2, 28, 28)))
    with pytest.raises(ValueError, match="NumPy"):
        image_folder(tmp_path / "mnist.npz")
