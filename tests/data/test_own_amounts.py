"""Some of a set's own pictures: the same share of every class, reproducible and nested."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from convnext_viz.data import DataSpec, load, own_sets
from convnext_viz.data.dataset import channel_statistics
from convnext_viz.data.sources import facts
from convnext_viz.text import LANGUAGES, use_language
from tests.data.own_pictures import files

CLASSES = {"cat": 24, "dog": 12, "owl": 6}


@pytest.fixture
def unequal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Three classes, one twice as large as the next."""
    monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(tmp_path))
    id = own_sets.create("Pets").id
    start = 0
    for label, count in CLASSES.items():
        own_sets.add(id, label, files(count, start))
        start += count
    return id


def some(id: str, train: int | None = None, test: int | None = None) -> DataSpec:
    return DataSpec(kind="own", path=id, image_size=8, train=train, test=test)


def pictures(images: Tensor) -> list[bytes]:
    return [one.numpy().tobytes() for one in images.contiguous()]


def test_fewer_pictures_are_some_of_more_in_the_same_order(unequal: str) -> None:
    whole = load(some(unequal))
    everything = pictures(whole.train_images)
    labels = dict(zip(everything, whole.train_labels.tolist(), strict=True))
    assert len(labels) == len(everything)  # no two are the same
    larger = everything
    for count in range(len(everything) - 1, 0, -1):
        found = load(some(unequal, train=count))
        fewer = pictures(found.train_images)
        assert len(fewer) == count and set(fewer) < set(larger)
        assert fewer == [one for one in larger if one in set(fewer)]
        assert found.train_labels.tolist() == [labels[one] for one in fewer]
        larger = fewer


def test_every_class_keeps_its_share_and_none_is_left_out(unequal: str) -> None:
    whole = load(some(unequal))
    of_class = torch.bincount(whole.train_labels)
    total = int(of_class.sum())
    for count in range(3, total):
        kept = torch.bincount(load(some(unequal, train=count)).train_labels, minlength=3)
        assert int(kept.min()) >= 1
        if count >= total // 2:
            expected = of_class * count / total
            assert float((kept - expected).abs().max()) <= 1, (count, kept, expected)


def test_another_process_would_choose_the_same(unequal: str) -> None:
    """The choice is a function of the pictures and the number alone."""
    from convnext_viz.data import sources

    first = pictures(load(some(unequal, train=9, test=4)).train_images)
    load(some(unequal, train=5))
    sources._loaded.cache_clear()
    sources._read.cache_clear()
    torch.manual_seed(1)
    assert pictures(load(some(unequal, train=9, test=4)).train_images) == first
    assert pictures(load(some(unequal, train=9)).train_images) == first


def test_the_test_half_stays_when_training_pictures_are_left_out(unequal: str) -> None:
    whole, few = load(some(unequal)), load(some(unequal, train=6))
    assert torch.equal(whole.test_images, few.test_images)
    assert torch.equal(whole.test_labels, few.test_labels)
    mean, std = channel_statistics(few.train_images)
    assert (few.mean, few.std) == (mean, std) and few.mean != whole.mean
    assert few.classes == whole.classes and few.mark == whole.mark


def test_more_than_there_are_is_all_there_are(unequal: str) -> None:
    whole = load(some(unequal))
    total = len(whole.train_labels)
    found = load(some(unequal, train=total + 5, test=10_000))
    assert torch.equal(found.train_images, whole.train_images)
    known = facts(some(unequal, train=total + 5, test=10_000))
    assert (known.train, known.test) == (total, len(whole.test_labels))
    assert facts(some(unequal, train=7)).train == len(load(some(unequal, train=7)).train_labels)


@pytest.mark.parametrize("code", LANGUAGES)
def test_none_is_refused_in_words(unequal: str, code: str) -> None:
    with use_language(code), pytest.raises(ValueError, match="train"):
        some(unequal, train=0)
