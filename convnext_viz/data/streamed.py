"""Data sets written to the cache picture by picture, so that none needs to fit in memory.

The file is the cache's own (:mod:`convnext_viz.data.cache`): safetensors, which is mapped, not
read. The format is eight bytes with the length of a JSON header, the header, and the tensors one
after the other (github.com/huggingface/safetensors, "Format").
"""

import json
import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from numpy.typing import NDArray

from convnext_viz.data.dataset import Origin, statistics

PART = ".part"  # of the name of a file that is being written
_ROOM = 512  # bytes for the statistics, which are known at the end


@dataclass(frozen=True, kw_only=True, eq=False)
class Half:
    """Images (H, W, 3) uint8 in the order of their labels, made when they are asked for."""

    labels: Sequence[int]
    images: Iterable[NDArray[np.uint8]]


def write(
    file: Path,
    mark: str,
    *,
    name: str,
    classes: Sequence[str],
    image_size: int,
    train: Half,
    test: Half,
    origin: Origin | None = None,
) -> None:
    """Write a data set so that the cache reads it under ``mark``; at no time two images are in
    memory. Raises OSError where it cannot be written, and what the images raise: then there is no
    file."""
    facts: dict[str, Any] = {"mark": mark, "name": name, "classes": list(classes)}
    facts["origin"] = asdict(origin) if origin else None
    entries = _entries(len(train.labels), len(test.labels), image_size)
    room = len(_header(entries, facts | {"mean": [], "std": []})) + _ROOM
    part = file.with_name(f"{file.name}.{secrets.token_hex(4)}{PART}")
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with part.open("wb") as stream:
            stream.seek(8 + room)
            for half in (train, test):
                stream.write(np.asarray(half.labels, dtype="<i8").tobytes())
            mean, std = statistics(_written(stream, train))
            _written(stream, test)
            stream.seek(0)
            header = _header(entries, facts | {"mean": mean, "std": std}).ljust(room)
            stream.write(room.to_bytes(8, "little") + header)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(file)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _entries(train: int, test: int, side: int) -> dict[str, Any]:
    shapes = {"train_labels": [train], "test_labels": [test]}
    shapes |= {"train": [train, side, side, 3], "test": [test, side, side, 3]}
    entries, start = {}, 0
    for name, shape in shapes.items():
        kind, width = ("I64", 8) if name.endswith("labels") else ("U8", 1)
        end = start + width * int(np.prod(shape))
        entries[name] = {"dtype": kind, "shape": shape, "data_offsets": [start, end]}
        start = end
    return entries


def _header(entries: Mapping[str, Any], facts: Mapping[str, Any]) -> bytes:
    header = json.dumps({"__metadata__": {"facts": json.dumps(facts)}, **entries}).encode()
    return header.ljust(-len(header) % 8 + len(header))  # numbers of eight bytes lie at eights


def _written(stream: BinaryIO, half: Half) -> torch.Tensor:
    """How often each of the 256 values occurs per channel of what was written, (3, 256)."""
    counts = np.zeros((3, 256), dtype=np.int64)
    for image in half.images:
        stream.write(np.ascontiguousarray(image).tobytes())
        for channel in range(3):
            counts[channel] += np.bincount(image[..., channel].ravel(), minlength=256)
    return torch.from_numpy(counts)
