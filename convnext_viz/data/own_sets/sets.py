"""Pictures and sets of them, as their manifest describes them."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Half = Literal["train", "test"]

MOST_PICTURES = 5_000  # of a set
MOST_CLASSES = 100
MOST_SETS = 100  # of an owner


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A stored picture. ``id`` is a digest of its pixels: one picture is in a set once."""

    id: str
    name: str  # of the file, as it was given
    label: str  # its class
    half: Half
    file: str  # as it is stored
    fingerprint: int  # 64 bits that stay nearly the same where a picture does: near_duplicates
    size: int  # bytes, its thumbnail among them


@dataclass(frozen=True, kw_only=True)
class PictureSet:
    """A named set of labelled pictures, each in one half of it, for training or for testing."""

    id: str
    name: str
    owner: str  # the visitor it belongs to; empty: of whoever sits at the computer
    pictures: tuple[Picture, ...]
    seed: int  # of the split
    test_share: float
    created: float  # seconds since 1970

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The classes that have pictures, sorted."""
        return tuple(sorted({one.label for one in self.pictures}))

    @property
    def size(self) -> int:
        """Bytes of the stored pictures and thumbnails."""
        return sum(one.size for one in self.pictures)

    def count(self, label: str | None = None, half: Half | None = None) -> int:
        """How many pictures are of that class and in that half; None: of any."""
        return sum(label in (None, one.label) and half in (None, one.half) for one in self.pictures)


def mark(given: PictureSet) -> str:
    """32 hexadecimal digits that change with the classes, the pictures and the split, with nothing
    else: not with names, nor with the order in which pictures were added."""
    digest = hashlib.blake2b(digest_size=16)
    for one in sorted(given.pictures, key=lambda one: (one.label, one.id)):
        digest.update(f"{one.label}\0{one.id}\0{one.half}\n".encode())
    return digest.hexdigest()
