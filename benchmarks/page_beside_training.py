"""The Train page and its worker beside each other: ``python benchmarks/page_beside_training.py``.

With a lab of its own, one real worker and the page's real script: how soon the first number is on
the page, how much longer a script run takes while the worker trains than while it holds (in turn,
so that a busy machine slows both), and whether thirty readers slow the worker or meet a lock.
"""

import argparse
import logging
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from measure import medians, ratio
from streamlit.testing.v1 import AppTest

from convnext_viz.data import DataSpec
from convnext_viz.lab import Lab
from convnext_viz.train import Experiment, Recipe, grid
from convnext_viz.ui.factors import BASES

ROOT = Path(__file__).parents[1]
READERS = """
import sys, threading, time
from pathlib import Path
from convnext_viz.train import Lab
lab, run, failed = Lab(Path(sys.argv[1])), sys.argv[2], []
def look():
    while True:
        try:
            lab.status(run)
            lab.metrics(run, points=500)
            lab.verdict(run)
        except Exception as error:
            print(error, flush=True)
        time.sleep(1)
for _ in range(30):
    threading.Thread(target=look, daemon=True).start()
    time.sleep(1 / 30)
time.sleep(1000)
"""


def opened(**query: str) -> AppTest:
    """The page by a link with this query."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=300)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    for name, value in query.items():
        app.query_params[name] = value
    return app.switch_page("pages/train.py").run()


def asked(data: DataSpec) -> Experiment:
    """Four arms that train for longer than this takes."""
    factors = {"norm": ["batch", "layer"], "act": ["relu", "gelu"]}
    recipe = Recipe(batch_size=64, epochs=1000, warmup_epochs=1)
    return Experiment(name="four arms", arms=grid(BASES["mini"], factors), data=data, recipe=recipe)


def wait(lab: Lab, run: str, state: str) -> None:
    """Until the run is in that state."""
    while lab.status(run).state != state:
        time.sleep(0.02)


def warmed(lab: Lab, data: DataSpec) -> None:
    """A worker that has imported everything, loaded the data and waits."""
    lab.warm(data, seconds=10_000)
    while True:
        with lab.store.reading() as db:
            if db.execute("SELECT 1 FROM workers WHERE beat > 0").fetchone():
                break
        time.sleep(0.1)
    time.sleep(15)


def first_number(lab: Lab, data: DataSpec) -> float:
    """Seconds from the button to the script run that draws it."""
    app = opened(run="")
    began = time.perf_counter()
    run = lab.submit(asked(data))
    app.query_params["run"] = run
    app.session_state["train_last"], app.session_state["train_view"] = run, "watch"
    while not app.run().get("plotly_chart"):
        pass
    taken = time.perf_counter() - began
    lab.stop(run)
    wait(lab, run, "stopped")
    return taken


def reruns(lab: Lab, run: str, rounds: int) -> dict[str, list[float]]:
    """Seconds of a script run of two views, while the worker trains and while it holds; and of
    those, the processor's own, which others on the machine do not lengthen."""
    pages = {"watch": opened(run=run), "setup": opened(view="setup")}
    seconds: dict[str, list[float]] = {}
    for _ in range(rounds):
        for doing, tell, state in (
            ("held", lab.pause, "paused"),
            ("trains", lab.resume, "running"),
        ):
            tell(run)
            wait(lab, run, state)
            time.sleep(1)
            for name, app in pages.items():
                app.run()
                taken = [_timed(app) for _ in range(5)]
                for what, values in zip(
                    ("", " (processor)"), zip(*taken, strict=True), strict=True
                ):
                    seconds.setdefault(f"{name}, {doing}{what}", []).append(median(values))
    return seconds


def _timed(app: AppTest) -> tuple[float, float]:
    began, busy = time.perf_counter(), time.process_time()
    app.run()
    return time.perf_counter() - began, time.process_time() - busy


def pace(lab: Lab, run: str, seconds: float) -> float:
    """Steps a second."""
    before, began = lab.status(run).step, time.perf_counter()
    time.sleep(seconds)
    return (lab.status(run).step - before) / (time.perf_counter() - began)


def beside_readers(lab: Lab, run: str, rounds: int) -> tuple[float, str]:
    """The worker's pace with thirty readers beside that without, and what they complained of."""
    shares, told = [], ""
    for _ in range(rounds):
        alone = pace(lab, run, 5)
        command = [sys.executable, "-c", READERS, str(lab.home), run]
        readers = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        time.sleep(8)
        shares.append(pace(lab, run, 5) / alone)
        readers.kill()
        told += readers.communicate()[0]
    return median(shares), told


def main() -> None:
    """Measure in turn, print."""
    chosen = argparse.ArgumentParser(description=__doc__)
    chosen.add_argument("--rounds", type=int, default=5)
    rounds = chosen.parse_args().rounds
    logging.getLogger("streamlit").setLevel(logging.ERROR)  # there is no browser, and it says so
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.environ["CONVNEXT_VIZ_HOME"] = folder
        lab, data = Lab(Path(folder)), DataSpec(train=2000, test=400)
        try:
            warmed(lab, data)
            first = [first_number(lab, data) for _ in range(rounds)]
            print(f"first number on the page {median(first):5.2f} s (aim ≤ 3)", flush=True)
            run = lab.submit(asked(data))
            wait(lab, run, "running")
            seconds = reruns(lab, run, rounds)
            for name, middle in medians(seconds).items():
                print(f"  {name:16s} {middle * 1000:6.1f} ms a script run")
            for view in ("watch", "setup"):
                slower = ratio(seconds, f"{view}, trains", f"{view}, held")
                print(
                    f"script run of {view} while a run trains {slower:5.2f} × as long (aim ≤ 1.5)"
                )
            lab.resume(run)
            wait(lab, run, "running")
            share, told = beside_readers(lab, run, rounds)
            print(f"pace of training beside thirty readers {share:5.2f} of that without")
            print(f"what they complained of: {told or 'nothing'}")
        finally:
            lab.close()


if __name__ == "__main__":
    main()
