"""Roots: the folders below which visitors of a server may name files, and the check of a path.

Whoever starts the server names them in ``CONVNEXT_VIZ_ROOTS``, several as in ``PATH``. There are
none by default.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from convnext_viz.text import t


def configured() -> tuple[Path, ...]:
    """The folders in ``CONVNEXT_VIZ_ROOTS``, absolute and without links."""
    named = os.environ.get("CONVNEXT_VIZ_ROOTS", "").split(os.pathsep)
    return tuple(Path(one).expanduser().resolve() for one in named if one.strip())


def permitted(path: str | os.PathLike[str], *, roots: Sequence[Path] | None) -> Path:
    """``path`` as a place below one of ``roots``, absolute and without links; it need not exist.

    ``roots=None`` sets no limit, and the path stays as it is. Raises ValueError for every other
    place, in one sentence whether there is something or not: ``~``, ``..`` and links are resolved
    first, and a folder is refused in which a link leads out of all roots.
    """
    if roots is None:
        return Path(path)
    if roots:  # without any, the disk is not even looked at
        try:
            # Again here: whoever calls it may have named a root by a link.
            real = tuple(Path(root).resolve() for root in roots)
            place = Path(path).expanduser().resolve()
            if _is_below(place, real) and not _leads_out(place, real):
                return place
        except (OSError, ValueError, RuntimeError):  # no path at all, a circle of links, no user
            pass
    raise ValueError(t("train.error.not_permitted"))


def _is_below(place: Path, roots: Sequence[Path]) -> bool:
    return any(place.is_relative_to(root) for root in roots)


def _leads_out(place: Path, roots: Sequence[Path]) -> bool:
    """Whether a link below ``place``, or below a folder that one leads to, leads out of ``roots``:
    who reads a folder follows them."""
    waiting, seen = [place], {place}
    while waiting:
        here = waiting.pop()
        if not here.is_dir():
            continue
        with os.scandir(here) as entries:
            for entry in entries:
                linked = entry.is_symlink()
                if not linked and not entry.is_dir(follow_symlinks=False):
                    continue
                target = Path(entry.path).resolve() if linked else Path(entry.path)
                if linked and not _is_below(target, roots):
                    return True
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
    return False
