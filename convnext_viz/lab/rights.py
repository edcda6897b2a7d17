"""Rights in a lab that several visitors share: whose a run is, who may see and who may change it,
who is its teacher, and how much of it a visitor may use.
"""

import hashlib
import hmac
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from convnext_viz.lab.store import Database, settings
from convnext_viz.lab.store import checkpoints as store_checkpoints
from convnext_viz.lab.store import runs as store_runs
from convnext_viz.text import t

if TYPE_CHECKING:
    from convnext_viz.lab.runs import Run

HERE = "server"  # whoever sits at the computer that runs the app; runs without an owner are theirs


@dataclass(frozen=True, kw_only=True)
class Quota:
    """How much of the lab a visitor may use."""

    runs: int  # that wait in the queue
    bytes: int  # of checkpoints of their runs, their sets of pictures and their weights files
    elsewhere: int = 0  # bytes that sets and weights files take already


def may(owner: str, visitor: str, teacher: bool) -> bool:
    """Whether a visitor may change what belongs to ``owner``; a teacher may change everything."""
    return teacher or owner == visitor or (not owner and visitor == HERE)


def sees(run: "Run", visitor: str, teacher: bool) -> bool:
    """Whether a visitor may look at a run: recorded runs are everybody's, and a teacher can share
    one."""
    return run.recorded or run.shared or may(run.owner, visitor, teacher)


def quota() -> Quota:
    """As ``CONVNEXT_VIZ_QUOTA_RUNS`` and ``CONVNEXT_VIZ_QUOTA_MB`` say; else 4 runs, 2000 MB.

    Raises ValueError where one of them is no whole number.
    """
    runs, megabytes = _number("CONVNEXT_VIZ_QUOTA_RUNS", 4), _number("CONVNEXT_VIZ_QUOTA_MB", 2000)
    return Quota(runs=runs, bytes=megabytes * 1_000_000)


def check(db: Database, owner: str, allowed: Quota | None) -> None:
    """Raises ValueError, with what to do, where ``owner`` may not add a run to the queue; None
    allows everything."""
    if allowed is None:
        return
    if store_runs.waiting(db, owner) >= allowed.runs:
        raise ValueError(t("lab.error.quota_runs", most=allowed.runs))
    check_disk(taken(db, owner), allowed)


def check_again(db: Database, run: str, allowed: Quota | None) -> None:
    """The same where a run that no worker has is to wait in the queue again."""
    (row,) = store_runs.rows(db, run)
    if row["worker"] is None and row["state"] != "queued":
        check(db, row["owner"], allowed)


def check_disk(checkpoints: int, allowed: Quota) -> None:
    """Raises ValueError, with what to do, where a visitor has no space left: their checkpoints
    take so many bytes."""
    used = checkpoints + allowed.elsewhere
    if used >= allowed.bytes:
        values = {"used": round(used / 1e6), "most": round(allowed.bytes / 1e6)}
        raise ValueError(t("lab.error.quota_disk", **values))


def taken(db: Database, owner: str) -> int:
    """Bytes of the checkpoints of an owner's runs."""
    return store_checkpoints.of_owner(db, owner)


def make_teacher(db: Database, visitor: str, key: str) -> None:
    """Remember that ``visitor`` has given the right key; the key itself is stored nowhere."""
    settings.write(db, f"teacher {visitor}", _proof(visitor, key))


def is_teacher(db: Database, visitor: str, key: str) -> bool:
    """Whether ``visitor`` has given this ``key`` before; with another key nobody has."""
    proof = settings.read(db, f"teacher {visitor}") or ""
    return bool(key) and hmac.compare_digest(proof, _proof(visitor, key))


def _proof(visitor: str, key: str) -> str:
    return hmac.new(key.encode(), visitor.encode(), hashlib.sha256).hexdigest()


def _number(name: str, default: int) -> int:
    given = os.environ.get(name, "").strip()
    if not given:
        return default
    if not (given.isascii() and given.isdigit()):
        raise ValueError(t("lab.error.quota_value", name=name, value=given[:40]))
    return int(given)
