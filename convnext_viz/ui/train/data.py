"""The data set's controls: which images the networks learn from, downloaded where missing."""

from typing import Any

import streamlit as st

from convnext_viz.data import DataSpec, load
from convnext_viz.data.cifar import is_cifar_format
from convnext_viz.data.sources import facts
from convnext_viz.numbers import size
from convnext_viz.text import t
from convnext_viz.ui import lab
from convnext_viz.ui.choices import choice, put, words

KINDS = ("shapes", "cifar10", "cifar100", "folder")
_PICTURES = (500, 1000, 2000, 5000, 10000, 20000, 50000)


def choose() -> DataSpec | None:
    """The chosen data set; None, with what to do, where its pictures are not there."""
    remembered = lab.lab().remembered()
    kind = st.selectbox(
        t("train_page.data.label"),
        KINDS,
        format_func=lambda name: t(f"train_page.data.{name}"),
        key=choice("train_data", KINDS, remembered.kind if remembered.kind in KINDS else "folder"),
    )
    path = ""
    if kind != "shapes":
        path = st.text_input(
            t("train_page.data.path"),
            key=words("train_path", remembered.path),
            help=t("train_page.data.path_help" if kind == "folder" else "train_page.data.where"),
        ).strip()
    count = st.select_slider(
        t("train_page.data.pictures"),
        _PICTURES,
        key=choice("train_pictures", _PICTURES, 2000),
        help=t("train_page.data.pictures_help"),
        format_func=lambda n: f"{n:,}",
    )
    if kind == "folder" and not path:
        st.info(t("train_page.data.waiting"))
        return None
    data = DataSpec(kind=_form(kind, path), path=path, train=count, test=_held_out(count))
    with st.spinner(t("train_page.data.reading")):
        missing = lab.is_there(data)
    if missing:
        st.warning(missing)
        if data.kind in ("cifar10", "cifar100"):
            _offer_download(data)
        return None
    return data


def take_over(data: DataSpec) -> bool:
    """Set the controls to a run's data; False where they cannot show it."""
    put("train_data", data.kind if data.kind in KINDS else "folder")
    put("train_path", data.path)
    described = facts(data) if data.kind in ("shapes", "cifar10", "cifar100") else data
    most = [count for count in _PICTURES if count <= (described.train or _PICTURES[-1])]
    count = most[-1] if most else _PICTURES[0]
    put("train_pictures", count)
    return (described.train, described.test, described.image_size) == (count, _held_out(count), 32)


def _held_out(count: int) -> int:
    return max(100, count // 5)


def _form(kind: Any, path: str) -> Any:
    """A folder may hold pictures, or CIFAR's files."""
    return "batches" if kind == "folder" and is_cifar_format(path) else kind


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
