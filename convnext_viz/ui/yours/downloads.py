"""The trained network to take home: weights, ONNX, PyTorch and a script, in one archive."""

import io
import zipfile
from collections.abc import Iterator

import streamlit as st

from convnext_viz.lab import Run, export_model
from convnext_viz.numbers import size
from convnext_viz.results import Progress
from convnext_viz.text import prose, t
from convnext_viz.ui.jobs import awaited
from convnext_viz.ui.yours import answers
from convnext_viz.ui.yours.answers import Answers

_SEPARATE = ("model.safetensors", "model.onnx")


def show(run: Run, label: str, seed: int, found: Answers) -> None:
    """Prepared when it is asked for, as ONNX takes seconds."""
    st.markdown(prose("yours", "downloads"))
    dataset = answers.dataset(run.id)

    def work() -> Iterator[Progress | tuple[dict[str, bytes], bytes]]:
        yield Progress(done=0, total=1)
        files = export_model.export(found.pretrained, dataset)
        yield files, _zipped(files)

    prepared = awaited(
        "yours_export",
        f"yours_export|{found.key}",
        work,
        title=t("yours.downloads.prepare"),
        at_once=False,
    )
    if not isinstance(prepared, tuple):
        return
    files, archive = prepared
    stem = f"{run.number}-{seed}-{label}".replace(" ", "-")
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            t("yours.downloads.all", size=size(len(archive))),
            archive,
            f"{stem}.zip",
            "application/zip",
            icon=":material/folder_zip:",
            type="primary",
            on_click="ignore",
            key="yours_zip_all",
        )
        for name in _SEPARATE:
            if name in files:
                st.download_button(
                    t("yours.downloads.one", name=name, size=size(len(files[name]))),
                    files[name],
                    f"{stem}-{name}",
                    icon=":material/download:",
                    on_click="ignore",
                    key=f"yours_file_{name}",
                )


def _zipped(files: dict[str, bytes]) -> bytes:
    """The files in one archive; the same bytes for the same files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()
