"""Long measurements in the background: a few at a time for all visitors of a server.

A job is a thread that walks a generator of :class:`Progress` and keeps what comes last; it knows
nothing of Streamlit, pages look at it. Who requests what somebody else has requested shares that
job. It ends when it is done, or when nobody has looked at it for a while: to cancel, to go away and
to close the window are the same, and nobody's cancelling takes the job from another one.
"""

import atexit
import os
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Generic, TypeVar
from uuid import uuid4

import streamlit as st

from convnext_viz.results import Progress
from convnext_viz.text import language, t, use_language
from convnext_viz.ui.boundary import boundary, in_fragment

AT_ONCE = 2  # jobs that run; the others wait
MOST_WAITING = 48  # a class, and some who ask for more
NICENESS = 10  # of a job's thread: whoever opens a page comes first
MAX_RESULTS = 24  # cached, the ones last looked at
PATIENCE = 120.0  # seconds; browsers let the timers of hidden windows fire once a minute
LAST_STEP = 20.0  # seconds that the end of the server waits for a job's step
QUICK = 0.4  # seconds that a page waits for a job before it shows how far it is

T = TypeVar("T")
Work = Callable[[], Iterator[Progress | T]]


class Job(Generic[T]):
    """One measurement: how far it is, and what came of it."""

    def __init__(self, work: Work[T]) -> None:
        self.work: Work[T] | None = work  # let go of in the end, as it holds a network
        self.language = language()  # of its error
        self.progress = Progress(done=0, total=0)
        self.result: T | None = None
        self.error: Exception | None = None
        self.raised_at: TracebackType | None = None
        self.requested_at = time.monotonic()
        self.running = False
        self.over = threading.Event()

    @property
    def share(self) -> float:
        """How much of it is done, 0 … 1."""
        return min(1.0, self.progress.done / self.progress.total) if self.progress.total else 0.0

    def outcome(self) -> T | None:
        """The result of a job that is over; raises what it raised."""
        if self.error is not None:
            raise self.error.with_traceback(self.raised_at)
        return self.result


class Jobs:
    """The jobs of a server, by key; ``who`` names one place on one visitor's page."""

    def __init__(self, *, at_once: int = AT_ONCE, patience: float = PATIENCE) -> None:
        self._at_once = at_once
        self._patience = patience
        self._lock = threading.Lock()
        self._jobs: OrderedDict[str, Job[Any]] = OrderedDict()  # last requested, last
        self._looking: dict[str, tuple[str, float]] = {}  # who: key, when

    def find(self, key: str) -> Job[Any] | None:
        """The job of that key, if there is one."""
        with self._lock:
            job = self._jobs.get(key)
            if job is not None and job.error is not None and job.language != language():
                self._jobs.pop(key)  # its error would speak another language
                job = None
            if job is not None:
                self._jobs.move_to_end(key)
            return job

    def start(self, key: str, who: str, work: Work[T]) -> Job[T]:
        """The job of that key, shared if it is there, begun anew if it failed.

        Who looks at one no longer looks at another. Raises ValueError where too many wait already.
        """
        with self._lock:
            job = self._jobs.get(key)
            if job is None or job.error is not None:
                self._tidy()
                if len(self._waiting()) >= MOST_WAITING:
                    raise ValueError(t("jobs.error.busy"))
                job = self._jobs[key] = Job(work)
            self._looking[who] = key, time.monotonic()
            self._fill()
            return job

    def forget(self, key: str) -> None:
        """Lets go of a job that failed, so that the next one begins anew."""
        with self._lock:
            if key in self._jobs and self._jobs[key].error is not None:
                self._jobs.pop(key)

    def looks(self, who: str, key: str) -> bool:
        """Whether ``who`` still looks at that one; if so, the job knows that it is wanted."""
        with self._lock:
            if self._looking.get(who, ("", 0.0))[0] != key:
                return False
            self._looking[who] = key, time.monotonic()
            return key in self._jobs

    def leave(self, who: str) -> None:
        """Who looked no longer does; a job that nobody looks at ends at its next step."""
        with self._lock:
            self._looking.pop(who, None)

    def close(self) -> None:
        """Ends all jobs at their next step and waits for it: a thread that computes while Python is
        taken down takes the process down with an abort."""
        with self._lock:
            self._looking.clear()
            running = [job for job in self._jobs.values() if job.running]
        for job in running:
            job.over.wait(LAST_STEP)

    def ahead(self, job: Job[Any]) -> int:
        """How many others a waiting job waits for."""
        with self._lock:
            waiting = [one for _, one in self._waiting()]
            return waiting.index(job) if job in waiting else 0

    def _waiting(self) -> list[tuple[str, Job[Any]]]:
        """First come, first served."""
        waiting = [
            (key, job)
            for key, job in self._jobs.items()
            if not job.running and not job.over.is_set()
        ]
        return sorted(waiting, key=lambda one: one[1].requested_at)

    def _wanted(self, key: str) -> bool:
        oldest = time.monotonic() - self._patience
        return any(key == of and when >= oldest for of, when in self._looking.values())

    def _tidy(self) -> None:
        for key, _ in self._waiting():
            if not self._wanted(key):
                self._jobs.pop(key)
        oldest = time.monotonic() - self._patience
        self._looking = {who: seen for who, seen in self._looking.items() if seen[1] >= oldest}
        over = [key for key, job in self._jobs.items() if job.over.is_set()]
        for key in over[: max(0, len(over) - MAX_RESULTS + 1)]:
            self._jobs.pop(key)

    def _fill(self) -> None:
        """Starts the next ones as long as there is room."""
        for key, job in self._waiting():
            if sum(one.running for one in self._jobs.values()) >= self._at_once:
                return
            if self._wanted(key):
                job.running = True
                threading.Thread(target=self._run, args=(key, job), daemon=True).start()
            else:
                self._jobs.pop(key)

    def _run(self, key: str, job: Job[Any]) -> None:
        use_language(job.language)  # a thread begins without one
        if sys.platform == "linux":  # elsewhere it would be the whole server's
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        try:
            assert job.work is not None
            for step in job.work():
                if not isinstance(step, Progress):
                    job.result = step
                    break
                job.progress = step
                with self._lock:
                    if not self._wanted(key):
                        self._jobs.pop(key)
                        break
        except Exception as error:  # raised to whoever looks
            job.error, job.raised_at = error, error.__traceback__
        finally:
            with self._lock:
                job.work, job.running = None, False
                job.over.set()
                self._fill()


