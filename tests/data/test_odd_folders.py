"""Folders that are called like halves and are none, halves in halves, and halves in classes."""

from pathlib import Path

import pytest

from convnext_viz.data import image_folder
from tests.data.test_layouts import FOUR, halves, laid


@pytest.mark.parametrize("around", ["", "set/", "train/", "set/train/"])
def test_a_half_that_holds_another_of_its_name(tmp_path: Path, around: str) -> None:
    laid(tmp_path, *halves(f"{around}seg_train/seg_train", f"{around}seg_test/seg_test"))
    laid(tmp_path, f"{around}seg_pred/seg_pred")
    found = image_folder(tmp_path, image_size=8)
    assert found.classes == ("ant", "bee") and found.origin is not None
    assert (found.origin.train_folder, found.origin.test_folder) == ("seg_train", "seg_test")
    assert (len(found.train_labels), len(found.test_labels)) == (8, 8)


def test_a_train_alone_that_holds_another(tmp_path: Path) -> None:
    laid(tmp_path / "one", "train/train/ant", "train/train/bee")
    assert image_folder(tmp_path / "one", image_size=8).classes == ("ant", "bee")
    laid(tmp_path / "two", *halves("train/train", "train/test"))
    assert len(image_folder(tmp_path / "two", image_size=8).test_labels) == 8
    laid(tmp_path / "three", *halves("train/images", "test/images"))
    assert image_folder(tmp_path / "three", image_size=8).classes == ("ant", "bee")


@pytest.mark.parametrize("name", ["train", "test", "Validation", "steam_train", "test_set"])
@pytest.mark.parametrize("inside", ["", "/2023"])
def test_a_class_that_is_called_like_a_half(tmp_path: Path, name: str, inside: str) -> None:
    classes = ("car", "plane", name)
    laid(tmp_path / "alone", *(f"{one}{inside if one == name else ''}" for one in classes))
    found = image_folder(tmp_path / "alone", image_size=8)
    assert found.classes == tuple(sorted(classes)) and found.origin is not None
    assert found.origin.train_folder == found.origin.test_folder == ""
    both = [f"{half}/{one}" for half in ("train", "val") for one in classes]
    found = image_folder(laid(tmp_path / "both", *both), image_size=8)
    assert found.classes == tuple(sorted(classes)) and len(found.test_labels) == 12


def test_halves_inside_of_every_class(tmp_path: Path) -> None:
    laid(tmp_path, *(f"{one}/{half}" for one in ("ant", "bee") for half in ("train", "test")))
    laid(tmp_path, "ant/train/more", files={"9.png": FOUR["0.png"]})
    found = image_folder(tmp_path, image_size=8)
    assert found.classes == ("ant", "bee")
    assert (len(found.train_labels), len(found.test_labels)) == (9, 8)


def test_classes_that_have_folders_are_no_halves_beside_others(tmp_path: Path) -> None:
    laid(tmp_path, "car/a", "plane/b", "train/c", "test/d")
    assert image_folder(tmp_path, image_size=8).classes == ("car", "plane", "test", "train")


@pytest.mark.parametrize("test", ["test/images", "test/test", "val/images"])
def test_pictures_for_testing_without_classes_are_not_used(tmp_path: Path, test: str) -> None:
    laid(tmp_path, "train/ant/images", "train/bee/images", test)
    found = image_folder(tmp_path, image_size=8)
    assert found.classes == ("ant", "bee") and found.origin is not None
    assert found.origin.test_folder == "" and found.origin.unused == (test.split("/")[0],)


@pytest.mark.parametrize(("train", "test"), [("训练集", "测试集"), ("训练", "验证")])
def test_halves_with_chinese_names(tmp_path: Path, train: str, test: str) -> None:
    laid(tmp_path, *halves(train, test))
    found = image_folder(tmp_path, image_size=8)
    assert found.classes == ("ant", "bee") and len(found.test_labels) == 8
