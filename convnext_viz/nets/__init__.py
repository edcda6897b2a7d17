"""What runs: specs built as torch modules, with fresh or trained weights."""

from convnext_viz.nets.build import build

__all__ = ["build"]
