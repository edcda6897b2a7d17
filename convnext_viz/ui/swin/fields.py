"""Section "receptive field": with and without the shift, beside depthwise kernels of equal size."""

from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from convnext_viz.plans import plan
from convnext_viz.plots import names
from convnext_viz.plots.reach import reach
from convnext_viz.results import Box, EffectiveField
from convnext_viz.specs import CIFAR, SWIN_CIFAR, Spec
from convnext_viz.text import prose, t
from convnext_viz.ui import picture
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice
from convnext_viz.ui.picture import Shown
from convnext_viz.ui.questions import questions
from convnext_viz.ui.shell import open_page

_WINDOWS = (7, 4)
_STAGES = ("stage1", "stage2", "stage3")
_WIDE = 16  # patches and windows: an image of so many times M pixels a side


def show() -> None:
    """Three untrained networks of equal depth and width, one cell of each, on one image."""
    columns = st.columns([3, 3, 4], vertical_alignment="bottom")
    with columns[0]:
        shown = picture.choose()
    with columns[1]:
        stage: Any = st.segmented_control(
            t("block.choose.stage"),
            _STAGES,
            format_func=lambda stage: stage.removeprefix("stage"),
            key=choice("swin_field_stage", _STAGES, "stage2", link="stage"),
            required=True,
        )
    with columns[2]:
        window: Any = st.segmented_control(
            t("swin.field.window"),
            _WINDOWS,
            format_func=lambda side: f"{side}×{side}",
            key=choice("swin_field_window", _WINDOWS, 7, link="window"),
            required=True,
        )
    specs, side = _specs(window), _WIDE * window
    with st.spinner(t("common.loading"), show_time=True):
        found = {
            name: _measured(spec, shown.key, stage, side, shown) for name, spec in specs.items()
        }
    shares = {name: float(np.mean(field.score > 0)) for name, (field, _) in found.items()}
    seen = {name: _percent(_covered(box, side)) for name, (_, box) in found.items()}
    st.markdown(t("swin.field.answer", stage=names.stage(stage), **seen))
    st.info(t("swin.field.untrained"), icon=":material/casino:")
    for (name, (field, box)), column in zip(found.items(), st.columns(3), strict=True):
        with column:
            st.markdown(f"**{t(f'swin.field.name.{name}', side=window)}**")
            jump = plan(specs[name], side).stage(stage).jump
            chart(
                reach(field, box, window=0 if name == "convnext" else window * jump),
                key=f"swin_field_{name}",
                alt=t(
                    "swin.field.alt",
                    name=t(f"swin.field.name.{name}", side=window),
                    share=_percent(shares[name]),
                    side=box.bottom - box.top,
                ),
            )
            st.caption(t("swin.field.box", side=box.bottom - box.top, share=_percent(shares[name])))
    st.caption(t("swin.field.note", side=side))
    st.markdown(prose("swin", "field"))
    open_page("explain", label=t("swin.field.explain"))
    questions("swin", "corner", "kernel")


def _covered(box: Box, side: int) -> float:
    """The share of the image's pixels within a field, 0 … 1."""
    inside = box.clipped(side, side)
    return (inside.bottom - inside.top) * (inside.right - inside.left) / side**2


def _percent(share: float) -> str:
    return f"{share:.1%}"


def _specs(window: int) -> dict[str, Spec]:
    swin = SWIN_CIFAR["cifar_swin"]
    convnext = replace(
        CIFAR["cifar10_ln_gelu"],
        depths=swin.depths,
        dims=swin.dims,
        kernel_size=7,
        layer_scale=None,
    )
    return {
        "shift": replace(swin, window=window),
        "no_shift": replace(swin, window=window, shift=False),
        "convnext": convnext,
    }


@st.cache_resource(max_entries=96, show_spinner=False)
def _measured(
    spec: Spec, key: str, stage: str, side: int, _shown: Shown
) -> tuple[EffectiveField, Box]:
    """The effective field of the middle cell, and the theoretical one."""
    from convnext_viz.data import preprocess
    from convnext_viz.explain.inside.receptive import effective_field, theoretical_field
    from convnext_viz.nets.preprocess import Preprocess

    how = Preprocess(image_size=(side, side), crop_fraction=1.0)
    x = preprocess(_shown.image, how)[0]
    *_, field = effective_field(_network(spec), x, stage=stage)
    assert isinstance(field, EffectiveField)
    return field, theoretical_field(plan(spec, side), stage, field.cell)


@st.cache_resource(max_entries=8, show_spinner=False)
def _network(spec: Spec) -> Any:
    from convnext_viz.explain.inside.fields import fresh

    return fresh(spec)
