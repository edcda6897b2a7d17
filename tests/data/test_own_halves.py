"""The split of a set: stratified, a pure function of what it may depend on, and steady."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convnext_viz.data import own_sets
from convnext_viz.data.own_sets.halves import held_back, placed
from tests.data.own_pictures import files

IDS = st.sets(st.text("0123456789abcdef", min_size=4, max_size=4), max_size=40)
SHARE = st.floats(0.05, 0.5)


@given(IDS, st.integers(0, 9), SHARE)
def test_the_share_of_every_class_but_both_halves_where_there_are_two(
    ids: set[str], seed: int, share: float
) -> None:
    halves = placed(ids, {}, seed=seed, test_share=share)
    tested = list(halves.values()).count("test")
    assert halves.keys() == ids
    if len(ids) >= 2:
        assert 1 <= tested <= len(ids) - 1
        assert abs(tested - len(ids) * share) <= 0.5 + 1e-9 or tested == 1
    else:
        assert tested == 0


@given(IDS, IDS, st.integers(0, 9), SHARE)
def test_what_is_added_moves_nothing_and_keeps_the_share(
    first: set[str], second: set[str], seed: int, share: float
) -> None:
    there = placed(first, {}, seed=seed, test_share=share)
    new = placed(second - first, there, seed=seed, test_share=share)
    assert not new.keys() & there.keys()
    together = [*there.values(), *new.values()]
    wanted = len(together) * share
    if len(together) >= 2:
        assert abs(together.count("test") - wanted) <= 0.5 + 1e-9 or together.count("test") == 1


def test_the_count_at_the_limits() -> None:
    assert [held_back(n, 0.2) for n in (0, 1, 2, 5, 8, 30)] == [0, 0, 1, 1, 2, 6]
    assert [held_back(n, 0.5) for n in (2, 3, 4)] == [1, 2, 2]


@pytest.fixture
def made(tmp_path: Path) -> str:
    id = own_sets.create("Pets", home=tmp_path).id
    own_sets.add(id, "cat", files(20), home=tmp_path)
    own_sets.add(id, "dog", files(10, 20), home=tmp_path)
    return id


def halves(id: str, home: Path) -> dict[str, str]:
    return {one.id: one.half for one in own_sets.read(id, home=home).pictures}


def test_a_split_depends_on_seed_share_and_pictures_alone(made: str, tmp_path: Path) -> None:
    first = halves(made, tmp_path)
    other = own_sets.create("Other", home=tmp_path).id
    for place in range(30):  # other order, other names, one at a time
        (name, data) = files(1, 29 - place)[0]
        label = "cat" if 29 - place < 20 else "dog"
        own_sets.add(other, label, [(f"renamed {name}", data)], home=tmp_path)
    own_sets.split(other, seed=0, test_share=0.2, home=tmp_path)
    assert halves(other, tmp_path) == first
    again = own_sets.split(made, seed=1, test_share=0.2, home=tmp_path)
    assert halves(made, tmp_path) != first
    assert (again.count("cat", "test"), again.count("dog", "test")) == (4, 2)
    half = own_sets.split(made, seed=1, test_share=0.5, home=tmp_path)
    assert (half.count("cat", "test"), half.count("dog", "test")) == (10, 5)
    own_sets.split(made, seed=0, test_share=0.2, home=tmp_path)
    assert halves(made, tmp_path) == first


def test_adding_removing_and_renaming_move_no_other_picture(made: str, tmp_path: Path) -> None:
    before = halves(made, tmp_path)
    for place in range(12):
        own_sets.add(made, "cat", files(1, 100 + place), home=tmp_path)
    own_sets.rename_class(made, "dog", "hound", home=tmp_path)
    gone = list(before)[:3]
    own_sets.remove(made, gone, home=tmp_path)
    after = halves(made, tmp_path)
    assert all(after[id] == half for id, half in before.items() if id not in gone)
    assert own_sets.read(made, home=tmp_path).count("cat", "test") in (5, 6)  # of 29 to 32


def test_a_moved_picture_finds_its_half_in_the_other_class(made: str, tmp_path: Path) -> None:
    found = own_sets.read(made, home=tmp_path)
    cats = [one.id for one in found.pictures if one.label == "cat"][:2]
    after = own_sets.move(made, cats, "bird", home=tmp_path)
    assert (after.count("bird", "train"), after.count("bird", "test")) == (1, 1)
    same = own_sets.move(made, cats, "bird", home=tmp_path)
    assert own_sets.mark(same) == own_sets.mark(after)


@pytest.mark.parametrize("share", [0, 1, 0.04, 0.6, -1, float("nan"), float("inf")])
def test_a_share_that_cannot_be(made: str, tmp_path: Path, share: float) -> None:
    with pytest.raises(ValueError, match=r"0\.05 to 0\.5"):
        own_sets.split(made, seed=0, test_share=share, home=tmp_path)


def test_the_mark_changes_with_classes_pictures_and_split_only(made: str, tmp_path: Path) -> None:
    def mark() -> str:
        return own_sets.mark(own_sets.read(made, home=tmp_path))

    first = mark()
    own_sets.rename(made, "Animals", home=tmp_path)
    own_sets.split(made, seed=0, test_share=0.2, home=tmp_path)
    assert mark() == first
    marks = [first]
    own_sets.split(made, seed=5, test_share=0.2, home=tmp_path)
    marks.append(mark())
    own_sets.rename_class(made, "dog", "hound", home=tmp_path)
    marks.append(mark())
    (one,) = own_sets.add(made, "cat", files(1, 200), home=tmp_path).added
    marks.append(mark())
    own_sets.move(made, [one.id], "hound", home=tmp_path)
    marks.append(mark())
    assert len(set(marks)) == len(marks)
    own_sets.remove(made, [one.id], home=tmp_path)
    assert mark() == marks[2]
