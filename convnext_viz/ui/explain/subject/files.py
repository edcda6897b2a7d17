"""Uploaded files of a visitor: any number at once, stored for the session.

Streamlit forgets them as soon as their widget is not drawn, as when another kind of picture is
chosen for a moment.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from convnext_viz.text import t
from convnext_viz.ui import visitor
from convnext_viz.ui.explain import cached
from convnext_viz.ui.explain.records import UserFile
from convnext_viz.ui.explain.state import key

_GIVEN = "explain_given"  # no widget's: what was given so far, by widget
_DIGESTS = "explain_digests"  # no widget's: of files that are in a widget


def choose(name: str, label: str, *, most: int, largest: int) -> tuple[UserFile, ...]:
    """All files given under ``name`` in this session, the newest last.

    ``largest``: MB a file, at most the server's own limit. Of those that are in the widget no
    more, as many stay as have ``most`` bytes in all.
    """
    given = st.session_state.setdefault(_GIVEN, {})
    before, now = given.get(name, ((), ()))
    if key(name) not in st.session_state:  # a new widget, which is empty
        before, now = _newest((*before, *now), most), ()
    files = st.file_uploader(
        label,
        accept_multiple_files=True,
        key=key(name),
        max_upload_size=largest,
        label_visibility="collapsed",
    )
    now = tuple(map(read, files))
    given[name] = (before, now)
    if before:
        st.button(
            t("explain_subjects.files.forget", count=len(before)),
            key=key(f"{name}_forget"),
            on_click=lambda: given.update({name: ((), now)}),
            type="tertiary",
        )
    return tuple({one.key: one for one in (*before, *now)}.values())


def last(name: str, new: UserFile | None) -> UserFile | None:
    """The file given last under ``name``, which is ``new`` where there is a new one."""
    given = st.session_state.setdefault(_GIVEN, {})
    if new is not None:
        given[name] = new
    found: UserFile | None = given.get(name)
    return found


def at_path(name: str, label: str, about: str) -> tuple[UserFile, ...]:
    """The file at a path on the computer that runs the app, which is not read here; none, with a
    sentence, where there is none. The path is in no link."""
    path = st.text_input(label, key=key(name), help=about, persist_state="session").strip()
    if not path:
        return ()
    try:
        file = Path(visitor.place(path)).expanduser()
    except ValueError as error:
        st.error(str(error), icon=":material/lock:")
        return ()
    try:
        state = file.stat()
        if not file.is_file():
            raise FileNotFoundError
    except (OSError, ValueError):  # a path may be no path at all
        st.error(t("explain_network.no_file", path=path[:200]), icon=":material/error:")
        return ()
    stamp = f"{file.absolute()}|{state.st_size}|{state.st_mtime_ns}"
    return (UserFile(file.name, cached.digest(stamp.encode()), b"", str(file)),)


def beside(name: str) -> list[tuple[str, bytes]]:
    """Of the files given under ``name``, those that say something of the weights beside them."""
    before, now = st.session_state.get(_GIVEN, {}).get(name, ((), ()))
    return [(one.name, one.data) for one in (*before, *now) if is_beside(one)]


def is_beside(file: UserFile) -> bool:
    """Whether a file is class names or a configuration, by its ending."""
    return PurePath(file.name).suffix.lower() in (".json", ".txt")


def read(file: UploadedFile) -> UserFile:
    """The file with its checksum, which is computed once."""
    digests = st.session_state.setdefault(_DIGESTS, {})
    data = file.getvalue()
    if file.file_id not in digests:
        digests[file.file_id] = cached.digest(data)
    return UserFile(file.name, digests[file.file_id], data)


def names(files: Mapping[str, UserFile]) -> dict[str, str]:
    """By key what each file is called, no two of them alike."""
    seen: Counter[str] = Counter()
    called = {}
    for one, file in files.items():
        seen[file.name] += 1
        called[one] = file.name if seen[file.name] == 1 else f"{file.name} ({seen[file.name]})"
    return called


def _newest(files: Iterable[UserFile], most: int) -> tuple[UserFile, ...]:
    newest: list[UserFile] = []
    for file in reversed({one.key: one for one in files}.values()):
        most -= len(file.data)
        if most < 0:
            break
        newest.insert(0, file)
    return tuple(newest)
