"""The paper's four recipes as a table, next to the chosen one.

Liu et al. 2022, Tables 5 and 6; the smallest learning rate is of the official code (``main.py``).
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from convnext_viz.text import t
from convnext_viz.ui.train import setup

OPTIMIZERS = {"adamw": "AdamW", "sgd": "SGD"}
COLUMNS = ("in1k", "in22k", "tuned_1k", "tuned_22k")

_NONE, _UNCHANGED = "none", "kept"  # words; everything else is shown as it stands
ROWS: dict[str, tuple[str, str, str, str]] = {
    "optimizer": ("AdamW",) * 4,
    "betas": ("0.9 / 0.999",) * 4,
    "lr": ("0.004", "0.004", "5e-05", "5e-05"),
    "min_lr": ("1e-06",) * 4,
    "layer_decay": (_NONE, _NONE, "0.7", "0.8"),
    "weight_decay": ("0.05", "0.05", "1e-08", "1e-08"),
    "batch_size": ("4096", "4096", "512", "512"),
    "epochs": ("300", "90", "30", "30"),
    "warmup_epochs": ("20", "5", _NONE, _NONE),
    "rand_augment": ("9 ± 0.5",) * 4,
    "random_erasing": ("0.25",) * 4,
    "mixup": ("0.8", "0.8", _NONE, _NONE),
    "cutmix": ("1", "1", _NONE, _NONE),
    "label_smoothing": ("0.1",) * 4,
    "drop_path_rate": (
        "0.1 / 0.4 / 0.5 / 0.5 / –",  # T / S / B / L / XL
        "0 / 0 / 0.1 / 0.1 / 0.2",
        "– / – / 0.8 / 0.95 / –",
        "0 / 0.1 / 0.2 / 0.3 / 0.4",
    ),
    "layer_scale": ("1e-06", "1e-06", _UNCHANGED, _UNCHANGED),
    "head_init_scale": (_NONE, _NONE, "0.001", "0.001"),
    "grad_clip": (_NONE,) * 4,
    "ema_decay": ("0.9999", _NONE, _NONE, "XL: 0.9999"),
}
_OF_THE_NETWORK = ("drop_path_rate", "layer_scale", "head_init_scale")


def show(chosen: Mapping[str, Any]) -> None:
    """The table; ``chosen`` are the values of the controls."""
    st.dataframe(
        [
            {t("train_page.paper.what"): _name(row)}
            | {t(f"train_page.paper.{c}"): _word(v) for c, v in zip(COLUMNS, values, strict=True)}
            | {t("train_page.paper.here"): _here(row, chosen)}
            for row, values in ROWS.items()
        ],
        hide_index=True,
        width="stretch",
        height=38 + 35 * len(ROWS),
        column_config={
            t("train_page.paper.what"): st.column_config.TextColumn(width=190),
            t("train_page.paper.in1k"): st.column_config.TextColumn(width=165),
        },
    )
    st.caption(t("train_page.paper.source"))


def _name(row: str) -> str:
    if row in _OF_THE_NETWORK:
        return t(f"train_page.factor.{row}")
    own = {"betas": "β₁ / β₂", "layer_decay": t("train_page.paper.layer_decay")}
    return own.get(row) or t(f"train_page.recipe.{row}")


def _word(value: str) -> str:
    return t(f"train_page.paper.{value}") if value in (_NONE, _UNCHANGED) else value


def _here(row: str, chosen: Mapping[str, Any]) -> str:
    if row in _OF_THE_NETWORK:
        return " | ".join(_number(value) for value in setup.values(row)) or _word(_NONE)
    match row:
        case "optimizer":
            return OPTIMIZERS[chosen[row]]
        case "betas":
            return f"{chosen['beta1']:g} / {chosen['beta2']:g}"
        case "layer_decay":
            return _word(_NONE)
        case "rand_augment" if chosen[row]:
            return f"{chosen[row]:g} ± {chosen['rand_augment_spread']:g}"
    return _number(chosen[row])


def _number(value: float | None) -> str:
    return f"{value:g}" if value else _word(_NONE)
