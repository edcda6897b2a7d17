"""Choices of the Explain page, and what its link says in one word of several of them.

A picture and a network are one word each in the link ("cifar10:17", "run:…"), and several widgets
on the page. What was uploaded is in no link: there it is only called "own".
"""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from convnext_viz.data.samples import SAMPLES
from convnext_viz.nets.checkpoints import BUNDLED
from convnext_viz.nets.checkpoints.starters import first_downloaded
from convnext_viz.text import t
from convnext_viz.ui import choices
from convnext_viz.ui.explain.records import NetworkChoice, Picture, Question
from convnext_viz.ui.explain.subject import published

PICTURE_KINDS = ("sample", "upload", "camera", "test")
VIEWS = ("look", "grid", "features", "field", "compare")
NET_KINDS = ("bundled", "lab", "pretrained", "checkpoint")
OF_FEATURES = ("features", "field")  # views that need no classes
PREDICTED = -1  # in place of a class: whichever the net predicts
OWN = "own"  # in a link: a file of the visitor who made it
_ASKED = "explain_asked"  # no widget's: picture and network as the link names them
_OWN_KIND = "explain_own_kind"  # no widget's: where the visitor's last own picture came from

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
        picture, net = choices.requested("picture"), choices.requested("net")
        st.session_state[_ASKED] = {"picture": picture, "net": net}
        _restore_picture(picture)
        _restore_network(net)


def compare_with_link(picture: Picture | None, choice: NetworkChoice | None) -> None:
    """After the choices: notes what of the link's picture and network is not what is shown."""
    asked: dict[str, str | None] = st.session_state.pop(_ASKED, {})
    shown = {
        "picture": picture and (picture.link or OWN),
        "net": choice and (choice.link or OWN),
    }
    for name, text in asked.items():
        newest = text is not None and text.startswith("run:") and "::" in text  # of any seed
        if text is not None and text != shown[name] and not newest:
            choices.reject(name, text)
    if shown["picture"] == OWN:
        st.session_state[_OWN_KIND] = choices.value(key("picture_kind"), "upload")


def notices() -> list[str]:
    """What of the link cannot be shown, a sentence each, until another choice is made."""
    found = []
    for name, text in choices.rejected().items():
        kind = name if name in ("picture", "net") else "word"
        if text == OWN and kind != "word":
            found.append(t(f"explain.link.own_{kind}"))
        elif kind != "word":
            found.append(t(f"explain.link.{kind}", value=text[:60]))
        else:
            found.append(t("explain.link.word", name=name, value=text[:60]))
    return found


def choose_tag(tag: str) -> None:
    """Chooses pretrained weights, before the widgets: family, network and weights."""
    network = tag.partition(".")[0]
    family = published.family(network)
    _put(net_kind="pretrained", family=family)
    _put(**{f"network_of_{family}": network, f"tag_of_{network}": tag})


def write_link(question: Question, shown: Link) -> None:
    """Puts what is looked at, and what a view shows of it, into the link; None is left out."""
    subject = question.subject
    looked_at = {
        "picture": subject.picture.link or OWN,
        "net": subject.choice.link or OWN,
        "class": question.target if question.chosen else None,
    }
    for name, value in (looked_at | dict(shown)).items():
        choices.in_link(name, None if value is None else str(value))


def _restore_picture(link: str | None) -> None:
    """``"chelsea"``, ``"cifar10:17"`` for a test image, or ``"own"``."""
    if link == OWN and choices.gone_back() and _OWN_KIND in st.session_state:
        _put(picture_kind=st.session_state[_OWN_KIND])
        return
    of, _, place = (link or "").rpartition(":")
    _put(picture_kind="test" if of else "sample")
    if of:
        kind = of.partition(":")[0]
        kind = kind if kind in ("run", "cifar10", "cifar100") else "shapes"
        _put(set=kind, index=int(place) if place.isdigit() else 0)
    else:
        _put(sample=place if place in SAMPLES else next(iter(SAMPLES)))


def _restore_network(link: str | None) -> None:
    """A bundled one, ``"run:<run>:<seed>:<arm>"``, the tag of pretrained weights, or ``"own"``."""
    if link == OWN and choices.gone_back():
        _put(net_kind="checkpoint")
        return
    link = (first_downloaded() or BUNDLED[0]) if link in (None, OWN) else link
    assert link is not None
    if link in BUNDLED:
        _put(net_kind="bundled", bundled=link)
    elif link.startswith("run:"):
        _, run, of, arm = (*link.split(":", 3), "", "", "")[:4]
        _put(net_kind="lab", lab_run=run, lab_seed=int(of) if of.isdigit() else of, lab_arm=arm)
    else:
        choose_tag(link)


def _put(**values: Any) -> None:
    for name, value in values.items():
        choices.put(key(name), value)
