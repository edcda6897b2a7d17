"""Published accuracies beside counted costs: what each network of the papers gets for its cost.

Accuracies and speeds are printed ones, parameters and multiply-adds are counted from the plan.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from convnext_viz.plans.planner import plan
from convnext_viz.specs import FAMILIES, VARIANTS, RepVGGSpec, Spec, default_size
from convnext_viz.specs.imagenet import IMAGENET, Accuracy
from convnext_viz.specs.published_speeds import Card, speed

Data = Literal["1k", "22k"]
Axis = Literal["macs", "params", "rtx4090", "v100"]

AXES: tuple[Axis, ...] = ("macs", "params", "rtx4090", "v100")
DATA: tuple[Data, ...] = ("1k", "22k")
CARDS: dict[Axis, Card] = {"rtx4090": "rtx4090", "v100": "v100"}
"""Axes that are speeds, and the graphics card on which they were measured."""

_MORE_DATA = ("in22k", "fcmae_in22k")


@dataclass(frozen=True, kw_only=True)
class TradeOff:
    """One published accuracy, and what the network costs at that image size."""

    accuracy: Accuracy
    series: str  # as ``FAMILIES`` groups named networks
    params: int
    macs: int  # of one image

    @property
    def name(self) -> str:
        """The network's."""
        return self.accuracy.name

    @property
    def top1(self) -> float:
        """Per cent."""
        return float(self.accuracy.top1)

    def place(self, axis: Axis) -> float | None:
        """Parameters, multiply-adds or images a second; None where no speed was published."""
        if axis in CARDS:
            row = speed(self.name, self.accuracy.image_size, CARDS[axis])
            return float(row.per_second) if row else None
        return float(self.params if axis == "params" else self.macs)

    def cost(self, axis: Axis) -> float | None:
        """The same as a cost, of which less is better: a speed as seconds an image."""
        place = self.place(axis)
        return 1 / place if place and axis in CARDS else place


def at_inference(spec: Spec) -> Spec:
    """The network as it is used after training: RepVGG without its branches."""
    return replace(spec, form="deployed") if isinstance(spec, RepVGGSpec) else spec


@cache
def trade_offs(data: Data) -> tuple[TradeOff, ...]:
    """Every published accuracy with that pre-training; ``"22k"``: with ImageNet-22K (or 21K)."""
    rows = [row for row in IMAGENET if (row.training in _MORE_DATA) == (data == "22k")]
    return tuple(_counted(row) for row in rows)


def of_network(name: str, data: Data, axis: Axis | None = None) -> TradeOff | None:
    """The one that speaks for a network: at its own image size or the nearest one, the best there.

    With ``axis``, only one that has a place there. None where nothing was published.
    """
    known = [
        one
        for one in trade_offs(data)
        if one.name == name and (axis is None or one.place(axis) is not None)
    ]
    size = default_size(VARIANTS[name])
    order = sorted(known, key=lambda one: (abs(one.accuracy.image_size - size), -one.top1))
    return next(iter(order), None)


def chosen(names: Sequence[str], data: Data, axis: Axis) -> tuple[TradeOff, ...]:
    """Those of several networks that have one, in their order."""
    found = [of_network(name, data, axis) for name in names]
    return tuple(one for one in found if one)


def _counted(row: Accuracy) -> TradeOff:
    described = plan(at_inference(VARIANTS[row.name]), row.image_size)
    return TradeOff(
        accuracy=row,
        series=next(
            series
            for family in FAMILIES.values()
            for series, named in family.series.items()
            if row.name in named
        ),
        params=described.params,
        macs=described.macs,
    )
