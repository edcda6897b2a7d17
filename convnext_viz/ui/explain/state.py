"""Choices of the Explain page, and what its link says in one word of several of them.

A picture and a network are one word each in the link ("cifar10:17", "run:…"), and several widgets
on the page. What was uploaded is in no link.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from convnext_viz.nets.checkpoints import BUNDLED
from convnext_viz.ui import choices
from convnext_viz.ui.explain.records import Question

PICTURE_KINDS = ("sample", "upload", "camera", "test")
VIEWS = ("look", "grid", "features", "field", "compare")
NET_KINDS = ("bundled", "lab", "pretrained", "checkpoint")
OF_FEATURES = ("features", "field")  # views that need no classes
PREDICTED = -1  # in place of a class: whichever the net predicts

_OF_WIDGETS = frozenset(
    {
        *("view", "class", "stage", "opacity", "method", "against", "steps", "shuffle", "colours"),
        *("part", "order", "scale", "page", "channel", "block", "excite_set", "excite_count"),
        *("side", "row", "column", "field_set", "field_count", "each"),
    }
)  # parameters of the link that are one widget's value

Link = Mapping[str, object]  # parameters of the link; None is left out


def key(name: str) -> str:
    """The session key of a choice."""
    return f"explain_{name}"


def seed(name: str, options: Sequence[Any], default: Any, *, param: str = "") -> str:
    """Before its widget: the key of one of ``options``, its value put there.

    ``param``: what a link calls it, where it is in links by itself.
    """
    link = param if param in _OF_WIDGETS else ""
    return choices.choice(key(name), options, default, link=link)


def restore() -> None:
    """Before the first widget: where the link decides, picture and network are what it says."""
    for name in _OF_WIDGETS | {"picture", "net", "models"}:
        choices.in_link(name, None)  # ours, and in the address only where it is shown
    if choices.link_decides(key("subject")):
        _restore_picture(choices.requested("picture"))
        _restore_network(choices.requested("net") or BUNDLED[0])


def write_link(question: Question, shown: Link) -> None:
    """Puts what is looked at, and what a view shows of it, into the link; None is left out."""
    subject = question.subject
    looked_at = {
        "picture": subject.picture.link,
        "net": subject.choice.link,
        "class": question.target if question.chosen else None,
    }
    for name, value in (looked_at | dict(shown)).items():
        choices.in_link(name, None if value is None else str(value))


def _restore_picture(link: str | None) -> None:
    """``"chelsea"``, or ``"cifar10:17"`` for a test image; None may be of a visitor's own file."""
    kind = choices.value(key("picture_kind"), PICTURE_KINDS[0])
    if link is None and choices.gone_back() and kind in ("upload", "camera"):
        return
    of, _, place = (link or "").rpartition(":")
    _put(picture_kind="test" if of else "sample")
    if of:
        _put(set=of.partition(":")[0], index=int(place) if place.isdigit() else 0)
    else:
        _put(sample=place)


def _restore_network(link: str) -> None:
    """A bundled one, ``"run:<run>:<seed>:<arm>"``, or the tag of pretrained weights."""
    if link in BUNDLED:
        _put(net_kind="bundled", bundled=link)
    elif link.startswith("run:"):
        _, run, of, arm = (*link.split(":", 3), "", "", "")[:4]
        _put(net_kind="lab", lab_run=run, lab_seed=int(of) if of.isdigit() else of, lab_arm=arm)
    else:
        _put(net_kind="pretrained", tag=link)


def _put(**values: Any) -> None:
    for name, value in values.items():
        choices.put(key(name), value)
