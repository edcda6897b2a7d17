"""The data set's controls: which images the networks learn from, downloaded where missing."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import streamlit as st

from convnext_viz.data import DataSpec, load
from convnext_viz.data.cifar import is_cifar_format
from convnext_viz.data.dataset import Origin
from convnext_viz.data.folder import HELD_BACK
from convnext_viz.data.sources import facts
from convnext_viz.numbers import exact, size
from convnext_viz.text import t
from convnext_viz.ui import lab, visitor
from convnext_viz.ui.choices import choice, link_decides, put, value, words
from convnext_viz.ui.train import own_set
from convnext_viz.ui.train import recipe as recipes

KINDS = ("shapes", "cifar10", "cifar100", "folder", "own")
_PICTURES = (500, 1000, 2000, 5000, 10000, 20000, 50000)
_NAMED = 200  # files that could not be read
_FEW = 100  # test images: with fewer, one of them is more than a percentage point

_OF_LINK = "train_folder"  # no widget's: whether the link's sender used a folder


def choose() -> DataSpec | None:
    """The chosen data set; None, with what to do, where its pictures are not there."""
    by_link = link_decides(_OF_LINK)
    kind: Any = st.selectbox(
        t("train_page.data.label"),
        KINDS,
        format_func=lambda name: t(f"train_page.data.{name}"),
        key=choice("train_data", KINDS, "shapes", link="data"),
    )
    if kind == "own":
        return own_set.choose()
    path = ""
    if kind != "shapes":
        path = st.text_input(
            t("train_page.data.path"),
            key=words("train_path"),  # in no link, and nobody else's default
            help=t("train_page.data.path_help" if kind == "folder" else "train_page.data.where"),
        )
        path = _bare(path)
    try:
        path = visitor.place(path)
    except ValueError as error:
        st.warning(str(error), icon=":material/lock:")
        return None
    if by_link:
        st.session_state[_OF_LINK] = kind == "folder" and not path
    if kind == "folder":
        return _own(path)
    count = _count(_PICTURES)
    data = DataSpec(kind=kind, path=path, train=count, test=_held_out(count))
    missing = _missing(data)
    if missing:
        st.warning(missing)
        _offer_download(data)
        return None
    return data


def _own(path: str) -> DataSpec | None:
    """The visitor's folder, and what is in it."""
    if not path:
        sent = st.session_state.get(_OF_LINK, False)
        st.info(t("train_page.data.not_in_link" if sent else "train_page.data.waiting"))
        return None
    st.session_state[_OF_LINK] = False
    kind: Any = "batches" if is_cifar_format(path) else "folder"
    complete = DataSpec(kind=kind, path=path)
    missing = _missing(complete)
    if missing:
        st.warning(missing)
        return None
    total = facts(complete).train
    count = _count([*(n for n in _PICTURES if n < total), total])
    data = DataSpec(kind=kind, path=path, train=count, test=_held_out(count))
    found = facts(data)
    st.caption(
        t(
            "train_page.data.found",
            classes=found.classes,
            train=exact(found.train),
            test=exact(found.test),
        )
    )
    if found.origin is not None:
        _tell(found.origin, complete)
    if found.test < _FEW:
        points = f"{100 / found.test:.3g}"
        st.warning(t("train_page.data.few_tests", test=found.test, points=points))
    return data


def _tell(origin: Origin, complete: DataSpec) -> None:
    """What was made of the folder, and which files were left out."""
    between = t("train_page.data.between")
    if not origin.test_folder:
        held, total = facts(complete).test, facts(complete).train + facts(complete).test
        numbers = {"test": exact(held), "total": exact(total), "part": HELD_BACK}
        st.caption(t("train_page.data.split", **numbers))
    elif origin.test_folder.casefold() != "test":
        st.caption(t("train_page.data.test_folder", folder=origin.test_folder))
    if origin.unused:
        st.caption(t("train_page.data.unused", folders=between.join(origin.unused)))
    left_out = origin.unreadable
    if not left_out:
        return
    reasons = Counter(t(f"images.reason.{reason}") for _, reason in left_out)
    words = [
        t("train_page.data.reason", reason=reason, count=exact(count))
        for reason, count in reasons.most_common()
    ]
    counts = {"count": exact(len(left_out)), "total": exact(origin.files)}
    st.warning(t("train_page.data.unreadable", reasons=between.join(words), **counts))
    with st.expander(t("train_page.data.which")):
        for name, reason in left_out[:_NAMED]:
            st.text(f"{name}: {t(f'images.reason.{reason}')}")
        if left_out[_NAMED:]:
            st.caption(t("train_page.data.more", count=exact(len(left_out) - _NAMED)))


def _count(options: Sequence[int]) -> int:
    """How many pictures to learn from; no choice where there is none."""
    if len(options) == 1:
        return options[0]
    wanted = recipes.of_preset("pictures")
    default = max((count for count in options if count <= wanted), default=options[0])
    return int(
        st.select_slider(
            t("train_page.data.pictures"),
            options,
            key=choice("train_pictures", options, default, link="images"),
            help=t("train_page.data.pictures_help"),
            format_func=exact,
        )
    )


def _missing(data: DataSpec) -> str:
    with st.spinner(t("train_page.data.reading")):
        return lab.is_there(data)


def take_over(data: DataSpec) -> bool:
    """Set the controls to a run's data; False where they cannot show it.

    The folder of a run may be another visitor's: only who has entered it keeps it.
    """
    put("train_data", data.kind if data.kind in KINDS else "folder")
    if data.kind == "own":
        return own_set.take_over(data)
    known = _is_entered(data.path)
    if not known:
        put("train_path", "")
    if data.foreign:
        put("train_pictures", data.train)
        numbers = data.test, data.image_size
        return known and (data.train is None or numbers == (_held_out(data.train), 32))
    described = facts(data)
    most = [count for count in _PICTURES if count <= (described.train or _PICTURES[-1])]
    count = most[-1] if most else _PICTURES[0]
    put("train_pictures", count)
    shown = (described.train, described.test, described.image_size)
    return (known or not data.path) and shown == (count, _held_out(count), 32)


def _is_entered(path: str) -> bool:
    """Whether the visitor's own path is this one."""
    try:
        return visitor.place(_bare(value("train_path", ""))) == path
    except ValueError:
        return False


def _bare(path: str) -> str:
    """A path without the quotation marks with which Windows copies it."""
    return path.strip().strip("\"'")


def _held_out(count: int) -> int:
    return max(100, count // 5)


def _offer_download(data: DataSpec) -> None:
    if st.button(t("train_page.data.download"), icon=":material/download:"):
        bar = st.progress(0.0, t("train_page.data.begins"))

        def on_progress(done: int, total: int) -> None:
            share = done / total if total else 0.0
            says = t("train_page.data.progress", done=size(done), total=size(total))
            bar.progress(min(1.0, share), says)

        load(data, download=True, progress=on_progress)
        lab.is_there.clear()
        st.rerun()
