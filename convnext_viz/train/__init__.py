"""Teaching a network: data, augmentation, recipe, and the loop that trains arms in lockstep."""

from convnext_viz.train.arms import Arm, prepare, restore, snapshot
from convnext_viz.train.cifar import cifar10, cifar100, cifar_batches
from convnext_viz.train.data import Dataset
from convnext_viz.train.evaluate import evaluate
from convnext_viz.train.folder import image_folder
from convnext_viz.train.loop import lockstep
from convnext_viz.train.recipe import Recipe
from convnext_viz.train.shapes import shapes

__all__ = [
    "Arm",
    "Dataset",
    "Recipe",
    "cifar10",
    "cifar100",
    "cifar_batches",
    "evaluate",
    "image_folder",
    "lockstep",
    "prepare",
    "restore",
    "shapes",
    "snapshot",
]
