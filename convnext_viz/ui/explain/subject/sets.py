"""Which pictures a measurement runs over: the app's, a data set of the lab's, a folder."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from convnext_viz.text import language, t
from convnext_viz.ui import visitor
from convnext_viz.ui.boundary import boundary
from convnext_viz.ui.explain.state import key, seed

if TYPE_CHECKING:
    from convnext_viz.data.image_sets import ImageSet

SETS = ("photographs", "shapes", "cifar10", "cifar100", "folder")
_TAKES_COUNT = SETS[1:]


def choose(place: str, counts: tuple[int, ...], *, default: str = SETS[0]) -> "ImageSet | None":
    """The chosen pictures; None, with a sentence, where there are none.

    ``place`` tells the choices of two views apart; ``counts``: how many to take, first the default.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        where = seed(f"{place}_set", SETS, default, param=f"{place}_set")
        kind = st.selectbox(
            t("explain_features.set.label"),
            SETS,
            format_func=lambda name: t(f"explain_features.set.{name}"),
            key=where,
            width=230,
        )
        count = 0
        if kind in _TAKES_COUNT:
            count = st.selectbox(
                t("explain_features.set.count"),
                sorted(counts),
                key=seed(f"{place}_count", sorted(counts), counts[0], param=f"{place}_count"),
                width=110,
            )
        path = ""
        if kind == "folder":
            path = st.text_input(
                t("explain_features.set.path"),
                key=key(f"{place}_path"),
                help=t("explain_features.set.path_help"),
                persist_state="session",
                width=280,
            ).strip()
    if kind == "folder" and not path:
        st.caption(t("explain_features.set.path_help"))
        return None
    return _opened(kind, path, count)


def link(place: str, *, default: str = SETS[0]) -> dict[str, Any]:
    """What a link holds of the choice: never a folder's path, nor that there is one."""
    kind = st.session_state.get(key(f"{place}_set"), default)
    shown = None if kind in ("folder", default) else kind
    count = st.session_state.get(key(f"{place}_count")) if shown in _TAKES_COUNT else None
    return {f"{place}_set": shown, f"{place}_count": count}


def _opened(kind: str, path: str, count: int) -> "ImageSet | None":
    found: ImageSet | None = None
    with boundary():
        from convnext_viz.data.cache import changed

        path = visitor.place(path)
        stamp = changed(Path(path).expanduser()) if path else 0
        found = _set(f"{kind}|{path}|{stamp}|{count}", kind, path, count, language())
    return found  # noqa: RET504  # the boundary may have ended its block


@st.cache_resource(max_entries=4, show_spinner=False)
def _set(name: str, kind: str, path: str, count: int, spoken: str) -> "ImageSet":
    """``spoken``: the language of the names."""
    del spoken
    from convnext_viz.data import DataSpec, load
    from convnext_viz.data.cifar import is_cifar_format
    from convnext_viz.data.image_sets import dataset_images, folder_pictures, sample_pictures

    if kind == "photographs":
        return sample_pictures(key=name)
    if kind == "folder" and not is_cifar_format(path):
        return folder_pictures(path, count=count, key=name)
    form: Any = "batches" if kind == "folder" else kind
    drawn = {"train": 10, "test": max(count, 10)} if kind == "shapes" else {}
    return dataset_images(load(DataSpec(kind=form, path=path, **drawn)), count, key=name)
