"""What recording costs a run: ``python benchmarks/lab_throughput.py``.

Four arms trained as a worker does it (metrics to the database twice a second, looks inside,
pictures watched, checkpoints), in this process; the share of the time that is training steps is
read from the run itself, so that a busy machine slows both alike. What a step costs beside a bare
one is ``train_throughput.py``'s to say.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

import torch

from convnext_viz.data import DataSpec, load
from convnext_viz.lab import Lab
from convnext_viz.lab import session as sessions
from convnext_viz.lab.launcher import LocalLauncher, Process
from convnext_viz.specs import CIFAR
from convnext_viz.train import Experiment, Recipe, grid


class Nobody(LocalLauncher):
    """No worker is started: this process is the worker."""

    def start(self, home: Path, worker: str) -> Process:
        """Refuses."""
        raise OSError


def main() -> None:
    """Train, read the run, print the shares."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--steps", type=int, default=60)
    asked.add_argument("--batch-size", type=int, default=128)
    asked.add_argument("--threads", type=int, default=torch.get_num_threads())
    chosen = asked.parse_args()
    size, steps = chosen.batch_size, chosen.steps
    factors = {"norm": ["batch", "layer"], "act": ["relu", "gelu"]}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CONVNEXT_VIZ_HOME"] = folder
        lab = Lab(Path(folder), launcher=Nobody())
        experiment = Experiment(
            name="four arms",
            arms=grid(CIFAR["cifar_ln_gelu"], factors),
            data=DataSpec(train=size * 10, test=size),
            recipe=Recipe(batch_size=size, epochs=steps / 10, warmup_epochs=1, evaluate_every=0),
        )
        load(experiment.data)
        run = lab.submit(experiment)
        with lab.store.writing() as db:
            db.execute("UPDATE runs SET state = 'running', worker = 'me'")
        sessions.CHECKPOINT_EVERY = 10.0
        session = sessions.Session(lab.store, run, "me", threads=chosen.threads)
        began = time.perf_counter()
        session.train(lambda: False)
        whole = time.perf_counter() - began
        curve = lab.metrics(run)[0]
        training, first = curve.seconds[-1], curve.seconds[0]
        looks = len(lab.internals(run, 0)[0].step)
        print(f"{chosen.threads} threads, four arms, {steps} steps of {size} pictures")
        print(f"  a step             {(training - first) / (steps - 1) * 1000:8.1f} ms")
        print(f"  steps in all       {training:8.2f} s")
        print(f"  the run in all     {whole:8.2f} s, {looks} looks inside, one evaluation")
        print(f"share of the run that is steps {training / whole:5.2f} (aim ≥ 0.9)")


if __name__ == "__main__":
    main()
