"""ZIP archives of class folders added to a set."""

import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from convnext_viz.data import own_sets
from tests.data.own_pictures import data, files, noise


@pytest.fixture
def made(tmp_path: Path) -> str:
    return own_sets.create("Pets", home=tmp_path).id


def packed(entries: dict[str, bytes]) -> BytesIO:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    file.seek(0)
    return file


def pictures(folder: str, count: int, start: int) -> dict[str, bytes]:
    return {f"{folder}/{name}": content for name, content in files(count, start)}


def test_class_folders_and_what_lies_among_them(made: str, tmp_path: Path) -> None:
    entries = pictures("pets/猫", 4, 0) | pictures("pets/dog", 3, 10)
    entries |= {"pets/dog/report.pdf": b"%PDF-1.4", "pets/dog/twice.png": data(noise(0))}
    entries |= {"__MACOSX/pets/dog/._x.png": b"x", "pets/dog/.DS_Store": b"x"}
    told = []
    found = own_sets.add_archive(
        made, packed(entries), home=tmp_path, progress=lambda *step: told.append(step)
    )
    after = own_sets.read(made, home=tmp_path)
    assert after.classes == ("dog", "猫")
    assert (after.count("dog"), after.count("猫")) == (4, 3)  # "dog" is read first
    assert found.unreadable == (("report.pdf", "pdf"),) and found.same == ("0.png",)
    assert told[-1] == (9, 9)


def test_halves_are_merged_and_the_split_is_the_sets_own(made: str, tmp_path: Path) -> None:
    entries = pictures("train/cat", 5, 0) | pictures("train/dog", 5, 10)
    entries |= pictures("Test/cat", 5, 20) | pictures("Test/bird", 5, 30)
    entries |= pictures("val/cat", 1, 40)
    path = tmp_path / "set.zip"
    path.write_bytes(packed(entries).getvalue())
    found = own_sets.add_archive(made, path, home=tmp_path)
    after = own_sets.read(made, home=tmp_path)
    assert [after.count(label) for label in ("bird", "cat", "dog")] == [5, 10, 5]
    assert [after.count(label, "test") for label in ("bird", "cat", "dog")] == [1, 2, 1]
    assert found.unused == ("val",)


def test_what_is_no_archive_of_class_folders(made: str, tmp_path: Path) -> None:
    inside = tmp_path / "folder" / "cat"
    inside.mkdir(parents=True)
    (inside / "a.png").write_bytes(data(noise(0)))
    with pytest.raises(ValueError, match="not a ZIP archive"):
        own_sets.add_archive(made, tmp_path / "folder", home=tmp_path)
    for content, words in (
        (packed({"a.png": data(noise(0))}), "one folder per class"),
        (packed({"../cat/a.png": b""}), "outside"),
        (packed({"x" * 90 + "/a.png": b""}), "1 to 80"),
        (BytesIO(b"Rar!\x1a\x07"), "damaged"),
        (BytesIO(packed(pictures("cat", 3, 0)).getvalue()[:-30]), "damaged"),
        (packed({f"{n}/a.png": data(noise(n)) for n in range(101)}), "at most 100"),
    ):
        with pytest.raises(ValueError, match=words):
            own_sets.add_archive(made, content, home=tmp_path)
    assert own_sets.read(made, home=tmp_path).pictures == ()
