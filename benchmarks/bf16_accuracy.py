"""Does a network that learns in bfloat16 get as far as in float32?

    python benchmarks/bf16_accuracy.py FOLDER [PICTURES] [SEEDS]

``FOLDER`` holds pictures in ``train/<class>/`` and ``test/<class>/``. Per seed, one network begins
from the same weights and learns from the same batches in both precisions; their difference on the
test pictures is set beside what another seed alone changes. How fast both are is
``train_throughput.py``'s to say.
"""

import sys
from dataclasses import replace
from statistics import mean, stdev

from convnext_viz.data import Dataset, DataSpec, load
from convnext_viz.nets import build
from convnext_viz.results import Evaluation
from convnext_viz.train import Recipe, lockstep, prepare
from convnext_viz.train.verdict import compared
from convnext_viz.train.verdict_words import difference_said
from convnext_viz.ui.factors import BASES

RECIPE = Recipe(batch_size=128, epochs=6, warmup_epochs=0.5, evaluate_every=0)
NET = "small"


def accuracy(dataset: Dataset, recipe: Recipe, seed: int) -> float:
    """On the test pictures, at the end."""
    arms = prepare({NET: build(BASES[NET], seed=seed)}, recipe)
    *_, last = lockstep(arms, dataset, recipe, seed=seed)
    assert isinstance(last, Evaluation)
    return last.arms[NET].net.accuracy


def main() -> None:
    """Train, a seed after the other; print each pair, then the verdict."""
    if len(sys.argv) < 2:
        print("No folder of pictures was given: nothing is measured.")
        return
    counts = [int(given) for given in sys.argv[2:]]
    pictures, seeds = [*counts, *(10_000, 5)[len(counts) :]]
    dataset = load(DataSpec(kind="folder", path=sys.argv[1], train=pictures, test=None))
    found: dict[str, dict[int, float]] = {"float32": {}, "bfloat16": {}}
    for seed in range(seeds):
        for name, lines in found.items():
            lines[seed] = accuracy(dataset, replace(RECIPE, bf16=name == "bfloat16"), seed)
        print(seed, *(f"{name} {lines[seed]:.2%}" for name, lines in found.items()), flush=True)
    print(*(f"{name} {mean(lines.values()):.2%}" for name, lines in found.items()), "on average")
    if seeds > 1:
        spread = stdev(found["float32"].values())
        print(f"what another seed alone changes (standard deviation, float32): {spread:.2%}")
        (given,) = compared(found, "float32", resolution=1 / len(dataset.test_images))
        print(difference_said(given))


if __name__ == "__main__":
    main()
