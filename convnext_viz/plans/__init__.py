"""Plans of networks: every layer with its shape, parameters, multiply-adds and receptive field."""

from convnext_viz.plans.kind import Shape, channels, positions
from convnext_viz.plans.kinds import KINDS, Layer
from convnext_viz.plans.planner import plan, smallest_image
from convnext_viz.plans.structure import (
    Block,
    Branch,
    Plan,
    Residual,
    Stage,
    Step,
    main_way,
    operations,
    walk,
)

__all__ = [
    "KINDS",
    "Block",
    "Branch",
    "Layer",
    "Plan",
    "Residual",
    "Shape",
    "Stage",
    "Step",
    "channels",
    "main_way",
    "operations",
    "plan",
    "positions",
    "smallest_image",
    "walk",
]
