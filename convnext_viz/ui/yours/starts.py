"""Which weights the training starts from: bundled, pretrained, a file of one's own, the lab's."""

from typing import Any

import streamlit as st

from convnext_viz.lab import kept_weights
from convnext_viz.nets.checkpoints import BUNDLED
from convnext_viz.nets.checkpoints.starters import STARTERS, is_downloaded
from convnext_viz.numbers import size
from convnext_viz.text import t
from convnext_viz.ui import own_runs
from convnext_viz.ui.boundary import attempt
from convnext_viz.ui.choices import choice
from convnext_viz.ui.lab import lab
from convnext_viz.ui.run_titles import title
from convnext_viz.ui.visitor import visitor

KINDS = ("bundled", "pretrained", "file", "lab")

_FILE = "yours_start_file"  # no widget's: the start of the file given last, and its name
_LARGEST = 400  # MB
_MORE = (
    "convnext_femto.d1_in1k",
    "convnext_nano.d1h_in1k",
    "convnext_tiny.fb_in22k_ft_in1k",
    "convnextv2_atto.fcmae_ft_in1k",
    "repvgg_a0.rvgg_in1k",
    "vit_tiny_patch16_224.augreg_in21k_ft_in1k",
    "deit_tiny_patch16_224.fb_in1k",
    "swin_tiny_patch4_window7_224.ms_in1k",
)
"""Small networks of every family, offered besides those that are downloaded first of all."""


def choose() -> str | None:
    """The start of an arm; None, with what to do, where there is none yet."""
    kind: Any = st.segmented_control(
        t("yours.start.label"),
        KINDS,
        format_func=lambda name: t(f"yours.start.{name}"),
        key=choice("yours_start", KINDS, KINDS[0], link="start"),
        required=True,
        help=t("yours.start.help"),
        wrap=True,
    )
    match kind:
        case "bundled":
            return _bundled()
        case "pretrained":
            return _pretrained()
        case "file":
            return _file()
        case _:
            return _of_lab()


def _bundled() -> str:
    name = st.selectbox(
        t("yours.start.network"),
        BUNDLED,
        format_func=lambda name: t(f"explain.bundled.{name}"),
        key=choice("yours_bundled", BUNDLED, BUNDLED[0], link="net"),
    )
    return f"bundled:{name}"


def _pretrained() -> str:
    tags = list(dict.fromkeys([*(one.tag for one in STARTERS), *_MORE]))
    tags.sort(key=lambda tag: not is_downloaded(tag))
    tag = st.selectbox(
        t("yours.start.network"),
        tags,
        key=choice("yours_tag", tags, tags[0], link="tag"),
        format_func=lambda tag: tag if is_downloaded(tag) else t("yours.start.far", tag=tag),
        help=t("yours.start.pretrained_help"),
    )
    if not is_downloaded(tag):
        st.caption(t("yours.start.downloads"))
    return f"timm:{tag}"


def _file() -> str | None:
    file = st.file_uploader(
        t("yours.start.file_label"),
        key="yours_weights",
        max_upload_size=_LARGEST,
        help=t("yours.start.file_help"),
    )
    if file is not None:
        before = st.session_state.get(_FILE)
        if before is None or before[1] != file.file_id:
            with st.spinner(t("yours.start.reading")):
                kept = attempt(lambda: _keep(file.getvalue()))
            st.session_state[_FILE] = (kept, file.file_id, file.name) if kept else None
    _forget()
    kept = st.session_state.get(_FILE)
    if not kept:
        st.info(t("yours.start.no_file"))
        return None
    st.caption(t("yours.start.file_name", name=kept[2]))
    return str(kept[0])


def _keep(data: bytes) -> str:
    own_runs.check_space()
    return kept_weights.keep(data, owner=visitor().id)


def _forget() -> None:
    """A button that deletes the visitor's stored files; none where there are none."""
    owner = visitor().id
    used = kept_weights.usage(owner)
    if used and st.button(t("yours.start.forget", size=size(used)), type="tertiary"):
        kept_weights.forget(owner)
        st.session_state.pop(_FILE, None)
        st.rerun()


def _of_lab() -> str | None:
    runs = {run.id: run for run in own_runs.runs() if run.size and not run.recorded}
    if not runs:
        st.info(t("yours.start.no_run"))
        return None
    left, right = st.columns(2)
    run = left.selectbox(
        t("yours.start.run"),
        list(runs),
        format_func=lambda id_: f"#{runs[id_].number} {title(runs[id_])}",
        key="yours_start_run",
    )
    arm = right.selectbox(
        t("yours.start.arm"), list(runs[run].experiment.labels), key="yours_start_arm"
    )
    steps = lab().checkpoint_steps(run)
    if not steps:
        st.info(t("lab.error.no_weights"))
        return None
    seed = max(steps, key=runs[run].experiment.seeds.index)
    return f"run:{run}:{seed}:{arm}"


def said(start: str) -> str:
    """A start as people call it."""
    kind, _, name = start.partition(":")
    if kind == "bundled":
        return t(f"explain.bundled.{name}")
    kept = st.session_state.get(_FILE)
    if kind == "file":
        return str(kept[2]) if kept and kept[0] == start else t("yours.start.file")
    return name
