"""What is looked at: a photograph of the app, the visitor's files, the camera, a test image."""

from collections.abc import Sequence
from pathlib import PurePath
from time import perf_counter
from typing import TYPE_CHECKING

import streamlit as st
from PIL import Image

from convnext_viz import explain
from convnext_viz.data.limits import LARGEST_MB
from convnext_viz.data.samples import SAMPLES
from convnext_viz.numbers import percent
from convnext_viz.plots.names import class_names
from convnext_viz.plots.thumbnails import Thumbnail
from convnext_viz.text import language, t
from convnext_viz.ui import choices
from convnext_viz.ui.explain import cached, records
from convnext_viz.ui.explain.records import NetworkChoice, Picture, UserFile
from convnext_viz.ui.explain.state import PICTURE_KINDS, key, seed
from convnext_viz.ui.explain.subject import files, gallery, strip

if TYPE_CHECKING:
    from convnext_viz.nets import Pretrained

SESSION_BYTES = 200_000_000  # of images that outlast their widget, which Streamlit forgets
SAID = 3  # sentences about files that are no pictures; the others are folded away
_PATIENCE = 0.5  # seconds before a page says how far it has read


def choose_kind() -> str:
    """Where the picture comes from."""
    st.segmented_control(
        t("explain.pick.picture"),
        PICTURE_KINDS,
        format_func=lambda kind: t(f"explain.pick.{kind}"),
        required=True,
        key=seed("picture_kind", PICTURE_KINDS, PICTURE_KINDS[0]),
    )
    return str(st.session_state[key("picture_kind")])


def choose_sample(choice: NetworkChoice | None, pretrained: "Pretrained | None") -> Picture:
    """One of the photographs that come with the app, those that the network can know first."""
    where = seed("sample", list(SAMPLES), next(iter(SAMPLES)), param="picture")
    words = _sample_words(pretrained.labels if pretrained is not None else ())
    # A browser knows an option by its words: other words are another widget.
    widget = f"{where}_of_{choice.key if choice is not None and pretrained is not None else ''}"
    if st.session_state.get(widget) != st.session_state[where]:
        st.session_state[widget] = st.session_state[where]
    name = st.selectbox(
        t("explain.pick.sample_which"),
        list(words),
        format_func=words.__getitem__,
        key=widget,
        on_change=lambda: choices.put(where, st.session_state[widget]),
        label_visibility="collapsed",
    )
    image = cached.sample(name)
    shows = t(SAMPLES[name].shows)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.image(image, width=96, alt=shows)
        st.caption(t(SAMPLES[name].credit), width=190)
    return Picture(name, image, stem=name, link=name)


def still(kind: str) -> Image.Image | None:
    """The picture that will be looked at, while there is no network yet; None of other kinds."""
    name = choices.value(key("sample"), next(iter(SAMPLES)))
    return cached.sample(name) if kind == "sample" and name in SAMPLES else None


def _sample_words(labels: tuple[str, ...]) -> dict[str, str]:
    """What each is called in the list: classes of the network, what is nearly one, the rest."""
    called = {name: t(sample.label) for name, sample in SAMPLES.items()}
    if not labels:
        return called
    known, near, outside = {}, {}, {}
    for name, sample in SAMPLES.items():
        if explain.first_known(sample.classes, labels) is not None:
            known[name] = called[name]
        elif (like := explain.first_known(sample.near, labels)) is not None:
            label = class_names(labels)[like]
            near[name] = t("explain_subjects.sample.near", name=called[name], label=label)
        else:
            outside[name] = t("explain_subjects.sample.outside", name=called[name])
    return known | near | outside


