"""The sets of images that a visitor may use: pages reach sets through here alone."""

from convnext_viz.data import own_sets
from convnext_viz.data.own_sets import PictureSet
from convnext_viz.lab import rights
from convnext_viz.ui.visitor import visitor


def sets() -> tuple[PictureSet, ...]:
    """The visitor's own sets, for a teacher all; the newest first."""
    who = visitor()
    return tuple(one for one in own_sets.listing() if rights.may(one.owner, who.id, who.teacher))


def find(id: str) -> PictureSet | None:
    """One of them; None where there is none of that id for this visitor."""
    return next((one for one in sets() if one.id == id), None)
