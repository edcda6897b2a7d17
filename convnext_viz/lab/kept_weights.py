"""Weights files of visitors' own, stored in the lab's folder to start a training from.

Beside each lies an empty file for every visitor who brought it: what a visitor has brought counts
for their quota and is deleted at their wish, unless somebody else has brought the same.
"""

import hashlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from convnext_viz import nets  # its names load torch when they are first used
from convnext_viz.data.home_folder import home as default_home
from convnext_viz.lab.rights import HERE
from convnext_viz.specs import to_dict
from convnext_viz.text import t

FOLDER = "starts"  # in the lab's own


def keep(
    file: "nets.Pretrained | bytes | Path", *, owner: str = HERE, home: Path | None = None
) -> str:
    """Stores weights of one's own in the lab's folder; returns the start that names them.

    A file may be of any origin that ``load_checkpoint`` reads; give a network that is loaded
    already where it needs a word more than that. What is stored brings its spec, class names and
    preprocessing along, and counts as ``owner``'s. Raises ValueError in words where it cannot be
    read or stored.
    """
    net = file if isinstance(file, nets.Pretrained) else nets.load_checkpoint(file)
    # Of what is stored, not of the file: safetensors writes its notes in no fixed order.
    what = [nets.fingerprint(net.net), to_dict(net.spec), net.labels, asdict(net.preprocess)]
    mark = hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()
    folder = (home or default_home()) / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as place:
            part = Path(place) / "part.safetensors"
            nets.save_net(
                net.net,
                net.spec,
                part,
                labels=net.labels,
                preprocess=net.preprocess,
                licence=net.licence,
                source=net.source,
            )
            part.replace(folder / f"{mark}.safetensors")
        (folder / f"{mark}.{owner}").touch()
    except OSError as error:
        raise ValueError(t("lab.error.start_kept", path=folder, reason=error)) from error
    return f"file:{mark}"


def file(mark: str, home: Path) -> Path:
    """The stored file of a start; raises ValueError where it is gone."""
    found = home / FOLDER / f"{mark}.safetensors"
    if not found.is_file():
        raise ValueError(t("lab.error.start_file", start=f"file:{mark}"))
    return found


def usage(owner: str, *, home: Path | None = None) -> int:
    """Bytes of what a visitor has brought."""
    total = 0
    for mine in _brought(owner, home):
        with suppress(OSError):  # deleted a moment ago
            total += mine.with_suffix(".safetensors").stat().st_size
    return total


def forget(owner: str, *, home: Path | None = None) -> None:
    """Delete what this visitor alone has brought. A run that starts from it cannot be resumed."""
    for mine in _brought(owner, home):
        mine.unlink(missing_ok=True)
        if {one.suffix for one in mine.parent.glob(f"{mine.stem}.*")} == {".safetensors"}:
            mine.with_suffix(".safetensors").unlink(missing_ok=True)


def _brought(owner: str, home: Path | None) -> Iterator[Path]:
    yield from list(((home or default_home()) / FOLDER).glob(f"*.{owner}"))