def choose_shot(choice: NetworkChoice | None, pretrained: "Pretrained | None") -> Picture | None:
    """The newest photograph of the visitor's camera; None before the first."""
    del choice, pretrained
    file = st.camera_input(
        t("explain_subjects.camera.which"), key=key("shot"), label_visibility="collapsed"
    )
    shot = files.last("shot", files.read(file) if file is not None else None)
    if shot is None:
        st.caption(t("explain_subjects.camera.hint"))
        return None
    if file is None:
        st.caption(t("explain_subjects.camera.last"))
    image = cached.upload(shot)
    if file is None:  # else the widget shows it
        _small(image, shot)
    return Picture(shot.digest, image, stem="camera")


def choose_upload(choice: NetworkChoice | None, pretrained: "Pretrained | None") -> Picture | None:
    """One of the visitor's files, in a strip with the class that the network predicts for each."""
    # No list of endings: a file may be named as it likes, and what it is not is said in words.
    given = files.choose(
        "file",
        t("explain.pick.upload_which", limit=LARGEST_MB),
        most=SESSION_BYTES,
        largest=LARGEST_MB,
    )
    if not given:
        st.caption(t("explain.pick.upload_hint"))
        return None
    sound, refused = _sorted(given)
    picture = None
    if sound:
        _look_at_new(tuple(sound))
        words = files.names(sound)

        def draw(some: Sequence[str]) -> list[Thumbnail]:
            return [_thumbnail(sound[one], words[one], choice, pretrained) for one in some]

        file = sound[strip.choose("upload", tuple(sound), draw)]
        image = cached.upload(file)
        if len(sound) == 1:  # of several, the strip shows it
            _small(image, file)
        picture = Picture(file.digest, image, stem=PurePath(file.name).stem)
    _tell(refused)
    return picture


def _sorted(given: Sequence[UserFile]) -> tuple[dict[str, UserFile], list[str]]:
    """Those that are pictures, and about the others a sentence each."""
    sound, refused, bar = {}, [], None
    began = perf_counter()
    for number, file in enumerate(given):
        found = cached.thumbnail(file, language())
        if isinstance(found, str):
            refused.append(found)
        else:
            sound[file.key] = file
        if perf_counter() - began > _PATIENCE:
            words = t("explain_subjects.files.reading", done=number + 1, total=len(given))
            bar = bar or st.empty()
            bar.progress((number + 1) / len(given), words)
    if bar is not None:
        bar.empty()
    return sound, refused


def _tell(refused: Sequence[str]) -> None:
    """The newest first: of the file just given one hears at once, however many were before it."""
    newest = refused[::-1]
    for sentence in newest[:SAID]:
        st.error(sentence, icon=":material/error:")
    if newest[SAID:]:
        with st.expander(t("explain_subjects.files.refused", count=len(newest) - SAID)):
            for sentence in newest[SAID:]:
                st.error(sentence, icon=":material/error:")


def _look_at_new(keys: Sequence[str]) -> None:
    """The first of the files that were not there before is the one that is looked at."""
    known = st.session_state.get(key("upload_known"), ())
    new = [one for one in keys if one not in known]
    if new and known:
        st.session_state[key("upload")] = new[0]
    st.session_state[key("upload_known")] = tuple(keys)


def _thumbnail(
    file: UserFile, name: str, choice: NetworkChoice | None, pretrained: "Pretrained | None"
) -> Thumbnail:
    small = cached.thumbnail(file, language())
    assert isinstance(small, Image.Image)
    if choice is not None and pretrained is not None:
        found = cached.predicted_class(
            file.digest, choice.key, lambda: cached.upload(file), pretrained
        )
        if found is not None:
            label = records.label(pretrained, found[0])
            hover = f"{file.name}<br>{label} {percent(found[1])}"
            return Thumbnail(file.key, small, name, (file.name, label), hover)
    return Thumbnail(file.key, small, name, (file.name,))


def _small(image: Image.Image, file: UserFile) -> None:
    st.image(image, width=112, alt=t("explain.pick.uploaded", name=file.name))


CHOOSE = {
    "sample": choose_sample,
    "upload": choose_upload,
    "camera": choose_shot,
    "test": gallery.choose,
}
"""What chooses an image of a kind, with what the chosen network knows and predicts."""
