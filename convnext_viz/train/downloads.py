"""A file from the network, whole or not at all: resumed where the connection was cut."""

import hashlib
import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from convnext_viz.text import t

_BLOCK = 1 << 16  # bytes
_PATIENCE = 30.0  # seconds without a byte


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
    target.parent.mkdir(parents=True, exist_ok=True)
    for attempt in range(attempts):
        try:
            _continue(url, part, progress)
            break
        except (OSError, http.client.HTTPException) as error:
            refused = isinstance(error, urllib.error.HTTPError) and error.code < 500
            if refused or attempt == attempts - 1:
                raise ValueError(t("train.error.download", url=url, reason=error)) from error
            time.sleep(pause * 2**attempt)
    if checksum(part) != md5:
        part.unlink()
        raise ValueError(t("train.error.checksum", url=url))
    part.replace(target)


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
