"""Editing of sets: made, renamed, sorted into other classes, split anew, deleted."""

import secrets
import shutil
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from convnext_viz.data.own_sets import halves, words
from convnext_viz.data.own_sets.manifest import (
    arrays_folder,
    change,
    folder,
    listing,
    locked,
    read,
    sets_folder,
    write,
)
from convnext_viz.data.own_sets.sets import MOST_CLASSES, MOST_SETS, Half, Picture, PictureSet
from convnext_viz.data.own_sets.viewing import THUMBNAIL_SUFFIX
from convnext_viz.text import t

_DELETED = ".deleted-"


def create(
    name: str,
    *,
    owner: str = "",
    seed: int = 0,
    test_share: float = halves.DEFAULT_SHARE,
    home: Path | None = None,
) -> PictureSet:
    """A new set without pictures, under an id that nobody can guess.

    Raises ValueError for a name, seed or share that cannot be, for a set too many, and where the
    disk is full.
    """
    halves.check(seed, test_share)
    made = PictureSet(
        id=secrets.token_hex(16),
        name=words.set_name(name),
        owner=owner,
        pictures=(),
        seed=seed,
        test_share=float(test_share),
        created=time.time(),
    )
    with locked(home):
        if len(listing(owner=owner, home=home)) >= MOST_SETS:
            raise ValueError(t("own_sets.error.sets", limit=MOST_SETS))
        place = folder(made.id, home)
        place.mkdir()
        try:
            write(made, home)
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise
    return made


def rename(id: str, name: str, *, home: Path | None = None) -> PictureSet:
    """The set under another name. Raises ValueError where there is none."""
    name = words.set_name(name)
    return change(id, home, lambda before: replace(before, name=name))[1]


def rename_class(id: str, old: str, new: str, *, home: Path | None = None) -> PictureSet:
    """All pictures of the class ``old`` in the class ``new``, which may have some already; each
    stays in its half. Raises ValueError where there is no class ``old``."""
    new = words.class_name(new)

    def update(before: PictureSet) -> PictureSet:
        if old not in before.classes:
            raise ValueError(t("own_sets.error.no_class", name=old))
        pictures = (replace(one, label=new) if one.label == old else one for one in before.pictures)
        return replace(before, pictures=tuple(pictures))

    return change(id, home, update)[1]


def move(id: str, pictures: Collection[str], label: str, *, home: Path | None = None) -> PictureSet:
    """The pictures (ids) in the class ``label``, which may be a new one; there they are placed in a
    half as if they were added. Ids that are not in the set are passed over.

    Raises ValueError for a name that cannot be, and for a class too many.
    """
    label = words.class_name(label)

    def update(before: PictureSet) -> PictureSet:
        stay = [one for one in before.pictures if one.id not in pictures or one.label == label]
        staying = {one.id for one in stay}
        moved = [one for one in before.pictures if one.id not in staying]
        return with_pictures(
            replace(before, pictures=tuple(stay)), [replace(one, label=label) for one in moved]
        )

    return change(id, home, update)[1]


def remove(id: str, pictures: Collection[str], *, home: Path | None = None) -> PictureSet:
    """The set without these pictures (ids); their files are deleted.

    Raises ValueError where there is no such set.
    """
    with locked(home):  # until the files are gone: the same picture may be added in another tab
        before = read(id, home=home)
        stay = tuple(one for one in before.pictures if one.id not in pictures)
        after = replace(before, pictures=stay)
        write(after, home)
        for one in {*before.pictures} - {*stay}:
            for name in (one.file, one.id + THUMBNAIL_SUFFIX):
                (folder(id, home) / name).unlink(missing_ok=True)
    return after


def split(id: str, *, seed: int, test_share: float, home: Path | None = None) -> PictureSet:
    """The set with new halves: of each class, ``test_share`` of its pictures for testing, chosen by
    ``seed``. A pure function of these and of the pictures themselves.

    Raises ValueError for a share outside of 5 … 50 %.
    """
    halves.check(seed, test_share)

    def update(before: PictureSet) -> PictureSet:
        bare = replace(before, pictures=(), seed=seed, test_share=float(test_share))
        return with_pictures(bare, before.pictures)

    return change(id, home, update)[1]


def delete(id: str, *, home: Path | None = None) -> None:
    """Delete a set, its pictures and what was made of them for training, but no run: one that
    trains on it now goes on to its end, one that is resumed later says that the set is gone.

    Raises ValueError where there is none.
    """
    place = folder(id, home)
    with locked(home):
        gone = place.with_name(f"{_DELETED}{secrets.token_hex(4)}")
        place.replace(gone)
        for other in sets_folder(home).glob(f"{_DELETED}*"):  # of a process that died meanwhile too
            shutil.rmtree(other, ignore_errors=True)
    for file in arrays_folder(home).glob("own-*"):
        if not (sets_folder(home) / file.name.split("-")[1]).is_dir():
            with suppress(OSError):  # Windows keeps a file that is in use until the next deletion
                file.unlink()


def with_pictures(given: PictureSet, new: Collection[Picture]) -> PictureSet:
    """The set with ``new`` pictures, placed in halves; those that are there stay in theirs.

    Raises ValueError for a class too many.
    """
    found: dict[str, Half] = {}
    for label in {one.label for one in new}:
        there = {one.id: one.half for one in given.pictures if one.label == label}
        own = [one.id for one in new if one.label == label]
        found |= halves.placed(own, there, seed=given.seed, test_share=given.test_share)
    placed = (replace(one, half=found[one.id]) for one in new)
    made = replace(given, pictures=(*given.pictures, *placed))
    check_classes(made.classes)
    return made


def check_classes(names: Collection[str]) -> None:
    """Raises ValueError where these are too many classes for a set."""
    if len(set(names)) > MOST_CLASSES:
        raise ValueError(t("own_sets.error.classes", count=len(set(names)), limit=MOST_CLASSES))
