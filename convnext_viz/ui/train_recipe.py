"""The recipe of an experiment: presets, every control with a sentence, the paper's beside it."""

from typing import Any

import streamlit as st

from convnext_viz.text import prose, t
from convnext_viz.train import Recipe
from convnext_viz.ui import train_state as state

# Minutes to finish in, seeds, pictures of the shapes (None = all), and what of the recipe changes.
PRESETS: dict[str, dict[str, Any]] = {
    "two_minutes": {"minutes": 2, "seeds": 1, "pictures": 2000, "epochs": 4.0, "batch_size": 64},
    "coffee": {"minutes": 15, "seeds": 3, "pictures": 5000, "epochs": 6.0, "batch_size": 128},
    "overnight": {"minutes": 480, "seeds": 5, "pictures": 10000, "epochs": 30.0, "batch_size": 128},
}
_USUAL = Recipe(epochs=4.0, batch_size=64, warmup_epochs=0.5)

# Field: smallest, largest, step, format.
_NUMBERS: dict[str, tuple[float, float, float, str]] = {
    "lr": (1e-6, 1.0, 1e-3, "%.2g"),
    "weight_decay": (0.0, 1.0, 0.01, "%.3g"),
    "epochs": (0.1, 1000.0, 1.0, "%.4g"),
    "warmup_epochs": (0.0, 100.0, 0.5, "%.3g"),
    "beta1": (0.0, 0.999, 0.01, "%.3f"),
    "beta2": (0.0, 0.9999, 0.001, "%.4f"),
    "label_smoothing": (0.0, 0.9, 0.05, "%.2f"),
    "mixup": (0.0, 10.0, 0.1, "%.2f"),
    "cutmix": (0.0, 10.0, 0.1, "%.2f"),
    "random_erasing": (0.0, 1.0, 0.05, "%.2f"),
    "ema_decay": (0.0, 0.99999, 0.001, "%.4f"),
    "grad_clip": (0.0, 100.0, 0.5, "%.2f"),
    "evaluate_every": (0.0, 100.0, 0.5, "%.2f"),
}
_WHOLE: dict[str, tuple[int, int, int]] = {
    "batch_size": (1, 4096, 32),
    "crop_padding": (0, 64, 1),
    "cutout": (0, 64, 2),
}
_ORDER = (
    *("epochs", "batch_size", "lr", "weight_decay", "warmup_epochs", "beta1", "beta2"),
    *("label_smoothing", "mixup", "cutmix", "random_erasing", "cutout", "crop_padding"),
    *("ema_decay", "grad_clip", "evaluate_every"),
)


def choose_preset() -> None:
    """How much time there is; everything it sets can still be changed."""
    st.segmented_control(
        t("train_page.preset.label"),
        list(PRESETS),
        format_func=lambda name: t(f"train_page.preset.{name}"),
        key=state.seed("preset", "two_minutes", PRESETS),
        on_change=_apply,
        required=True,
        help=t("train_page.preset.help"),
    )
    state.keep("preset", st.session_state[state.key("preset")])


def minutes() -> float:
    """The chosen time in minutes."""
    return float(PRESETS[state.kept("preset", "two_minutes")]["minutes"])


def choose_seeds() -> tuple[int, ...]:
    """How many seeds: each trains every arm once, from other weights and in another order."""
    count = st.number_input(
        t("train_page.seeds.label"),
        1,
        20,
        key=state.seed("seeds", 1),
        help=t("train_page.seeds.help"),
    )
    state.keep("seeds", count)
    return tuple(range(int(count)))


def choose_recipe() -> None:
    """Every field of a recipe, what it does, and what the paper used."""
    with st.expander(t("train_page.recipe.title")):
        st.caption(t("train_page.recipe.intro"))
        columns = st.columns(3, gap="medium")
        with columns[0]:
            state.keep(
                "optimizer",
                st.segmented_control(
                    t("train_page.recipe.optimizer"),
                    ["adamw", "sgd"],
                    format_func={"adamw": "AdamW", "sgd": "SGD"}.__getitem__,
                    key=state.seed("optimizer", "adamw"),
                    required=True,
                ),
            )
            st.caption(t("train_page.recipe_says.optimizer"))
        for number, name in enumerate(_ORDER, 1):
            with columns[number % 3]:
                _number(name)
        with columns[2]:
            for name in ("flip", "bf16"):
                ticked = st.toggle(
                    t(f"train_page.recipe.{name}"), key=state.seed(name, getattr(_USUAL, name))
                )
                state.keep(name, ticked)
                st.caption(t(f"train_page.recipe_says.{name}"))
    with st.expander(t("train_page.recipe.paper")):
        st.markdown(prose("train", "paper_recipe"))


def recipe() -> Recipe:
    """The chosen recipe; raises ValueError where it contradicts itself."""
    values = {name: state.kept(name, _usual(name)) for name in (*_ORDER, "optimizer")}
    values |= {name: state.kept(name, getattr(_USUAL, name)) for name in ("flip", "bf16")}
    values["betas"] = (values.pop("beta1"), values.pop("beta2"))
    values["grad_clip"] = values["grad_clip"] or None
    for name in _WHOLE:
        values[name] = int(values[name])
    return Recipe(**values)


def take_over(given: Recipe, seeds: int) -> None:
    """Set every control to a run's recipe."""
    for name in _ORDER:
        if name not in ("beta1", "beta2"):
            value = getattr(given, name)
            state.put(name, (value or 0.0) if name in _NUMBERS else value)
    state.put("beta1", given.betas[0])
    state.put("beta2", given.betas[1])
    for name in ("optimizer", "flip", "bf16"):
        state.put(name, getattr(given, name))
    state.put("seeds", min(20, seeds))


def _number(name: str) -> None:
    low, high, step, *how = (_NUMBERS | _WHOLE)[name]
    value = st.number_input(
        t(f"train_page.recipe.{name}"),
        low,
        high,
        step=step,
        format=how[0] if how else None,
        key=state.seed(name, _usual(name)),
    )
    state.keep(name, value)
    st.caption(t(f"train_page.recipe_says.{name}"))


def _usual(name: str) -> Any:
    if name in ("beta1", "beta2"):
        return _USUAL.betas[name == "beta2"]
    value = getattr(_USUAL, name)
    return float(value or 0.0) if name in _NUMBERS else value


def _apply() -> None:
    chosen = PRESETS[st.session_state[state.key("preset")]]
    for name, value in chosen.items():
        if name != "minutes":
            state.put(name, value)
    state.put("warmup_epochs", chosen["epochs"] / 8)
