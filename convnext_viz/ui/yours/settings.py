"""Settings of the training that most visitors leave as they are."""

from typing import Any

import streamlit as st

from convnext_viz.text import t
from convnext_viz.train import fine_tuning
from convnext_viz.ui.choices import choice, number

STEPS = (100, 200, 400, 600, 1000, 2000, 4000)
BATCHES = (4, 8, 16, 32, 64)
_LOWEST, _HIGHEST = 1e-6, 0.1  # learning rates


def choose() -> dict[str, Any]:
    """The chosen ones, as :func:`fine_tuning.experiment` takes them."""
    usual = fine_tuning.USUAL
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        steps: Any = st.selectbox(
            t("yours.more.steps"),
            STEPS,
            key=choice("yours_steps", STEPS, usual.steps, link="steps"),
            help=t("yours.more.steps_help"),
            width=120,
        )
        batch: Any = st.selectbox(
            t("yours.more.batch"),
            BATCHES,
            key=choice("yours_batch", BATCHES, usual.batch_size, link="batch"),
            width=120,
        )
        lr = st.number_input(
            t("yours.more.lr"),
            _LOWEST,
            _HIGHEST,
            step=1e-5,
            format="%.1e",
            key=number("yours_lr", _LOWEST, _HIGHEST, usual.lr, link="lr"),
            help=t("yours.more.lr_help"),
            width=200,
        )
        decay = st.number_input(
            t("yours.more.decay"),
            0.3,
            1.0,
            step=0.05,
            format="%.2f",
            key=number("yours_decay", 0.3, 1.0, usual.layer_decay, link="decay"),
            help=t("yours.more.decay_help"),
            width=160,
        )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        crop = st.slider(
            t("yours.more.crop"),
            0.1,
            1.0,
            step=0.05,
            format="percent",
            key=number("yours_crop", 0.1, 1.0, usual.resized_crop, link="crop"),
            help=t("yours.more.crop_help"),
            width=240,
        )
        augment = st.slider(
            t("yours.more.augment"),
            0.0,
            10.0,
            step=1.0,
            key=number("yours_augment", 0.0, 10.0, 0.0, link="augment"),
            help=t("yours.more.augment_help"),
            width=240,
        )
        flip = st.toggle(
            t("yours.more.flip"), key=choice("yours_flip", (True, False), True, link="flip")
        )
        averaged = st.toggle(
            t("yours.more.ema"),
            key=choice("yours_ema", (True, False), False, link="ema"),
            help=t("yours.more.ema_help"),
        )
    return {
        "steps": int(steps),
        "batch_size": int(batch),
        "lr": float(lr),
        "layer_decay": float(decay),
        "resized_crop": float(crop),
        "rand_augment": float(augment),
        "flip": bool(flip),
        "ema_decay": 0.99 if averaged else 0.0,
    }
