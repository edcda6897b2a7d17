"""Images come in: files of one class, a ZIP archive of class folders, the camera."""

from collections import Counter
from collections.abc import Callable

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from convnext_viz.data import own_sets
from convnext_viz.data.limits import LARGEST_MB
from convnext_viz.data.own_sets import Added, PictureSet
from convnext_viz.numbers import exact
from convnext_viz.text import t
from convnext_viz.ui import own_runs
from convnext_viz.ui.choices import choice
from convnext_viz.ui.literal import literal
from convnext_viz.ui.yours import state

WAYS = ("files", "zip", "camera")

_DONE = "yours_added"  # no widget's: what came of the last addition, until it is shown
_TURN = "yours_turn"  # no widget's: an uploader that has been read is replaced by an empty one
_CLASS = "yours_last_class"  # no widget's: what was added last; more of it may follow
_NAMED = 10  # files in a sentence


def show(found: PictureSet) -> None:
    """The way in, and what came of the last one."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        way = st.segmented_control(
            t("yours.add.way"),
            WAYS,
            format_func=lambda name: t(f"yours.add.{name}"),
            key=choice("yours_way", WAYS, WAYS[0]),
            required=True,
        )
        label = "" if way == "zip" else _class(found)
    turn = st.session_state.setdefault(_TURN, 0)
    if way == "zip":
        st.file_uploader(
            t("yours.add.zip_label"),
            type=["zip"],
            key=f"yours_zip_{turn}",
            max_upload_size=LARGEST_MB * 10,
            on_change=_take_zip,
            args=(found.id, f"yours_zip_{turn}"),
        )
    elif not label:
        st.info(t("yours.add.first_class"), icon=":material/label:")
    elif way == "camera":
        _take(
            found.id,
            label,
            st.camera_input(
                t("yours.add.camera_label", label=label), key=f"yours_camera_{turn}", width=480
            ),
        )
        st.caption(t("yours.add.camera_note"))
    else:
        st.file_uploader(
            t("yours.add.files_label", label=label),
            accept_multiple_files=True,
            key=f"yours_files_{turn}_{label}",
            max_upload_size=LARGEST_MB,
            on_change=_take_files,
            args=(found.id, label, f"yours_files_{turn}_{label}"),
        )
    _tell()


def _class(found: PictureSet) -> str:
    """The class that the images to come are of; a list of other classes is another widget, as an
    old one would go on to offer a class that was renamed."""
    last = st.session_state.get(_CLASS)
    usual = found.classes.index(last) if last in found.classes else 0
    chosen = st.selectbox(
        t("yours.add.class"),
        found.classes,
        index=usual if found.classes else None,
        placeholder=t("yours.add.class_new"),
        accept_new_options=True,
        key=f"yours_class_{found.id}_{hash(found.classes)}",
        help=t("yours.add.class_help"),
        width=280,
    )
    return str(chosen or "").strip()


def _take_files(id: str, label: str, where: str) -> None:
    files = [(file.name, file.getvalue()) for file in st.session_state[where] or ()]
    if files:
        _add(lambda: own_sets.add(id, label, files))


def _take_zip(id: str, where: str) -> None:
    archive = st.session_state[where]
    if archive is not None:
        _add(lambda: own_sets.add_archive(id, archive))


def _take(id: str, label: str, photo: UploadedFile | None) -> None:
    """A photo of the camera; the next one can be taken at once."""
    if photo is None:
        return
    number = st.session_state[_TURN] + 1
    name = t("yours.add.camera_name", number=number)
    _add(lambda: own_sets.add(id, label, [(f"{name}.jpg", photo.getvalue())]))
    st.rerun()


def _add(call: Callable[[], Added]) -> None:
    done = st.session_state[_DONE] = state.made(lambda: _within_quota(call))
    if done is not None and done.added:
        st.session_state[_CLASS] = done.added[-1].label
    st.session_state[_TURN] += 1


def _within_quota(call: Callable[[], Added]) -> Added:
    own_runs.check_space()
    with st.spinner(t("yours.add.reading")):
        return call()


def _tell() -> None:
    """What was added, what was there already, what could not be read and why."""
    done: Added | None = st.session_state.pop(_DONE, None)
    if done is None:
        return
    if done.added:
        classes = Counter(one.label for one in done.added)
        parts = t("yours.between").join(
            t("yours.add.of_class", label=literal(label), count=exact(count))
            for label, count in classes.items()
        )
        st.success(t("yours.add.added", parts=parts), icon=":material/check:")
    if done.same:
        st.info(t("yours.add.same", count=len(done.same), names=_names(done.same)))
    if done.left_out:
        names = _names(done.left_out)
        st.warning(t("yours.add.full", count=len(done.left_out), names=names))
    if done.unused:
        st.info(t("train_page.data.unused", folders=_names(done.unused)))
    if done.unreadable:
        lines = [
            t("yours.add.line", name=literal(name), reason=t(f"images.reason.{reason}"))
            for name, reason in done.unreadable
        ]
        st.warning(
            "\n".join([t("yours.add.unreadable", count=len(lines)), "", *lines[:_NAMED]]),
            icon=":material/broken_image:",
        )
        if lines[_NAMED:]:
            st.caption(t("yours.add.more", count=exact(len(lines) - _NAMED)))


def _names(names: tuple[str, ...]) -> str:
    shown = t("yours.between").join(map(literal, names[:_NAMED]))
    return shown if len(names) <= _NAMED else t("yours.add.and_more", names=shown)
