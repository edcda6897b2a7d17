"""Which of my images a channel responds to, and whether it has become one class's channel."""

from typing import Any

import numpy as np
import streamlit as st

from convnext_viz import explain
from convnext_viz.numbers import percent
from convnext_viz.plots import names
from convnext_viz.results import TopActivating
from convnext_viz.text import prose, t
from convnext_viz.ui.choices import choice, number
from convnext_viz.ui.jobs import awaited
from convnext_viz.ui.literal import literal
from convnext_viz.ui.yours import answers, mistakes
from convnext_viz.ui.yours.answers import Answers

_COUNT = 8  # images of a channel
_TELLING = 6  # channels that are named
_SIDE = 132  # pixels


def show(found: Answers) -> None:
    """A place, a channel, and the test images with its largest activations."""
    from convnext_viz.explain.places import places

    known = places(found.pretrained.net)
    usual = answers.telling_place(found)
    stage: Any = st.selectbox(
        t("explain.pick.block" if "." in known[-1] else "explain.pick.stage"),
        known,
        key=choice(f"yours_stage_{len(known)}", known, usual, link="stage"),
        format_func=names.stage,
        width=200,
    )
    top = awaited(
        "yours_channel",
        f"yours_channel|{found.key}|{stage}",
        lambda: explain.top_activating_images(
            found.pretrained, found.images, stage=str(stage), count=_COUNT
        ),
        title=t("yours.channel.job", count=len(found.images)),
    )
    if not isinstance(top, TopActivating):
        return
    labels = found.labels[top.pictures]  # (C, k)
    telling = _telling(labels, top.values, len(found.classes))
    st.markdown(t("yours.channel.telling", channels=t("yours.between").join(map(str, telling))))
    channels = len(top.pictures)
    where = number(
        f"yours_channel_{found.key}_{stage}", 0, channels - 1, int(telling[0]), link="channel"
    )
    channel = int(
        st.number_input(
            t("yours.channel.label", last=channels - 1), 0, channels - 1, key=where, width=200
        )
    )
    _images(found, top, channel)
    st.markdown(prose("yours", "channel"))


def _images(found: Answers, top: TopActivating, channel: int) -> None:
    labels = found.labels[top.pictures[channel]]
    main = int(np.bincount(labels).argmax())
    st.markdown(
        t(
            "yours.channel.share",
            count=len(labels),
            of_class=int((labels == main).sum()),
            label=literal(found.classes[main]),
            expected=percent(float((found.labels == main).mean())),
        )
    )
    with st.container(horizontal=True, gap="small"):
        for place, value in zip(top.pictures[channel], top.values[channel], strict=True):
            label = literal(found.classes[found.labels[place]])
            said = t("yours.channel.one", label=label, value=f"{value:.3g}")
            with st.container(width=_SIDE + 10, gap=None):
                st.image(mistakes.enlarged(found.image(int(place))), width=_SIDE, alt=said)
                st.caption(said)


def _telling(labels: "np.ndarray", values: "np.ndarray", classes: int) -> list[int]:
    """Channels whose images are most of one class; among equals those that respond most."""
    shares = np.stack([(labels == one).mean(1) for one in range(classes)]).max(0)
    strength = values[:, 0] / max(float(values[:, 0].max()), 1e-12)
    order = np.lexsort((-strength, -shares))
    return [int(channel) for channel in order[:_TELLING]]
