"""A set as a data set: the pixels of a folder of the same pictures, mapped; and when it is made
anew."""

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open

from convnext_viz.data import DataSpec, image_folder, load, own_sets, sources
from convnext_viz.data.dataset import channel_statistics
from convnext_viz.data.own_sets import loading
from tests.data.own_pictures import data, files, noise


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def two(home: Path) -> str:
    """Two classes of ten pictures, as the default home has it."""
    id = own_sets.create("Pets").id
    own_sets.add(id, "cat", files(10))
    own_sets.add(id, "dog", files(10, 10))
    return id


def as_folder(id: str, place: Path) -> Path:
    """The set written out as a folder by hand."""
    for one in own_sets.read(id).pictures:
        file = place / one.half / one.label / f"{one.id}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        own_sets.image(id, one.id).save(file)
    return place


@pytest.mark.parametrize("size", [8, 20, 33])
def test_it_is_the_folder_of_the_same_pictures(two: str, tmp_path: Path, size: int) -> None:
    own_sets.add(two, "dog", [("wide.jpg", data(noise(5, 200).crop((0, 0, 200, 90)), "JPEG"))])
    found = load(DataSpec(kind="own", path=two, image_size=size))
    wanted = image_folder(as_folder(two, tmp_path / "written"), image_size=size)
    assert found.classes == wanted.classes == ("cat", "dog")
    for half in ("train", "test"):
        images, labels = getattr(found, f"{half}_images"), getattr(found, f"{half}_labels")
        assert torch.equal(images, getattr(wanted, f"{half}_images"))
        assert torch.equal(labels, getattr(wanted, f"{half}_labels"))
        assert images.is_contiguous(memory_format=torch.channels_last)
    np.testing.assert_allclose(found.mean, wanted.mean, rtol=1e-12)
    np.testing.assert_allclose(found.std, wanted.std, rtol=1e-12)
    assert found.name == "Pets" and found.origin is None
    assert found.mark == own_sets.mark(own_sets.read(two))


def test_statistics_are_numpys_however_large_the_images() -> None:
    images = torch.randint(0, 256, (3, 3, 2100, 2000), dtype=torch.uint8)
    mean, std = channel_statistics(images)
    values = images.numpy() / 255
    np.testing.assert_allclose(mean, values.mean((0, 2, 3)), rtol=1e-9)
    np.testing.assert_allclose(std, values.std((0, 2, 3)), rtol=1e-9)


def test_facts_decode_nothing(two: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "stored", None)
    facts = sources.facts(DataSpec(kind="own", path=two, image_size=64, train=5))
    assert (facts.train, facts.test, facts.classes, facts.image_size) == (5, 4, 2, 64)
    assert facts.origin is None


def test_some_of_the_pictures(two: str) -> None:
    complete = DataSpec(kind="own", path=two, image_size=8)
    some = load(replace(complete, train=6))
    assert len(some.train_images) == 6 and len(some.test_images) == 4
    assert some.mark == load(complete).mark


def test_it_is_made_once_and_again_when_the_set_changes(two: str, home: Path) -> None:
    spec = DataSpec(kind="own", path=two, image_size=8)
    first = load(spec)
    assert load(spec) is first
    own_sets.rename(two, "Animals")
    assert own_sets.mark(own_sets.read(two)) == first.mark
    kept = first.train_images.clone()
    (own,) = (home / "data").glob(f"own-{two}-*")
    own_sets.add(two, "cat", files(5, 50))
    second = load(spec)
    assert second.mark != first.mark and len(second.train_images) == len(first.train_images) + 4
    assert second.name == "Animals"
    (after,) = (home / "data").glob(f"own-{two}-*")
    assert after != own
    assert torch.equal(first.train_images, kept)  # whoever trains on it goes on


def test_a_cache_that_was_cut_short_is_made_again(two: str, home: Path) -> None:
    spec = DataSpec(kind="own", path=two, image_size=8)
    wanted = load(spec).train_images.clone()
    (file,) = (home / "data").glob(f"own-{two}-*")
    file.unlink()
    file.write_bytes(b"\0" * 100)
    sources._loaded.cache_clear()
    sources._read.cache_clear()
    assert torch.equal(load(spec).train_images, wanted)


def test_deleted_while_a_run_uses_it(two: str, home: Path) -> None:
    spec = DataSpec(kind="own", path=two, image_size=8)
    found = load(spec)
    before = found.train_images.clone()
    own_sets.delete(two)
    assert not list((home / "data").glob("own-*"))
    assert torch.equal(found.train_images, before)
    for call in (load, sources.facts):
        with pytest.raises(ValueError, match="no such set"):
            call(spec)


