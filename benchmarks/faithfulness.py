"""Grad-CAM of the bundled networks over CIFAR-10 test pictures: does it beat random maps, and does
it fall apart when weights are shuffled?

    python benchmarks/faithfulness.py FOLDER [PICTURES]

``FOLDER`` holds ``batches.meta`` and ``test_batch``, in the official Python format. Deletion is
better where its area is smaller than the mean of three random maps', insertion where it is larger.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from convnext_viz.data import cifar_batches
from convnext_viz.explain import cascading_randomization, deletion_insertion, stage_names
from convnext_viz.explain.maps.class_activation import class_activation_maps
from convnext_viz.nets import BUNDLED, Pretrained, load_bundled
from convnext_viz.results import Faithfulness


def main() -> None:
    """Prints a table for each network: a row a stage, then what shuffling leaves."""
    if len(sys.argv) < 2:
        print("No folder with cifar-10-batches-py was given: nothing is measured.")
        return
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    pictures = cifar_batches(Path(sys.argv[1])).test_images[:count]
    for name in BUNDLED:
        model = load_bundled(name)
        mean, std = (
            torch.tensor(v)[:, None, None] for v in (model.preprocess.mean, model.preprocess.std)
        )
        inputs = ((pictures.float() / 255 - mean) / std).split(1)
        print(f"{name}, Grad-CAM for the predicted class, {len(inputs)} test pictures")
        stages = [stage for stage in stage_names(model.net) if stage != "stem"]
        for stage in stages:
            show_curves(model, inputs, stage)
        for stage in stages[-2:]:
            show_shuffled(model, inputs, stage)


def show_curves(model: Pretrained, inputs: tuple[torch.Tensor, ...], stage: str) -> None:
    """Mean areas, the mean of the paired differences with its standard error, and the share won."""
    own: list[tuple[float, float]] = []
    random: list[tuple[float, float]] = []
    flat = 0
    for x in inputs:
        (found,) = class_activation_maps(model.net, x, stages=(stage,), methods=("grad_cam",))
        flat += bool(found.values.min() == found.values.max())
        *_, measured = deletion_insertion(model.net, x, found.values, found.target)
        assert isinstance(measured, Faithfulness)
        areas = measured.areas()
        own.append((areas["deletion"], areas["insertion"]))
        random.append((areas["random_deletion"], areas["random_insertion"]))
    for i, (kind, sign) in enumerate((("deletion", -1), ("insertion", 1))):
        a, b = np.array(own)[:, i], np.array(random)[:, i]
        better: NDArray[np.float64] = sign * (a - b)
        error = better.std(ddof=1) / len(better) ** 0.5
        print(
            f"  {stage} {kind:9} {a.mean():.3f}, random {b.mean():.3f}: better by"
            f" {better.mean():+.3f} ± {error:.3f}, for {(better > 0).mean():.0%} of the pictures"
            f" ({flat} flat maps)",
            flush=True,
        )


def show_shuffled(model: Pretrained, inputs: tuple[torch.Tensor, ...], stage: str) -> None:
    """Median and quartiles of the rank correlation with the true map, from the head down."""
    alike: dict[str, list[float]] = {}
    for seed, x in enumerate(inputs):
        for step in cascading_randomization(model.net, x, stage=stage, seed=seed):
            alike.setdefault(step.depth, []).append(step.similarity)
    told = []
    for depth, values in alike.items():
        low, middle, high = np.nanquantile(values, (0.25, 0.5, 0.75))
        flat = int(np.isnan(values).sum())
        told.append(f"{depth} {middle:.2f} ({low:.2f} … {high:.2f}; {flat} flat)")
    print(f"  {stage} shuffled down to: " + ", ".join(told), flush=True)


if __name__ == "__main__":
    main()
