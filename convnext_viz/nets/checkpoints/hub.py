"""Downloads from the model hub to its cache, with progress, a short timeout and clear errors.

The hub library's own download looks for a hub that is not there for minutes. Here a question with
a deadline comes first. It and the download run in threads of their own, so that progress is
reported, and a visitor's "stop" raised, in the caller's.
"""

import errno
import hashlib
import os
import re
import shutil
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convnext_viz.nets.checkpoints.starters import cache_folder, cached_file
from convnext_viz.nets.weights import WeightsError
from convnext_viz.text import t

Progress = Callable[[int, int], None]

_TIMEOUT = 8.0  # seconds until the hub must have said what it knows about a file
_TICK = 0.05  # seconds between two reports of progress
_MOST_RESTARTS = 2  # of a download from its first byte; a hub that resumes needs none
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST)
_SHA256 = re.compile(r"[0-9a-f]{64}")

# Two visitors who want the same file wait for one download.
_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


def fetch(
    repo: str,
    *files: str,
    progress: Progress | None = None,
    endpoint: str | None = None,
    cache_dir: str | os.PathLike[str] | None = None,
) -> Path:
    """The first of ``files`` that a hub repository has, from the cache or downloaded into it.

    A file in the cache is used without asking the hub. ``progress`` gets (bytes done, bytes in
    all) in this thread; what it raises ends the download. ``endpoint`` and ``cache_dir`` are the
    hub library's own unless given (``HF_ENDPOINT``, ``HF_HOME``). Raises WeightsError; then nothing
    that is incomplete, or that has a wrong checksum, stays in the cache.
    """
    from huggingface_hub import hf_hub_download

    cache = Path(cache_dir or cache_folder())
    with _locks[repo]:
        if (cached := cached_file(repo, *files, cache_dir=cache)) is not None:
            return cached
        file, size, etag = _first_there(repo, files, endpoint)
        _check_room(size, cache, repo)
        path = _watched(
            lambda bar: Path(
                hf_hub_download(repo, file, endpoint=endpoint, cache_dir=cache, tqdm_class=bar)
            ),
            progress or (lambda done, total: None),
            repo,
            cache,
        )
        if _SHA256.fullmatch(etag) and _sha256(path) != etag:
            forget(path)
            raise WeightsError(t("nets.error.checksum", repo=repo))
        return path


def forget(path: Path) -> None:
    """Takes a file out of the hub's cache: its name in the snapshot and its contents."""
    contents = path.resolve()
    path.unlink(missing_ok=True)
    contents.unlink(missing_ok=True)
    _prune(path.parents[2])


def _first_there(repo: str, files: tuple[str, ...], endpoint: str | None) -> tuple[str, int, str]:
    """Name, size in bytes (0 if unknown) and ETag of the first file that the hub has."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        RemoteEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    for file in files:
        url = hf_hub_url(repo, file, endpoint=endpoint)
        question = _Work(lambda url=url: get_hf_file_metadata(url, timeout=5, endpoint=endpoint))  # type: ignore[misc]
        try:
            found = question.result(_TIMEOUT)
        except RemoteEntryNotFoundError:
            continue
        except GatedRepoError as closed:
            raise WeightsError(t("nets.error.gated", repo=repo)) from closed
        except (RepositoryNotFoundError, RevisionNotFoundError) as unknown:
            raise WeightsError(t("nets.error.not_on_hub", repo=repo, file=file)) from unknown
        except HfHubHTTPError as refusal:
            status = refusal.response.status_code
            raise WeightsError(t("nets.error.server", repo=repo, status=status)) from refusal
        except Exception as absent:  # name, route, proxy, certificate, offline mode, timeout
            raise WeightsError(t("nets.error.no_network", repo=repo, file=file)) from absent
        if not found.commit_hash or not found.etag:  # a login page or a proxy answered
            raise WeightsError(t("nets.error.no_network", repo=repo, file=file))
        return file, found.size or 0, found.etag
    raise WeightsError(t("nets.error.not_on_hub", repo=repo, file=", ".join(files)))


class _Work:
    """A call in a thread of its own, which never keeps the program from ending."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self._outcome: list[Any] = []
        self._thread = threading.Thread(target=self._run, args=(call,), daemon=True)
        self._thread.start()

    def _run(self, call: Callable[[], Any]) -> None:
        try:
            self._outcome.append((call(), None))
        except BaseException as failure:  # raised again in the caller's thread
            self._outcome.append((None, failure))

    def is_done(self, seconds: float) -> bool:
        self._thread.join(seconds)
        return bool(self._outcome)

    def result(self, seconds: float) -> Any:
        """What the call returned or raised; TimeoutError if it has done neither."""
        # Sockets' timeouts cover neither the look-up of a name nor a host's further addresses.
        if not self.is_done(seconds):
            raise TimeoutError
        value, failure = self._outcome[0]
        if failure is not None:
            raise failure
        return value


