"""Checkpoints: for each a file next to the database and a row in it, neither used alone.

The file is written under another name and renamed, then its row replaces the row before, then the
older files go: whatever moment a process dies at, the row names a complete file.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from convnext_viz.lab.journal import Journal
from convnext_viz.lab.store import NAME, Database, checkpoints
from convnext_viz.train.arms import TrainingArm, snapshot


def folder(home: Path, run: str) -> Path:
    """Where the files of a run lie."""
    return home / "checkpoints" / run


def taken(home: Path) -> int:
    """Bytes that the lab in ``home`` takes: its database and all checkpoints."""
    total = 0
    for file in (*home.glob(f"{NAME}*"), *(home / "checkpoints").rglob("*")):
        with suppress(OSError):  # replaced while we count
            total += file.stat().st_size if file.is_file() else 0
    return total


def save(
    journal: Journal,
    arms: Sequence[TrainingArm],
    *,
    seed: int,
    step: int,
    seconds: float,
    final: bool = False,
) -> None:
    """Keep ``arms`` after ``step`` steps and write the journal; ``final`` keeps the weights alone.

    Raises OSError or SafetensorError where the file cannot be written: the one before stays.
    """
    tensors = snapshot(arms, step)
    if final:
        tensors = {name: value for name, value in tensors.items() if "/optimizer/" not in name}
    place = folder(journal.store.home, journal.run)
    place.mkdir(parents=True, exist_ok=True)
    file = place / f"{seed}-{step}{'-final' if final else ''}.safetensors"
    half = file.with_suffix(".half")
    try:
        save_file(tensors, half)
        half.replace(file)
    except BaseException:
        half.unlink(missing_ok=True)
        raise
    size = file.stat().st_size
    journal.checkpoint(seed, step, final=final, file=file.name, size=size, seconds=seconds)
    if journal.flush():
        for other in place.glob(f"{seed}-*"):
            if other != file:
                other.unlink(missing_ok=True)


def latest(db: Database, home: Path, run: str, seed: int) -> tuple[dict[str, Tensor], float] | None:
    """The newest snapshot of a seed to go on from, and its seconds; None where there is none that
    can be read: the seed then starts over and comes to the same numbers."""
    found = checkpoints.latest(db, run, seed)
    if found is None:
        return None
    file, seconds = found
    try:
        return load_file(folder(home, run) / file), seconds
    except (OSError, SafetensorError):
        return None


def weights(file: Path, label: str) -> Mapping[str, Tensor]:
    """The weights of one arm in a checkpoint: those of its moving average where it has one.

    Raises OSError or SafetensorError where the file is not there or damaged.
    """
    with safe_open(file, framework="pt") as opened:
        names = list(opened.keys())
        for kind in ("average", "net"):
            prefix = f"{label}/{kind}/"
            found = [name for name in names if name.startswith(prefix)]
            if found:
                return {name.removeprefix(prefix): opened.get_tensor(name) for name in found}
    return {}
