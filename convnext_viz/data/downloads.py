"""Downloads of files, complete or not at all: resumed where the connection was cut."""

import errno
import hashlib
import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from convnext_viz.text import t

_BLOCK = 1 << 16  # bytes
_PATIENCE = 30.0  # seconds without a byte
_OWN_TROUBLE = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS)


def fetch(
    url: str,
    target: Path,
    *,
    md5: str,
    progress: Callable[[int, int], None] | None = None,
    attempts: int = 5,
    pause: float = 1.0,
) -> None:
    """Load ``url`` into ``target`` and check it; nothing stands under that name before.

    What has arrived waits in ``<target>.part`` and is continued, within this call or a later one.
    ``progress(done, total)`` counts bytes. ``pause`` (s) doubles after each failed attempt. Raises
    ValueError where the file cannot be had or is not the one expected.
    """
    part = target.with_name(target.name + ".part")
    with writable(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
    with _alone(part):
        for attempt in range(attempts):
            try:
                _continue(url, part, progress)
                break
            except (OSError, http.client.HTTPException) as error:
                with writable(target.parent):
                    if getattr(error, "errno", None) in _OWN_TROUBLE:
                        raise
                refused = isinstance(error, urllib.error.HTTPError) and error.code < 500
                if refused or attempt == attempts - 1:
                    raise ValueError(t("train.error.download", url=url, reason=error)) from error
                time.sleep(pause * 2**attempt)
        if checksum(part) != md5:
            part.unlink()
            raise ValueError(t("train.error.checksum", url=url))
        part.replace(target)


@contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Raises ValueError, with what to do, where ``folder`` is full or cannot be written."""
    try:
        yield
    except OSError as error:
        key = "full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "read_only"
        raise ValueError(t(f"train.error.{key}", path=folder)) from error


@contextmanager
def _alone(part: Path) -> Iterator[None]:
    """Raises ValueError where another process is loading the same file."""
    try:
        import fcntl
    except ImportError:  # Windows keeps two processes from replacing an open file by itself
        yield
        return
    lock = part.with_name(part.name + ".lock")
    with writable(part.parent), lock.open("w") as lock_file:
        try:
            fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ValueError(t("train.error.download_busy", path=part)) from error
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)


def checksum(file: Path) -> str:
    """The MD5 of ``file``, the sum that the data set's authors publish."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _continue(url: str, part: Path, progress: Callable[[int, int], None] | None) -> None:
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        response = urllib.request.urlopen(request, timeout=_PATIENCE)
    except urllib.error.HTTPError as error:
        if error.code != 416:  # nothing is left to send
            raise
        return
    with response, part.open("ab" if response.status == 206 else "wb") as stream:
        done = stream.tell()
        total = done + int(response.headers.get("Content-Length") or 0)
        while block := response.read(_BLOCK):
            stream.write(block)
            done += len(block)
            if progress:
                progress(done, max(total, done))
    if done < total:
        raise http.client.IncompleteRead(b"", total - done)
