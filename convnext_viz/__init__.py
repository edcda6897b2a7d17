"""ConvNeXt Viz: describe, count, build, run and draw ConvNeXt and its neighbours.

This package imports nothing, so that a figure never drags torch in: import the room you need,
for example ``from convnext_viz.plans import plan``.
"""

__version__ = "0.1.0"
