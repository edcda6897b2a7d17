"""The planner of each family, which turns a spec into its plan, and what all planners share."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from convnext_viz.plans import convnext, repvgg, swin, vit
from convnext_viz.plans.chain import At
from convnext_viz.plans.structure import Plan, Stage
from convnext_viz.specs import ConvNeXtSpec, RepVGGSpec, Spec, SwinSpec, ViTSpec
from convnext_viz.text import t


class Planner(NamedTuple):
    """How a family's specs become stages, and which images are large enough for them."""

    stages: Callable[[Any, At], Iterator[Stage]]
    smallest_image: Callable[[Any], int]


PLANNERS: dict[type[Spec], Planner] = {
    ConvNeXtSpec: Planner(convnext.stages, convnext.smallest_image),
    RepVGGSpec: Planner(repvgg.stages, repvgg.smallest_image),
    SwinSpec: Planner(swin.stages, swin.smallest_image),
    ViTSpec: Planner(vit.stages, vit.smallest_image),
}


def smallest_image(spec: Spec) -> int:
    """The smallest side, in pixels, of an image that reaches the head of the net."""
    return PLANNERS[type(spec)].smallest_image(spec)


def plan(spec: Spec, image_size: int | tuple[int, int] = 224) -> Plan:
    """The plan of a spec for square images or (height, width), in pixels.

    Raises ``ValueError`` if the image is too small, saying the smallest that works.
    """
    height, width = (image_size, image_size) if isinstance(image_size, int) else image_size
    if min(height, width) < (smallest := smallest_image(spec)):
        size = f"{height}×{width}"
        raise ValueError(t("plans.error.too_small", size=size, smallest=smallest))
    stages = PLANNERS[type(spec)].stages(spec, At((spec.in_chans, height, width)))
    return Plan(spec, (height, width), tuple(stages))
