"""Files of a folder or a ZIP archive by their place in it, without those that systems leave."""

import os
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from convnext_viz.data.archive import entries, is_archive
from convnext_viz.data.images import read_image_file
from convnext_viz.text import t

_SYSTEM = frozenset(
    {"__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "lost+found"}
    | {"@eadir", "#recycle", "@recycle", "$recycle.bin", "system volume information"}
)


@dataclass(frozen=True)
class File:
    """A file that may be a picture: ``parts`` are the folders it lies in, counted from where one
    looks, and its name, in Unicode's normal form C; ``name`` is its place below the root. ``read``
    raises ImageError where it is none."""

    parts: tuple[str, ...]
    name: str
    read: Callable[[], Image.Image]


@dataclass(frozen=True, eq=False)
class Tree:
    """All files in the order of their places, and all folders, empty ones too."""

    name: str
    files: tuple[File, ...]
    folders: frozenset[tuple[str, ...]]

    def top(self) -> tuple[str, ...]:
        """The names of the folders that lie in no other."""
        return tuple(sorted({parts[0] for parts in self.folders}))

    def below(self, name: str) -> "Tree":
        """The folder ``name`` as a tree of its own."""
        return Tree(
            name=self.name,
            files=tuple(
                replace(file, parts=file.parts[1:]) for file in self.files if file.parts[0] == name
            ),
            folders=frozenset(
                parts[1:] for parts in self.folders if parts[0] == name and len(parts) > 1
            ),
        )


def tree(place: str | Path | BinaryIO) -> Tree:
    """What lies in a folder, or in an archive: its path, or an open file.

    Raises ValueError, in words, for what is neither, and for an archive that is not to be trusted.
    """
    if not isinstance(place, str | Path):
        return _tree(Path(getattr(place, "name", "")).name, entries(place))
    path = Path(place).expanduser()
    if path.is_dir():
        return _tree(path.resolve().name, walk(path))
    if not path.is_file():
        raise ValueError(t("explain_features.error.no_folder", path=place))
    if path.suffix.casefold() in (".npy", ".npz"):  # the second is a ZIP archive, too
        raise ValueError(t("train.error.numpy", path=path.name))
    if not is_archive(path):
        raise ValueError(t("train.error.no_archive", path=path.name))
    return _tree(path.stem, entries(path))


def _tree(
    name: str, found: Iterator[tuple[tuple[str, ...], Callable[[], Image.Image] | None]]
) -> Tree:
    files, folders = [], set()
    for parts, read in found:
        if any(map(is_systems, parts)):
            continue
        normal = tuple(unicodedata.normalize("NFC", part) for part in parts)
        folders |= {normal[:end] for end in range(1, len(normal) + (read is None))}
        if read is not None:
            files.append(File(normal, "/".join(normal), read))
    return Tree(name, tuple(sorted(files, key=lambda file: file.parts)), frozenset(folders))


def is_systems(name: str) -> bool:
    """Whether a file or folder was put there by a system, not by a person: hidden ones, too."""
    return name.startswith(".") or name.casefold() in _SYSTEM


def walk(root: Path) -> Iterator[tuple[tuple[str, ...], Callable[[], Image.Image] | None]]:
    """Place and reader of every file below ``root``, folder by folder, so that the first ones are
    found without a look at the rest; folders come with None for the reader. Links are followed,
    but into no folder twice."""
    seen: set[str] = set()
    for folder, inside, files in os.walk(root, followlinks=True):
        inside[:] = sorted(name for name in inside if not is_systems(name))
        true = os.path.realpath(folder)
        if true in seen:
            inside[:] = []
            continue
        seen.add(true)
        parts = Path(folder).relative_to(root).parts
        if parts:
            yield parts, None
        for name in sorted(files):
            file = Path(folder) / name
            if not is_systems(name) and file.is_file():
                yield (*parts, name), partial(read_image_file, file)
