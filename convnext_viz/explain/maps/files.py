"""Files of a map: its arrays, its cells as a table, and the manifest that makes it again."""

import json
import os
from collections.abc import Mapping
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convnext_viz.results import Attribution


def save(
    found: Attribution,
    folder: str | os.PathLike[str],
    *,
    manifest: Mapping[str, Any] | None = None,
    stem: str = "",
    **arrays: NDArray[Any],
) -> tuple[Path, ...]:
    """Writes a map into ``folder``: arrays (npz), a table (csv) and ``manifest`` if any (json).

    ``manifest``: of ``explain.manifest``; ``explain.reproduce`` makes the map again from its file.
    ``stem`` of the files' names: method, stage and classes where it is empty. ``arrays`` are stored
    next to the map. Returns the files; raises OSError where they cannot be written.
    """
    root = Path(folder)
    root.mkdir(parents=True, exist_ok=True)
    path = root / (stem or file_stem(found))
    contents = {".npz": npz(found, **arrays), ".csv": csv(found).encode()}
    if manifest is not None:
        contents[".json"] = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
    files = tuple(path.with_name(path.name + ending) for ending in contents)
    for file, content in zip(files, contents.values(), strict=True):
        file.write_bytes(content)
    return files


def file_stem(found: Attribution) -> str:
    """``"grad_cam-stage3-5"``, with the class that it is compared with at the end."""
    parts = (found.method, found.stage, found.target, found.contrast)
    return "-".join(str(part) for part in parts if part is not None)


def npz(found: Attribution, **arrays: NDArray[Any]) -> bytes:
    """The map, the map enlarged to the input, why it shows nothing, and ``arrays``; NumPy's npz."""
    height, width = found.image_size
    small = Image.fromarray(np.ascontiguousarray(found.values, dtype=np.float32))
    file = BytesIO()
    stored: dict[str, Any] = {
        "map": found.values,
        "enlarged": np.asarray(small.resize((width, height), Image.Resampling.BILINEAR)),
        "nothing": np.array(found.nothing),
        "remaining": np.array(found.remaining),
        **arrays,
    }
    np.savez_compressed(file, **stored)
    return file.getvalue()


def csv(found: Attribution) -> str:
    """The map's cells, a row of them a line; where it shows nothing, that in a comment first."""
    text = StringIO()
    if found.nothing:
        text.write(f"# nothing to see: {found.nothing}, remaining {found.remaining:.2g}\n")
    np.savetxt(text, found.values, fmt="%.6g", delimiter=",")
    return text.getvalue()
