"""Sets of one's own pictures: what is stored of a file, under which names, and what is refused."""

import errno
import json
import multiprocessing
import threading
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convnext_viz.data import own_sets, sample_image
from convnext_viz.data.own_sets import adding, editing, manifest
from convnext_viz.text import t, use_language
from tests.data.own_pictures import data, files, noise


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def made(home: Path) -> str:
    return own_sets.create("Pets", home=home).id


def stored(home: Path, id: str) -> list[Path]:
    return sorted((home / "sets" / id).iterdir())


def test_what_is_added_is_there_and_small_pictures_to_the_last_pixel(home: Path, made: str) -> None:
    added = own_sets.add(made, "cat", files(3), home=home).added
    found = own_sets.read(made, home=home)
    assert found.pictures == added and found.classes == ("cat",) and found.count("cat") == 3
    for place, one in enumerate(added):
        assert one.name == f"{place}.png"
        image = own_sets.image(made, one.id, home=home)
        np.testing.assert_array_equal(image, noise(place))


def test_nothing_but_the_picture_is_stored_of_a_photograph(home: Path, made: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees
    exif[0x010F] = "Pupil's own telephone"
    exif.get_ifd(0x8825)[1] = "N"  # GPS
    photo = sample_image("chelsea")
    large = photo.resize((1500, 1000))
    file = data(large, "JPEG", quality=90, exif=exif, comment=b"at home", icc_profile=b"x" * 200)
    assert b"telephone" in file and b"at home" in file
    (one,) = own_sets.add(made, "cat", [("DCIM/IMG_1.JPG", file)], home=home).added
    assert one.name == "IMG_1.JPG"
    for place in stored(home, made):
        content = place.read_bytes()
        assert b"telephone" not in content and b"at home" not in content and b"Exif" not in content
        if place.suffix == ".jpg":
            opened = Image.open(BytesIO(content))
            assert not opened.getexif() and "icc_profile" not in opened.info
    image = own_sets.image(made, one.id, home=home)
    assert image.size == (341, 512)  # upright
    # Against Pillow's own reduction of what Pillow itself decodes: quality 95 changes little.
    upright = Image.open(BytesIO(file)).transpose(Image.Transpose.ROTATE_270)
    wanted = upright.resize(image.size, Image.Resampling.BOX)
    difference = np.abs(np.asarray(image, float) - np.asarray(wanted, float))
    assert difference.mean() < 2


def test_an_iphones_heic_and_a_drawing(home: Path, made: str) -> None:
    from pillow_heif import from_pillow

    file = BytesIO()
    from_pillow(sample_image("coffee")).save(file, quality=90)
    drawing = Image.new("RGB", (300, 300), "white")
    drawing.paste("red", (50, 50, 200, 120))
    both = [("IMG_2.HEIC", file.getvalue()), ("drawing.gif", data(drawing, "GIF"))]
    photo, drawn = own_sets.add(made, "things", both, home=home).added
    assert photo.file.endswith(".jpg")
    np.testing.assert_array_equal(own_sets.image(made, drawn.id, home=home), drawing)


def test_the_same_picture_is_added_once_whatever_its_file_is_called(home: Path, made: str) -> None:
    one = noise(1)
    again = [("a.png", data(one)), ("a (1).png", data(one)), ("a.bmp", data(one, "BMP"))]
    first = own_sets.add(made, "cat", again, home=home)
    assert len(first.added) == 1 and first.same == ("a (1).png", "a.bmp")
    second = own_sets.add(made, "dog", [("b.png", data(one))], home=home)
    assert second.added == () and second.same == ("b.png",)
    assert own_sets.read(made, home=home).classes == ("cat",)


def test_what_is_no_picture_is_named_with_its_reason(home: Path, made: str) -> None:
    odd = [("report.pdf", b"%PDF-1.7 x"), ("notes.jpg", b"milk, bread"), ("none.png", b"")]
    whole = data(noise(2, 64))
    odd.append(("half.png", whole[: len(whole) // 2]))
    found = own_sets.add(made, "cat", [*odd, *files(1)], home=home)
    assert len(found.added) == 1
    reasons = dict(found.unreadable)
    assert reasons.keys() == {name for name, _ in odd}
    assert reasons["report.pdf"] == "pdf" and reasons["notes.jpg"] == "text"
    for language in ("en", "zh"):
        with use_language(language):
            assert all(t(f"images.reason.{reason}") for reason in reasons.values())


@pytest.mark.parametrize(
    "label", ["../x", "con", "猫", "/etc/passwd", "a\\b", ".", "cat.png", "👩‍🔬"]
)
def test_a_class_may_be_called_anything(home: Path, made: str, label: str) -> None:
    own_sets.add(made, label, files(2), home=home)
    assert own_sets.read(made, home=home).classes == (label,)
    outside = {path for path in home.rglob("*") if made not in path.parts}
    assert outside == {home / "sets", home / "sets" / ".lock"}


def test_names_are_one_line_in_one_form(home: Path, made: str) -> None:
    own_sets.add(made, "  Cafe\u0301\n bar\x00 ", files(1), home=home)
    own_sets.add(made, "Caf\u00e9 bar", files(1, 1), home=home)
    assert own_sets.read(made, home=home).classes == ("Caf\u00e9 bar",)
    for name in ("", " \n", "x" * 81, "\u200d"):
        with pytest.raises(ValueError, match="1 to 80"):
            own_sets.add(made, name, files(1), home=home)
        with pytest.raises(ValueError, match="1 to 80"):
            own_sets.rename(made, name, home=home)
    broken = "\udcff.png"  # a name that is no Unicode, as file systems have them
    assert own_sets.add(made, "x", [(broken, data(noise(9)))], home=home).added[0].name == ".png"


@pytest.mark.parametrize("id", ["", "..", "../sets", "a" * 31, "A" * 32, "0" * 32, "0" * 32 + "\n"])
def test_what_is_no_set_is_refused_in_the_same_words(home: Path, made: str, id: str) -> None:
    for call in (
        lambda: own_sets.read(id, home=home),
        lambda: own_sets.add(id, "x", files(1), home=home),
        lambda: own_sets.delete(id, home=home),
        lambda: own_sets.thumbnails(id, home=home),
        lambda: own_sets.image(id, "../set.json", home=home),
        lambda: own_sets.split(id, seed=0, test_share=0.2, home=home),
    ):
        with pytest.raises(ValueError, match="no such set"):
            call()


def test_a_picture_is_asked_for_by_its_id_only(home: Path, made: str) -> None:
    own_sets.add(made, "x", files(1), home=home)
    for id in ("set.json", "../" + made, ""):
        with pytest.raises(ValueError, match="not in the set"):
            own_sets.image(made, id, home=home)


def test_owners_and_their_bytes(home: Path) -> None:
    mine = own_sets.create("a", owner="me", home=home)
    other = own_sets.create("b", owner="you", home=home)
    own_sets.add(mine.id, "x", files(3), home=home)
    assert [one.id for one in own_sets.listing(owner="me", home=home)] == [mine.id]
    assert {one.id for one in own_sets.listing(home=home)} == {mine.id, other.id}
    on_disk = sum(p.stat().st_size for p in stored(home, mine.id) if p.name != "set.json")
    assert own_sets.usage("me", home=home) == own_sets.read(mine.id, home=home).size == on_disk
    assert own_sets.usage("you", home=home) == own_sets.usage("nobody", home=home) == 0


def test_edits(home: Path, made: str) -> None:
    cats = own_sets.add(made, "cat", files(4), home=home).added
    own_sets.add(made, "kitten", files(4, 10), home=home)
    after = own_sets.rename_class(made, "kitten", "cat", home=home)
    assert after.classes == ("cat",) and after.count("cat") == 8
    assert own_sets.move(made, [cats[0].id, "gone"], "dog", home=home).count("dog") == 1
    assert own_sets.remove(made, [cats[1].id], home=home).count("cat") == 6
    assert not [path for path in stored(home, made) if path.name.startswith(cats[1].id)]
    assert own_sets.rename(made, "Animals", home=home).name == "Animals"
    assert own_sets.read(made, home=home).count() == 7
    with pytest.raises(ValueError, match="no class horse"):
        own_sets.rename_class(made, "horse", "dog", home=home)
    own_sets.delete(made, home=home)
    assert own_sets.listing(home=home) == () and not (home / "sets" / made).exists()


def test_thumbnails_are_the_middle_square(home: Path, made: str) -> None:
    image = Image.new("RGB", (300, 100), "black")
    image.paste("white", (100, 0, 200, 100))
    (one,) = own_sets.add(made, "x", [("x.png", data(image))], home=home).added
    for side in (96, 40):
        (small,) = own_sets.thumbnails(made, side=side, home=home).values()
        seen = Image.open(BytesIO(small))
        assert seen.size == (side, side) and np.asarray(seen).min() > 250
    assert own_sets.thumbnails(made, home=home).keys() == {one.id}


def test_limits(home: Path, made: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adding, "MOST_PICTURES", 5)
    found = own_sets.add(made, "x", files(7), home=home)
    assert len(found.added) == 5 and found.left_out == ("5.png", "6.png")
    monkeypatch.undo()
    monkeypatch.setattr(editing, "MOST_CLASSES", 2)
    own_sets.add(made, "y", files(1, 100), home=home)
    with pytest.raises(ValueError, match="at most 2 classes"):
        own_sets.add(made, "z", files(1, 300), home=home)
    with pytest.raises(ValueError, match="at most 2 classes"):
        own_sets.move(made, [found.added[0].id], "z", home=home)
    assert own_sets.read(made, home=home).count() == 6
    monkeypatch.setattr(editing, "MOST_SETS", 2)
    own_sets.create("Second", home=home)
    with pytest.raises(ValueError, match="already have 2 sets"):
        own_sets.create("Third", home=home)
    own_sets.create("Third", owner="somebody else", home=home)


def test_a_full_disk_changes_nothing(
    home: Path, made: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_sets.add(made, "x", files(2), home=home)
    before, there = own_sets.read(made, home=home), stored(home, made)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    for module, name in ((Path, "write_bytes"), (adding.os, "replace"), (manifest.os, "fsync")):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, full)
            with pytest.raises(ValueError, match="is full"):
                own_sets.add(made, "x", files(3, 10), home=home)
        assert own_sets.read(made, home=home) == before
        assert stored(home, made) == there
    assert len(own_sets.add(made, "x", files(3, 10), home=home).added) == 3


def test_a_damaged_manifest_says_so_and_can_be_deleted(home: Path, made: str) -> None:
    file = home / "sets" / made / "set.json"
    good = json.loads(file.read_text())
    for content in ("{", "[]", json.dumps(good | {"form": 99}), "null"):
        file.write_text(content)
        with pytest.raises(ValueError, match="cannot be read"):
            own_sets.read(made, home=home)
        assert own_sets.listing(home=home) == ()
    own_sets.delete(made, home=home)
    assert not (home / "sets" / made).exists()


def _add(home: Path, id: str, start: int) -> None:
    for place in range(start, start + 8):
        own_sets.add(id, f"class {place % 3}", files(2, place * 2), home=home)


def test_two_tabs_and_two_processes_add_at_once(home: Path, made: str) -> None:
    """None loses what another one added; what both add is there once."""
    fork = multiprocessing.get_context("fork")
    others = [threading.Thread(target=_add, args=(home, made, start)) for start in (0, 4)]
    others += [fork.Process(target=_add, args=(home, made, start)) for start in (8, 12)]
    for one in reversed(others):
        one.start()
    for one in others:
        one.join()
    found = own_sets.read(made, home=home)
    assert sorted(int(one.name.removesuffix(".png")) for one in found.pictures) == list(range(40))
    assert len(own_sets.thumbnails(made, home=home)) == 40
    for one in found.pictures:
        own_sets.image(made, one.id, home=home)
    assert not [path for path in stored(home, made) if path.is_dir()]


def test_deleted_in_another_tab_while_adding(home: Path, made: str) -> None:
    def dropped() -> object:
        yield from files(2)
        own_sets.delete(made, home=home)
        yield from files(2, 2)

    with pytest.raises(ValueError, match="no such set"):
        own_sets.add(made, "x", dropped(), home=home)
    assert list((home / "sets").glob("*")) in ([], [home / "sets" / ".lock"])
