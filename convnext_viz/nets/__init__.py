"""What runs: specs built as torch modules, with fresh or trained weights."""

from convnext_viz.nets.build import build
from convnext_viz.nets.bundled import BUNDLED, Card, load_bundled, load_card, save_bundled
from convnext_viz.nets.checkpoint import load_checkpoint, save_net
from convnext_viz.nets.preprocess import Preprocess
from convnext_viz.nets.pretrained import Tag, load_pretrained, pretrained_tags
from convnext_viz.nets.recognise import spec_of
from convnext_viz.nets.rename import rename
from convnext_viz.nets.source import source
from convnext_viz.nets.weights import Pretrained, WeightsError, fingerprint

__all__ = [
    "BUNDLED",
    "Card",
    "Preprocess",
    "Pretrained",
    "Tag",
    "WeightsError",
    "build",
    "fingerprint",
    "load_bundled",
    "load_card",
    "load_checkpoint",
    "load_pretrained",
    "pretrained_tags",
    "rename",
    "save_bundled",
    "save_net",
    "source",
    "spec_of",
]
