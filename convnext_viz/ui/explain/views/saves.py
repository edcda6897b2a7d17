"""What a visitor takes home of a map: a picture, the numbers, what makes it again."""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from convnext_viz import explain
from convnext_viz.plots import legend
from convnext_viz.results import Attribution
from convnext_viz.text import language, t, use_language
from convnext_viz.ui.explain import cached
from convnext_viz.ui.explain.records import MapRequest, NetworkChoice

_SHA256 = 64  # letters of one; samples and data sets have other names


def downloads(request: MapRequest, found: Attribution, *, opacity: float) -> None:
    """Picture with legend, arrays, manifest and table; each is made when a visitor wants it."""
    subject = request.subject
    stem = f"{subject.picture.stem}-{explain.file_stem(found)}"
    network, labels = network_name(subject.choice), subject.labels
    logits = cached.prediction(subject).logits

    def picture() -> bytes:
        file = BytesIO()
        image = legend.legend(found, subject.shown, opacity=opacity, network=network, labels=labels)
        image.save(file, "PNG")
        return file.getvalue()

    with st.container(horizontal=True, gap="small"):
        _button("picture", picture, f"{stem}.png", "image/png")
        _button("arrays", lambda: arrays(request, found, logits), f"{stem}.npz", "application/zip")
        _button("manifest", lambda: manifest(request, found), f"{stem}.json", "application/json")
        _button("table", lambda: explain.csv(found), f"{stem}.csv", "text/csv")


def arrays(request: MapRequest, found: Attribution, logits: NDArray[np.float32]) -> bytes:
    """The map, enlarged to the input, too; the input and its logits; as NumPy's npz."""
    subject = request.subject
    return explain.npz(
        found,
        input=subject.x[0].numpy(),
        picture=np.asarray(subject.shown.convert("RGB")),
        logits=logits,
    )


def manifest(request: MapRequest, found: Attribution) -> str:
    """All that the map depends on, as JSON that ``explain.reproduce`` makes it again from."""
    subject, choice = request.subject, request.subject.choice
    known = {}
    if len(subject.picture.key) == _SHA256 and subject.picture.link is None:
        known["picture_sha256"] = subject.picture.key
    if choice.data:
        known["weights_file_sha256"] = cached.digest(choice.data)
    record: dict[str, Any] = explain.manifest(
        found,
        subject.picture.image,
        subject.pretrained,
        network=(choice.kind, choice.link or choice.name),
        picture=subject.picture.link or subject.picture.stem,
        parameters=dict(request.parameters),
        **known,
    )
    return json.dumps(record, ensure_ascii=False, indent=1)


def network_name(choice: NetworkChoice) -> str:
    """A network as its list calls it."""
    return t(f"explain.bundled.{choice.name}") if choice.kind == "bundled" else choice.name


def _button(what: str, make: Callable[[], bytes | str], file: str, mime: str) -> None:
    code = language()

    def made() -> bytes | str:
        with use_language(code):  # it runs outside the page's run
            return make()

    st.download_button(
        t(f"explain_maps.save.{what}"),
        made,
        file_name=file,
        mime=mime,
        icon=":material/download:",
        key=f"explain_save_{what}",
        on_click="ignore",
        help=t(f"explain_maps.save_help.{what}"),
    )