@st.cache_resource
def _jobs() -> Jobs:
    jobs = Jobs()
    atexit.register(jobs.close)
    return jobs


def awaited(
    place: str, key: str, work: Work[T], *, title: str, at_once: bool = True, why: str = ""
) -> T | None:
    """The result of the job ``key``; None as long as the page shows how far it is.

    ``work`` runs in a thread without Streamlit: it may use what it holds, but no ``st``. ``place``
    names the one spot of the page that shows it, ``title`` what is going on. A job that is not
    begun ``at_once``, was cancelled, or failed, has a button; ``why`` is said above it.
    """
    jobs = _jobs()
    job = jobs.find(key)
    if job is not None and job.over.is_set():
        with boundary():
            found: T | None = job.outcome()
            return found
    failed = job is not None and job.over.is_set()
    requested, begun = st.session_state.get(f"jobs_{place}", ("", False))
    if failed or not (begun if requested == key else at_once):
        if why:
            st.caption(why)
        st.button(
            t("jobs.again") if failed else title,
            key=f"jobs_start_{place}",
            icon=":material/play_arrow:",
            on_click=_begin,
            args=(place, key),
        )
        return None
    with boundary():
        job = jobs.start(key, _who(place), work)
        if job.over.wait(QUICK):
            st.rerun()
        st.fragment(run_every=1)(_under_way)(place, key, title)
    return None


def cancelled(place: str) -> bool:
    """Whether what was under way at that place was cancelled, and nothing begun there since."""
    _, begun = st.session_state.get(f"jobs_{place}", ("", True))
    return not begun


def begun(place: str) -> bool:
    """Whether the visitor has pressed the button at that place, and not cancelled since."""
    _, begun = st.session_state.get(f"jobs_{place}", ("", False))
    return bool(begun)


def forgive(place: str) -> None:
    """In a callback: the next job at that place begins as if none had been cancelled."""
    st.session_state.pop(f"jobs_{place}", None)


def _under_way(place: str, key: str, title: str) -> None:
    with in_fragment():
        jobs = _jobs()
        job = jobs.find(key)
        if not jobs.looks(_who(place), key) or job is None or job.over.is_set():
            st.rerun()
        progress = job.progress
        if not job.running:
            words = t("jobs.waiting", title=title, ahead=jobs.ahead(job))
        elif progress.total:
            words = t("jobs.running", title=title, done=progress.done, total=progress.total)
        else:
            words = t("jobs.starting", title=title)
        st.progress(job.share, words)
        st.button(
            t("jobs.cancel"),
            key=f"jobs_cancel_{place}",
            icon=":material/stop:",
            on_click=_cancel,
            args=(place, key),
        )


def _begin(place: str, key: str) -> None:
    _jobs().forget(key)
    st.session_state[f"jobs_{place}"] = key, True


def _cancel(place: str, key: str) -> None:
    _jobs().leave(_who(place))
    st.session_state[f"jobs_{place}"] = key, False


def _who(place: str) -> str:
    visitor = st.session_state.setdefault("jobs_visitor", uuid4().hex)
    return f"{visitor}:{place}"
