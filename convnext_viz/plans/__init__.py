"""What a network consists of: every layer with its shape, parameters, multiply-adds and field."""

from convnext_viz.plans.convnext import plan, smallest_image
from convnext_viz.plans.layers import Block, Kind, Layer, Plan, Shape, Stage

__all__ = ["Block", "Kind", "Layer", "Plan", "Shape", "Stage", "plan", "smallest_image"]