def test_deleted_while_it_is_being_read_nothing_of_it_stays(
    two: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true, done = loading.fitted, []

    def deleting(image: Image.Image, how: object) -> Image.Image:
        done.append(image)
        if len(done) == 20:  # the last one: all files have been read
            own_sets.delete(two)
        return true(image, how)

    monkeypatch.setattr(loading, "fitted", deleting)
    with pytest.raises(ValueError, match="no such set"):
        load(DataSpec(kind="own", path=two, image_size=8))
    assert not list((home / "data").glob("own-*"))


def test_usage_counts_what_was_made_for_training(two: str, home: Path) -> None:
    before = own_sets.usage("")
    load(DataSpec(kind="own", path=two, image_size=16))
    (file,) = (home / "data").glob("own-*")
    assert own_sets.usage("") == before + file.stat().st_size


def test_what_cannot_be_trained_on(home: Path) -> None:
    id = own_sets.create("Pets").id
    spec = DataSpec(kind="own", path=id, image_size=8)

    def refused(words: str) -> None:
        for call in (load, sources.facts):
            with pytest.raises(ValueError, match=words):
                call(spec)

    refused("two classes")
    own_sets.add(id, "cat", files(5))
    refused("two classes")
    own_sets.add(id, "dog", files(1, 10))
    assert len(load(spec).test_images) == 1
    tested = [one.id for one in own_sets.read(id).pictures if one.half == "test"]
    own_sets.remove(id, tested)
    refused("no test images")
    own_sets.split(id, seed=0, test_share=0.2)
    own_sets.add(id, "dog", files(1, 20))
    trained = [p.id for p in own_sets.read(id).pictures if (p.label, p.half) == ("dog", "train")]
    own_sets.remove(id, trained)
    refused("dog .* no training images")
    for path in ("", "x", "../../etc", "a" * 31):
        with pytest.raises(ValueError, match="path"):
            DataSpec(kind="own", path=path)


def test_a_stored_picture_that_is_gone_is_named_without_its_place(two: str, home: Path) -> None:
    (one, *_) = own_sets.read(two).pictures
    (home / "sets" / two / one.file).unlink()
    for call in (
        lambda: load(DataSpec(kind="own", path=two, image_size=8)),
        lambda: own_sets.image(two, one.id),
    ):
        with pytest.raises(ValueError, match=f"stored image {one.name}") as refused:
            call()
        assert str(home) not in str(refused.value)
    assert not list((home / "data").iterdir())
    own_sets.remove(two, [one.id])
    assert len(load(DataSpec(kind="own", path=two, image_size=8)).train_images) in (15, 16)


def test_the_description_survives_json(two: str) -> None:
    spec = DataSpec(kind="own", path=two, image_size=224)
    assert sources.from_dict(sources.to_dict(spec)) == spec


def test_the_images_are_mapped_not_read(two: str, home: Path) -> None:
    """Both halves lie in one mapping of the file: its bytes stand where the header says."""
    found = load(DataSpec(kind="own", path=two, image_size=16))
    (file,) = (home / "data").glob("own-*")
    content = file.read_bytes()
    images = found.train_images.permute(0, 2, 3, 1).contiguous().numpy().tobytes()
    assert content.count(images) == 1
    maps = Path("/proc/self/maps")
    if not maps.exists():
        pytest.skip("only Linux says what is mapped")
    address = found.train_images.data_ptr()
    line = next(line for line in maps.read_text().splitlines() if _holds(line, address))
    assert line.endswith(file.name)
    with safe_open(file, framework="np") as opened:  # its own reader finds it in order
        assert sorted(opened.keys()) == ["test", "test_labels", "train", "train_labels"]


def _holds(line: str, address: int) -> bool:
    start, _, end = line.partition(" ")[0].partition("-")
    return int(start, 16) <= address < int(end, 16)


def test_two_that_load_the_same_set_at_once(two: str, home: Path) -> None:
    found = []
    spec = 8
    threads = [
        threading.Thread(target=lambda: found.append(loading.dataset(two, spec))) for _ in range(3)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(found) == 3 and len({one.mark for one in found}) == 1
    assert all(torch.equal(one.train_images, found[0].train_images) for one in found)
    assert len(list((home / "data").iterdir())) == 1
