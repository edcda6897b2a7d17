"""The view of feature maps: what a stage makes of the picture, channel by channel."""

import streamlit as st

from convnext_viz.plots import features as multiples
from convnext_viz.plots import names
from convnext_viz.results import FeatureMaps
from convnext_viz.text import t
from convnext_viz.ui import explain_doors as doors
from convnext_viz.ui import explain_pickers as pickers
from convnext_viz.ui.explain_doors import Subject
from convnext_viz.ui.explain_state import Link

CHANNELS = 16
_STILL = {"displayModeBar": False}


def show(subject: Subject) -> Link:
    """The strongest channels of a stage; returns what of it a link holds."""
    stage = pickers.choose_stage(doors.stage_names(subject.pretrained))
    strongest_channels(doors.features(*subject.keys, subject.x, subject.pretrained)[stage])
    return {"stage": stage}


def strongest_channels(found: FeatureMaps) -> None:
    """The channels of the largest mean activation; two halves, so that a phone shows both well."""
    channels = found.strongest(CHANNELS)
    count, height, width = found.values.shape
    st.markdown(f"#### {t('explain.features.title', stage=names.stage(found.stage))}")
    st.caption(
        t("explain.features.note", shown=len(channels), count=count, height=height, width=width)
    )
    half = -(-len(channels) // 2)
    for number, column in enumerate(st.columns(2)):
        some = channels[number * half : (number + 1) * half]
        column.plotly_chart(
            multiples.grid(found, some, columns=4),
            key=f"explain_features{number}",
            config=_STILL,
            alt=multiples.describe(found, some),
        )
