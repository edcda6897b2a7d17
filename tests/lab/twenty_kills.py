"""``python -m tests.lab.twenty_kills``: kill -9 of worker or server at twenty random moments.

The server is a process that holds the lab and looks at it four times a second, as a page does.
After every kill: no recorded number is gone, nothing is stuck in "running"; at the end every
curve equals that of a plain loop, number for number.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from convnext_viz.lab import Lab
from convnext_viz.results import Curve
from convnext_viz.train import Experiment, Recipe
from tests.lab.forked import experiment, kill, same_as_by_hand, until, worker_of

SERVER = """
import sys, time
from pathlib import Path
from convnext_viz.train import Lab
lab = Lab(Path(sys.argv[1]))
while True:
    lab.warm()
    lab.runs()
    time.sleep(0.25)
"""


class Server:
    """A page's process, which can be killed and started anew."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen([sys.executable, "-c", SERVER, str(self.home)])

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def recorded(curve: Curve) -> list[tuple[float, ...]]:
    """Everything of every step but its time."""
    rows = zip(curve.step, curve.loss, curve.accuracy, curve.grad_norm, curve.lr, strict=True)
    return [tuple(map(float, row)) for row in rows]


def keep_killing(lab: Lab, server: Server, full: Experiment, *, kills: int, seed: int) -> None:
    """Train ``whole``, and again when it is finished, through all the kills; then to its end."""
    rng, run = random.Random(seed), lab.submit(full)
    seen: dict[tuple[str, int], list[tuple[float, ...]]] = {}
    for i in range(kills):
        until(lambda: worker_of(lab, run) or lab.status(run).state == "finished")  # noqa: B023
        if lab.status(run).state == "finished":
            same_as_by_hand(lab, run, full)
            run, seen = lab.submit(full), {}
            until(lambda run=run: worker_of(lab, run))
        # While it starts, while it comes back to where it was, and long after.
        time.sleep(rng.uniform(0, rng.choice((1, 6, 25))))
        for curve in lab.metrics(run):
            seen[curve.label, curve.seed] = recorded(curve)
        pid = worker_of(lab, run)
        victim = rng.choice(("worker", "server", "both"))
        if victim != "worker":
            server.kill()
        if victim != "server":
            kill(pid)
        status = lab.status(run)
        steps = {f"{label} {seed}": len(rows) for (label, seed), rows in seen.items()}
        print(i + 1, victim, status.state, status.step, steps, flush=True)
        expected = "running" if victim == "server" else "interrupted"
        assert status.state in (expected, "finished"), status.state
        for curve in lab.metrics(run):
            before = seen.get((curve.label, curve.seed), [])
            assert recorded(curve)[: len(before)] == before
        if victim != "worker":
            server.start()
        if status.state == "interrupted":
            lab.resume(run)
    until(lambda: lab.status(run).state == "finished", 900)
    same_as_by_hand(lab, run, full)
    print("exact:", len(lab.metrics(run)), "curves")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "little"))
    chosen = parser.parse_args()
    print("seed", chosen.seed, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CONVNEXT_VIZ_HOME"] = folder
        recipe = Recipe(batch_size=16, epochs=600, warmup_epochs=1, evaluate_every=20)
        lab, server = Lab(Path(folder)), Server(Path(folder))
        try:
            full = experiment(recipe=recipe)
            keep_killing(lab, server, full, kills=chosen.kills, seed=chosen.seed)
        finally:
            server.kill()
            lab.close()


if __name__ == "__main__":
    main()
