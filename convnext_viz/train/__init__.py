"""Teaching a network: data, recipe, the loop that trains arms in lockstep, the lab around it."""

from convnext_viz.train.arms import Arm, prepare, restore, snapshot
from convnext_viz.train.cifar import cifar10, cifar100, cifar_batches
from convnext_viz.train.data import Dataset
from convnext_viz.train.estimate import too_long, within
from convnext_viz.train.evaluate import evaluate
from convnext_viz.train.experiment import Experiment, grid
from convnext_viz.train.folder import image_folder
from convnext_viz.train.home import home
from convnext_viz.train.lab import Lab
from convnext_viz.train.loop import lockstep
from convnext_viz.train.recipe import Recipe
from convnext_viz.train.runs import Run
from convnext_viz.train.shapes import shapes
from convnext_viz.train.sources import DataSpec, load

__all__ = [
    "Arm",
    "DataSpec",
    "Dataset",
    "Experiment",
    "Lab",
    "Recipe",
    "Run",
    "cifar10",
    "cifar100",
    "cifar_batches",
    "evaluate",
    "grid",
    "home",
    "image_folder",
    "load",
    "lockstep",
    "prepare",
    "restore",
    "shapes",
    "snapshot",
    "too_long",
    "within",
]
