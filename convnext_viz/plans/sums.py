"""Sums of a stage: equal blocks together, then its own layers; ``27 × 2,126,848 + 525,312``."""

from dataclasses import dataclass
from typing import Literal

from convnext_viz.plans.fold import Fold, fold
from convnext_viz.plans.kinds import Layer
from convnext_viz.plans.structure import Stage

Quantity = Literal["params", "macs"]


@dataclass(frozen=True, slots=True)
class Term:
    """What is counted ``count`` times: a block, a layer, or all of a stage's own layers."""

    of: Fold | Layer | tuple[Layer, ...]

    @property
    def count(self) -> int:
        """How many of them the stage has."""
        return self.of.count if isinstance(self.of, Fold) else 1

    def each(self, quantity: Quantity) -> int:
        """Parameters or multiply-adds of one of them."""
        if isinstance(self.of, Fold):
            return int(getattr(self.of.first, quantity))
        # A layer is a tuple, too.
        layers = (self.of,) if isinstance(self.of, Layer) else self.of
        return sum(getattr(layer, quantity) for layer in layers)


def terms(stage: Stage) -> tuple[Term, ...]:
    """What a stage's parameters and multiply-adds are the sums of.

    Without blocks, as stem and head: the layers that cost anything.
    """
    if not stage.blocks:
        return tuple(Term(layer) for layer in stage.own if layer.params or layer.macs)
    own = (Term(stage.own),) if stage.own else ()
    return (*map(Term, fold(stage)), *own)


def equation(stage: Stage, quantity: Quantity) -> str:
    """The sum in one line: ``27 × 2,126,848 + 525,312 = 57,950,208``; one number alone as it is."""
    total = f"{getattr(stage, quantity):,}"
    parts = [(term.count, f"{term.each(quantity):,}") for term in terms(stage)]
    summed = " + ".join(f"{count} × {each}" if count > 1 else each for count, each in parts)
    return total if summed in ("", total) else f"{summed} = {total}"