@dataclass
class _State:
    """Where a download stands; written by its thread, read by the caller's."""

    done: int = 0
    total: int = 0
    restarts: int = 0
    stopped: bool = False


def _watched(download: Callable[[type], Path], progress: Progress, repo: str, cache: Path) -> Path:
    """Runs a download to its end, reporting progress; what it leaves half done is removed."""
    state = _State()
    work = _Work(lambda: download(_bar(state)))
    try:
        _wait(work, state, progress)
        path = _finished(work, repo, cache)
        progress(path.stat().st_size, path.stat().st_size)
    except BaseException:
        state.stopped = True
        work.is_done(2.0)
        _prune(cache / f"models--{repo.replace('/', '--')}")
        raise
    return path


def _wait(work: _Work, state: _State, progress: Progress) -> None:
    reported = 0
    while not work.is_done(_TICK):
        if state.done != reported:
            reported = state.done
            progress(reported, state.total)


def _finished(work: _Work, repo: str, cache: Path) -> Path:
    from huggingface_hub.errors import HfHubHTTPError

    try:
        path: Path = work.result(0)
    except HfHubHTTPError as refusal:
        status = refusal.response.status_code
        raise WeightsError(t("nets.error.server", repo=repo, status=status)) from refusal
    except Exception as defect:  # of the connection, the disk, or one of the hub's two protocols
        number = defect.errno if isinstance(defect, OSError) else None
        if number in _NO_ROOM:
            raise WeightsError(t("nets.error.no_room", repo=repo, folder=cache)) from defect
        if number in _FORBIDDEN:
            raise WeightsError(t("nets.error.not_writable", folder=cache)) from defect
        raise WeightsError(t("nets.error.cut_off", repo=repo)) from defect
    return path


def _bar(state: _State) -> type:
    """A class that the hub library takes for tqdm: it keeps count, and can end the download."""

    class Bar:
        def __init__(self, *, total: int | None = None, initial: int = 0, **_: object) -> None:
            self.n, self.total = initial, total
            state.done, state.total = initial, total or 0

        def __enter__(self) -> "Bar":
            return self

        def __exit__(self, *_: object) -> None:
            return None

        def update(self, count: float | None = 1) -> None:
            step = int(count or 0)
            self.n += step
            state.done, state.total = self.n, self.total or 0
            if step < 0:  # the server would not resume: all over again
                state.restarts += 1
            if state.stopped or state.restarts > _MOST_RESTARTS:
                raise ConnectionError

        def update_transfer(self, count: float | None = 1) -> None:
            """Compressed bytes of the hub's newer protocol; ``update`` has the file's own."""

        def set_postfix_str(self, *_: object, **__: object) -> None:
            """The speed, which is not shown."""

        set_transfer_postfix_str = set_postfix_str
        refresh = set_postfix_str
        close = set_postfix_str

    return Bar


def _check_room(size: int, cache: Path, repo: str) -> None:
    folder = next(f for f in (cache, *cache.absolute().parents) if f.is_dir())
    if size > shutil.disk_usage(folder).free:
        raise WeightsError(t("nets.error.no_room", repo=repo, folder=cache))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _prune(folder: Path) -> None:
    """Removes a repository's folder in the cache if nothing was downloaded into it."""
    if not any(file.is_file() for file in folder.glob("blobs/*")):
        shutil.rmtree(folder, ignore_errors=True)
