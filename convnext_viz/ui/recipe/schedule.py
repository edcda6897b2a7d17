"""Sections "learning rate" and "length": schedules drawn by the function that the loop uses."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from convnext_viz.numbers import compact, digits, exact
from convnext_viz.plans import plan
from convnext_viz.plots import names, schedules
from convnext_viz.text import t
from convnext_viz.train.paper import FURTHER, NETWORKS, PAPER
from convnext_viz.train.recipe import Recipe
from convnext_viz.train.schedule import learning_rate, steps_per_epoch, total_steps
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice, number
from convnext_viz.ui.recipe.about import about

_BATCHES = (64, 128, 256, 512, 1024, 2048, 4096, 8192)
_EPOCHS = (30, 60, 90, 120, 200, 300, 600)
_BEFORE = 90  # epochs with which ResNets were trained; section 2.1
_POINTS = 500  # of a curve


def show() -> None:
    """Warm-up and cosine of one of the paper's recipes, for any batch size and warm-up."""
    columns = st.columns([4, 4, 4, 3], vertical_alignment="bottom")
    with columns[0]:
        of = st.selectbox(
            t("recipe.schedule.of"),
            list(PAPER),
            format_func=lambda key: t(f"train_page.paper.{key}"),
            key=choice("recipe_of", PAPER, "in1k", link="of"),
        )
    paper = PAPER[of]
    with columns[1]:
        batch = st.select_slider(
            t("train_page.recipe.batch_size"),
            _BATCHES,
            key=choice(f"recipe_batch_{of}", _BATCHES, paper.batch_size, link="batch"),
        )
    with columns[2]:
        longest = int(paper.epochs) // 2
        warmup = st.slider(
            t("train_page.recipe.warmup_epochs"),
            0,
            longest,
            key=number(f"recipe_warmup_{of}", 0, longest, int(paper.warmup_epochs), link="warmup"),
        )
    with columns[3]:
        scaled = st.toggle(
            t("recipe.schedule.scale"),
            key=choice("recipe_scaled", (True, False), True, link="scaled"),
            help=t("recipe.schedule.scale_help"),
        )
    linear = paper.lr * batch / paper.batch_size
    lr = linear if scaled else paper.lr
    recipe = replace(paper, batch_size=batch, warmup_epochs=float(warmup), lr=lr)
    images = FURTHER[of].images
    curves = {t("recipe.schedule.chosen"): curve(recipe, images)}
    if recipe != paper:
        curves[t("recipe.schedule.paper")] = curve(paper, images)
    per_epoch = steps_per_epoch(images, recipe)
    facts = {
        "lr": f"{lr:.3g}",
        "per_epoch": exact(per_epoch),
        "warmup": exact(round(warmup * per_epoch)),
        "total": exact(total_steps(per_epoch, recipe)),
    }
    chart(
        schedules.learning_rates(curves),
        key="recipe_rates",
        alt=t("recipe.schedule.alt", warmup=warmup, epochs=f"{recipe.epochs:g}", lr=facts["lr"]),
    )
    st.markdown(t("recipe.schedule.facts", **facts))
    if lr != linear:
        st.warning(
            t("recipe.schedule.off", times=digits(lr / linear), linear=f"{linear:.3g}"),
            icon=":material/warning:",
        )
    about("schedule")


def show_length() -> None:
    """The recipe of ImageNet-1K with fewer or more epochs: what changes, and what it costs."""
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        size = st.selectbox(
            t("common.network.label"),
            list(NETWORKS),
            format_func=lambda key: names.network(NETWORKS[key]),
            key=choice("recipe_size", NETWORKS, "T", link="size"),
        )
    with right:
        epochs = st.select_slider(
            t("train_page.recipe.epochs"),
            _EPOCHS,
            key=choice("recipe_epochs", _EPOCHS, 300, link="epochs"),
        )
    images = FURTHER["in1k"].images
    compared = [
        replace(PAPER["in1k"], epochs=float(count)) for count in dict.fromkeys((_BEFORE, epochs))
    ]
    labels = [t("recipe.length.epochs", count=f"{recipe.epochs:g}") for recipe in compared]
    chart(
        schedules.learning_rates(
            {label: curve(one, images) for label, one in zip(labels, compared, strict=True)}
        ),
        key="recipe_lengths",
        alt=t("recipe.length.alt", rows="; ".join(labels)),
    )
    macs = plan(NETWORKS[size]).macs
    st.dataframe(
        [
            {
                t("train_page.recipe.epochs"): f"{one.epochs:g}",
                t("recipe.length.steps"): exact(_steps(one, images)),
                t("recipe.length.images"): compact(one.epochs * images),
                t("recipe.length.macs"): compact(one.epochs * images * macs / 1e15) + " ×10¹⁵",
            }
            for one in compared
        ],
        hide_index=True,
    )
    st.caption(t("recipe.length.note"))
    about("length")


def curve(recipe: Recipe, images: int) -> tuple[Sequence[float], Sequence[float]]:
    """Epochs and learning rates of some of the steps, the last of the warm-up among them."""
    per_epoch = steps_per_epoch(images, recipe)
    total = total_steps(per_epoch, recipe)
    warmup = round(recipe.warmup_epochs * per_epoch)
    some = {round(i * (total - 1) / _POINTS) for i in range(_POINTS + 1)}
    steps = sorted(some | {step for step in (warmup - 1, warmup) if 0 <= step < total})
    return [s / per_epoch for s in steps], [learning_rate(s, per_epoch, recipe) for s in steps]


def _steps(recipe: Recipe, images: int) -> int:
    return total_steps(steps_per_epoch(images, recipe), recipe)
