"""Settings of the training that most visitors leave as they are."""

from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from convnext_viz.specs import Spec
from convnext_viz.text import t
from convnext_viz.train import Arm, Experiment, fine_tuning
from convnext_viz.ui.choices import choice, number

STEPS = (100, 200, 400, 600, 1000, 2000, 4000)
BATCHES = (4, 8, 16, 32, 64)
_LOWEST, _HIGHEST = 1e-6, 0.1  # learning rates
_AVERAGED = 0.99  # decay of the average: a hundred steps, of some hundred


@dataclass(frozen=True)
class Settings:
    """What is chosen; rates are those of fine-tuning."""

    steps: int
    batch_size: int
    lr: float
    layer_decay: float
    resized_crop: float
    rand_augment: float
    flip: bool
    ema_decay: float

    def applied(self, given: Experiment, pictures: int) -> Experiment:
        """A comparison on so many training ``pictures`` with these in place of the usual ones."""
        recipe = replace(
            fine_tuning.recipe(pictures, steps=self.steps, batch_size=self.batch_size),
            resized_crop=self.resized_crop,
            rand_augment=self.rand_augment,
            flip=self.flip,
            ema_decay=self.ema_decay,
        )
        arms = (self._arm(arm, recipe.lr) for arm in given.arms)
        return replace(given, recipe=recipe, arms=tuple(arms))

    def _arm(self, arm: Arm, lr: float) -> Arm:
        """Only fine-tuning has another rate: the others learn as fast as before."""
        if arm.layer_decay is None:
            return arm
        return replace(arm, lr_scale=self.lr / lr, layer_decay=self.layer_decay)


def choose(spec: Spec) -> Settings:
    """The controls; ``spec`` is the network, on whose size the usual rate depends."""
    usual = fine_tuning.RECIPE
    rate = usual.lr * fine_tuning.arm("fine_tune", spec, "").lr_scale
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        steps: Any = st.selectbox(
            t("yours.more.steps"),
            STEPS,
            key=choice("yours_steps", STEPS, fine_tuning.STEPS, link="steps"),
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
            key=number(f"yours_lr_{rate:g}", _LOWEST, _HIGHEST, rate, link="lr"),
            help=t("yours.more.lr_help"),
            width=200,
        )
        decay = st.number_input(
            t("yours.more.decay"),
            0.3,
            1.0,
            step=0.05,
            format="%.2f",
            key=number("yours_decay", 0.3, 1.0, fine_tuning.LAYER_DECAY, link="decay"),
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
    return Settings(
        steps=int(steps),
        batch_size=int(batch),
        lr=float(lr),
        layer_decay=float(decay),
        resized_crop=float(crop),
        rand_augment=float(augment),
        flip=bool(flip),
        ema_decay=_AVERAGED if averaged else 0.0,
    )
