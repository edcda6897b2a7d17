"""Runs on a set of one's own: as by hand, and never over pictures that have changed meanwhile."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from convnext_viz.data import DataSpec, own_sets
from convnext_viz.lab import session
from tests.lab.forked import Forks, ended, experiment, kill, same_as_by_hand, until, worker_of


def files(count: int, start: int) -> list[tuple[str, bytes]]:
    found = []
    for place in range(start, start + count):
        gen = np.random.default_rng(place)
        file = BytesIO()
        Image.fromarray(gen.integers(0, 256, (16, 16, 3), dtype=np.uint8)).save(file, "PNG")
        found.append((f"{place}.png", file.getvalue()))
    return found


@pytest.fixture
def pets(lab) -> str:
    """Ten classes, as many as the tiny networks tell apart."""
    id = own_sets.create("Pets").id
    for label in range(10):
        own_sets.add(id, f"class {label}", files(12, 12 * label))
    return id


def requested(pets: str):
    return experiment(data=DataSpec(kind="own", path=pets, image_size=16))


def test_a_run_over_changed_pictures_is_refused_until_they_are_back(
    lab, pets: str, monkeypatch: pytest.MonkeyPatch, forks: Forks
) -> None:
    monkeypatch.setattr(session, "CHECKPOINT_EVERY", 0.05)
    wanted = requested(pets)
    run = lab.submit(wanted)
    until(lambda: (lab.status(run).step or 0) >= 20)
    kill(worker_of(lab, run))
    until(lambda: lab.status(run).state == "interrupted")
    own_sets.rename(pets, "Animals")  # changes no picture
    (one,) = own_sets.add(pets, "class 0", files(1, 500)).added
    lab.resume(run)
    until(lambda: ended(lab, run) and lab.status(run).state != "interrupted")
    assert lab.status(run).state == "failed"
    assert "have changed" in lab.status(run).message
    own_sets.remove(pets, [one.id])
    lab.resume(run)
    until(lambda: ended(lab, run) and lab.status(run).state != "failed")
    assert lab.status(run).state == "finished"
    same_as_by_hand(lab, run, wanted)


def test_a_run_goes_on_when_its_set_is_deleted_and_a_later_one_says_so(lab, pets: str) -> None:
    wanted = requested(pets)
    run = lab.submit(wanted)
    until(lambda: lab.status(run).step)
    own_sets.delete(pets)
    until(lambda: ended(lab, run))
    assert lab.status(run).state == "finished"
    with pytest.raises(ValueError, match="no such set"):
        lab.submit(wanted)
