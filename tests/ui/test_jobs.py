"""Jobs run concurrently with their readers, are shared, and end when nobody looks."""

import threading
from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from convnext_viz.results import Progress
from convnext_viz.text import language, t, use_language
from convnext_viz.ui.jobs import MAX_RESULTS, MOST_WAITING, Job, Jobs

LONG = 20  # seconds until a test gives up; none takes them


class Gate:
    """A measurement that goes one step further each time it is let."""

    def __init__(self, steps: int = 1000) -> None:
        self.steps, self.begun = steps, 0
        self.pass_one = threading.Semaphore(0)
        self.passed = threading.Semaphore(0)

    def __call__(self) -> Iterator[Progress | str]:
        self.begun += 1
        for step in range(self.steps):
            assert self.pass_one.acquire(timeout=LONG)
            yield Progress(done=step + 1, total=self.steps)
            self.passed.release()
        yield "found"

    def step(self) -> None:
        self.pass_one.release()
        assert self.passed.acquire(timeout=LONG)


def over(job: Job[str]) -> bool:
    return job.over.wait(LONG)


def quick(found: object = 1) -> Callable[[], Iterator[Progress | object]]:
    return lambda: iter([Progress(done=1, total=1), found])


def test_it_tells_how_far_it_is_and_keeps_what_it_found() -> None:
    jobs, gate = Jobs(), Gate(4)
    job = jobs.start("a", "me", gate)
    gate.step()
    gate.step()
    assert (job.progress, job.share) == (Progress(done=2, total=4), 0.5)
    gate.pass_one.release(2)
    assert over(job) and job.outcome() == "found" and jobs.find("a") is job
    assert jobs.start("a", "you", gate) is job and gate.begun == 1  # whoever asks next


def test_a_job_that_nobody_looks_at_ends() -> None:
    jobs, gate = Jobs(), Gate()
    job = jobs.start("a", "me", gate)
    jobs.start("a", "you", gate)
    gate.step()
    jobs.leave("me")
    gate.step()
    assert not job.over.is_set() and jobs.looks("you", "a") and not jobs.looks("me", "a")
    jobs.leave("you")
    gate.pass_one.release()
    assert over(job) and job.outcome() is None and jobs.find("a") is None
    assert jobs.start("a", "me", Gate(0)) is not job  # begun anew


def test_closing_waits_for_the_step_that_is_under_way() -> None:
    jobs, gate = Jobs(), Gate()
    job = jobs.start("a", "me", gate)
    gate.step()
    closing = threading.Thread(target=jobs.close)
    closing.start()
    while jobs.looks("me", "a"):  # until nobody is said to look any more
        pass
    assert closing.is_alive() and not job.over.is_set()  # the step is not done yet
    gate.pass_one.release()
    closing.join(LONG)
    assert not closing.is_alive() and job.over.is_set() and job.outcome() is None


def test_who_looks_at_the_next_one_leaves_the_last_one() -> None:
    jobs, gate = Jobs(), Gate()
    job = jobs.start("a", "me", gate)
    jobs.start("b", "me", quick())
    gate.pass_one.release()
    assert over(job) and jobs.find("a") is None


def test_who_stays_away_has_left() -> None:
    jobs, gate = Jobs(patience=0.2), Gate(10**6)
    job = jobs.start("a", "me", gate)
    for _ in range(100 * LONG):
        gate.pass_one.release()
        if job.over.wait(0.01):
            break
    assert job.over.is_set() and job.outcome() is None and jobs.find("a") is None


def test_the_others_wait_their_turn() -> None:
    jobs, gates = Jobs(at_once=2), [Gate(1) for _ in range(4)]
    running = [jobs.start(f"{i}", f"{i}", gate) for i, gate in enumerate(gates)]
    jobs.find("2")  # a look is no advantage
    assert [jobs.ahead(job) for job in running] == [0, 0, 0, 1]
    assert [job.running for job in running] == [True, True, False, False]
    jobs.leave("2")  # gives up before its turn
    gates[0].pass_one.release()
    assert over(running[0])
    gates[3].step()
    assert over(running[3]) and not running[2].over.is_set() and gates[2].begun == 0
    gates[1].pass_one.release()
    assert over(running[1])


def test_too_many_are_refused_in_words() -> None:
    jobs, gate = Jobs(at_once=1), Gate(1)
    first = jobs.start("first", "me0", gate)
    for i in range(MOST_WAITING):
        jobs.start(f"{i}", f"you{i}", quick())
    with pytest.raises(ValueError, match="busy"):
        jobs.start("last", "them", quick())
    jobs.leave("you3")
    assert jobs.start("last", "them", quick())
    gate.pass_one.release()
    assert over(first)


def test_only_so_many_results_are_kept() -> None:
    jobs = Jobs()
    for i in range(MAX_RESULTS + 10):
        assert over(jobs.start(f"{i}", "me", quick(i)))
        jobs.find("0")  # one that is looked at stays
    cached = [i for i in range(MAX_RESULTS + 10) if jobs.find(f"{i}")]
    assert len(cached) <= MAX_RESULTS and cached[0] == 0 and cached[-1] == MAX_RESULTS + 9


def test_what_goes_wrong_is_raised_in_the_language_of_who_asked() -> None:
    jobs = Jobs()

    def wrong() -> Iterator[Progress | str]:
        yield Progress(done=1, total=2)
        raise ValueError(language() + t("jobs.error.busy"))

    with use_language("zh"):
        job = jobs.start("a", "me", wrong)
        assert over(job) and jobs.find("a") is job
        for _ in range(3):  # as often as the page is drawn
            with pytest.raises(ValueError, match=r"^zh服务器"):
                job.outcome()
        again = jobs.start("a", "me", quick())
        assert again is not job and over(again)
    job = jobs.start("b", "me", wrong)
    assert over(job)
    jobs.forget("a")  # done: cached
    assert jobs.find("a") and jobs.find("b") is job
    jobs.forget("b")
    assert jobs.find("b") is None
    job = jobs.start("b", "me", wrong)
    assert over(job)
    with use_language("zh"):
        assert jobs.find("b") is None  # its words would be English


def test_many_at_once() -> None:
    jobs, found = Jobs(), []

    def visit(me: int) -> None:
        for i in range(20):
            job = jobs.start(f"{i}", f"{me}", quick(i))
            assert over(job)
            found.append(job.outcome() in (i, None))

    visitors = [threading.Thread(target=visit, args=(me,)) for me in range(8)]
    for one in visitors:
        one.start()
    for one in visitors:
        one.join(LONG)
    assert len(found) == 160 and all(found)


def test_a_job_without_a_first_step_is_said_to_start() -> None:
    def page() -> None:
        import threading

        from convnext_viz.ui.jobs import awaited

        gate = threading.Event()
        awaited("here", "start", lambda: (gate.wait(3) for _ in range(1)), title="Measuring")

    shown = AppTest.from_function(page).run(timeout=LONG)
    assert not shown.exception
    (bar,) = shown.get("progress")
    assert bar.proto.text == "Measuring: starting"
