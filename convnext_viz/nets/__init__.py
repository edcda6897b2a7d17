"""What runs: specs built as torch modules, with fresh or trained weights."""

from convnext_viz.nets.build import build
from convnext_viz.nets.checkpoint import load_checkpoint, save_net
from convnext_viz.nets.preprocess import Preprocess
from convnext_viz.nets.recognise import spec_of
from convnext_viz.nets.rename import rename
from convnext_viz.nets.weights import Pretrained, WeightsError

__all__ = [
    "Preprocess",
    "Pretrained",
    "WeightsError",
    "build",
    "load_checkpoint",
    "rename",
    "save_net",
    "spec_of",
]
