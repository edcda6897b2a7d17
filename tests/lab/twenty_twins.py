"""``python -m tests.lab.twenty_twins``: does the verdict see a difference where there is none?

Twenty experiments of four arms, as two norms and two activations would give; yet all are the same
network: they begin from other weights and learn from the same batches, as arms of the lab do. A
factor or an interaction that is "more than chance" is a false alarm; one in twenty is to be
expected, and more than three would be a defect. ``--folder`` takes pictures (train/<class>/,
test/<class>/) instead of the drawn shapes; ``--trials`` and ``--first`` are for more experiments.
"""

import argparse

from scipy.stats import binom

from convnext_viz.data import Dataset, DataSpec, load
from convnext_viz.data.randomness import seed_of
from convnext_viz.nets import build
from convnext_viz.results import Evaluation
from convnext_viz.specs import ConvNeXtSpec
from convnext_viz.train import Recipe, lockstep, prepare
from convnext_viz.train.experiment import grid
from convnext_viz.train.verdict import verdict
from convnext_viz.train.verdict_words import said
from convnext_viz.ui.factors import BASES

RECIPE = Recipe(batch_size=64, epochs=3, warmup_epochs=0.5, evaluate_every=0)


ARMS = grid(BASES["mini"], {"norm": ["batch", "layer"], "act": ["relu", "gelu"]})
LABELS = [arm.label for arm in ARMS]


def twins(spec: ConvNeXtSpec, dataset: Dataset, seed: int) -> dict[str, float]:
    """Final accuracies of nets of one spec that begin differently and see the same batches."""
    nets = {label: build(spec, seed=seed_of(label, seed)) for label in LABELS}
    *_, last = lockstep(prepare(nets, RECIPE), dataset, RECIPE, seed=seed)
    assert isinstance(last, Evaluation)
    return {label: arm.net.accuracy for label, arm in last.arms.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--folder", default="")
    parser.add_argument("--pictures", type=int, default=1500)
    chosen = parser.parse_args()
    kind = "folder" if chosen.folder else "shapes"
    data = DataSpec(kind=kind, path=chosen.folder, train=chosen.pictures, test=1000)
    dataset = load(data)
    alarms = dict.fromkeys((2, 3, 5), 0)
    for trial in range(chosen.first, chosen.first + chosen.trials):
        found: dict[str, dict[int, float]] = {label: {} for label in LABELS}
        for seed in range(max(alarms)):
            for label, accuracy in twins(BASES["mini"], dataset, 100 * trial + seed).items():
                found[label][100 * trial + seed] = accuracy
        for count in alarms:
            some = {label: dict([*by_seed.items()][:count]) for label, by_seed in found.items()}
            given = verdict(ARMS, some, resolution=1 / len(dataset.test_images))
            assert given is not None
            asked = (*given.effects, *given.interactions)
            alarms[count] += any(one.outcome == "shown" for one in asked)
        print(trial + 1, *said(given)[:2], flush=True)
    for count, times in alarms.items():
        print(f"{count} seeds: {times} false alarms in {chosen.trials}")
    most = binom.ppf(0.975, chosen.trials, 0.05)
    assert all(times <= most for times in alarms.values())


if __name__ == "__main__":
    main()
