"""The check of a visitor's path against a file system that was laid out by hand."""

import os
from pathlib import Path

import pytest

from convnext_viz.data import roots
from convnext_viz.text import t


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """``open`` is a root; ``private`` is beside it, ``open2`` begins with the same letters."""
    for name in ("open/cats", "private/letters", "open2"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "one.png").write_bytes(b"1")
    (tmp_path / "open" / "inside").symlink_to(tmp_path / "open" / "cats")
    return tmp_path


def said(path: str | Path, *opened: Path) -> str:
    with pytest.raises(ValueError) as caught:
        roots.permitted(path, roots=opened)
    return str(caught.value)


def test_what_lies_below_a_root_is_given_back_absolute(disk: Path) -> None:
    root = disk / "open"
    for path in (root, root / "cats", root / "cats" / "one.png", root / "private" / ".." / "cats"):
        found = roots.permitted(path, roots=(disk / "private", root))
        assert str(found) == os.path.realpath(path)
    assert roots.permitted(root / "inside", roots=(root,)) == root / "cats"
    assert roots.permitted(root / "not" / "there", roots=(root,)) == root / "not" / "there"


def test_every_other_place_is_refused_in_the_same_words(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = disk / "open"
    monkeypatch.chdir(root)
    monkeypatch.setenv("HOME", str(disk / "private"))
    (root / "out").symlink_to(disk / "private")
    (root / "circle").symlink_to(root / "circle")
    outside = (
        *("/", "/etc/passwd", "/etc/nothing-of-that-name", "..", "../private", "../missing"),
        *("~", "~/letters", "~nobody-of-that-name/x", "cats/../../private/letters/one.png"),
        *("out", "out/letters", "out/missing", "circle", "circle/x", "\0", "a\0b", "x" * 5000),
        *(str(disk / "open2"), str(disk / "private"), str(disk)),
    )
    for path in outside:
        assert said(path, root) == t("train.error.not_permitted"), path
        assert said(path) == t("train.error.not_permitted"), path  # no root at all
    assert said(root) == t("train.error.not_permitted")


def test_a_folder_with_a_link_that_leads_out_is_refused(disk: Path) -> None:
    root = disk / "open"
    assert roots.permitted(root, roots=(root,)) == root
    (root / "cats" / "two.png").symlink_to(disk / "private" / "letters" / "one.png")
    for path in (root, root / "cats", root / "inside"):
        assert said(path, root) == t("train.error.not_permitted")
    assert roots.permitted(root, roots=(root, disk / "private")) == root  # both are open


def test_a_link_to_a_folder_is_followed_to_its_end(disk: Path) -> None:
    root = disk / "open"
    other = disk / "open2"
    (root / "more").symlink_to(other)
    (other / "back").symlink_to(root)  # a circle of folders ends
    assert roots.permitted(root, roots=(root, other)) == root
    (other / "letters").symlink_to(disk / "private" / "letters")
    assert said(root, root, other) == t("train.error.not_permitted")


def test_a_root_that_is_a_link_itself_is_where_it_leads(disk: Path) -> None:
    (disk / "alias").symlink_to(disk / "open")
    found = roots.permitted(disk / "alias" / "cats", roots=(disk / "alias",))
    assert found == disk / "open" / "cats"


def test_without_a_limit_a_path_stays_as_it_is() -> None:
    assert str(roots.permitted("~/x/../y", roots=None)) == os.path.join("~", "x", "..", "y")


def test_roots_are_named_as_in_path(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONVNEXT_VIZ_ROOTS", raising=False)
    assert roots.configured() == ()
    monkeypatch.setenv("HOME", str(disk))
    monkeypatch.setenv("CONVNEXT_VIZ_ROOTS", os.pathsep.join((str(disk / "open"), "", "~/open2")))
    assert roots.configured() == (disk / "open", disk / "open2")
