"""The recipe of an experiment: presets, a budget of time, every control with a sentence."""

from typing import Any

import streamlit as st

from convnext_viz.text import prose, t
from convnext_viz.train import Recipe
from convnext_viz.ui.train import paper, state

# Minutes to finish in, seeds, pictures to learn from, and what of the recipe changes.
PRESETS: dict[str, dict[str, Any]] = {
    "two_minutes": {"minutes": 2.0, "seeds": 3, "pictures": 2000, "epochs": 8.0, "batch_size": 64},
    "coffee": {"minutes": 15.0, "seeds": 3, "pictures": 5000, "epochs": 12.0, "batch_size": 128},
    "overnight": {
        "minutes": 480.0,
        "seeds": 5,
        "pictures": 10000,
        "epochs": 30.0,
        "batch_size": 128,
    },
}
_USUAL = Recipe(epochs=8.0, batch_size=64, warmup_epochs=1.0)

# What stands together; betas are two controls.
GROUPS: dict[str, tuple[str, ...]] = {
    "length": ("epochs", "batch_size", "evaluate_every"),
    "steps": (
        *("lr", "warmup_epochs", "min_lr", "beta1", "beta2"),
        *("weight_decay", "grad_clip", "ema_decay"),
    ),
    "pictures": (
        *("crop_padding", "cutout", "random_erasing"),
        *("rand_augment", "rand_augment_spread", "rand_augment_ops"),
    ),
    "targets": ("label_smoothing", "mixup", "cutmix", "mix_probability"),
}
_FLAGS = {"pictures": ("flip",), "targets": (), "length": (), "steps": ()}
_MACHINE = ("bf16", "channels_last")
_ALL = tuple(name for names in GROUPS.values() for name in names)

# Field: smallest, largest, step, format.
_NUMBERS: dict[str, tuple[float, float, float, str]] = {
    "lr": (1e-6, 100.0, 1e-3, "%.2g"),
    "min_lr": (0.0, 100.0, 1e-4, "%.2g"),
    "weight_decay": (0.0, 10.0, 0.01, "%.3g"),
    "epochs": (0.1, 10_000.0, 1.0, "%.4g"),
    "warmup_epochs": (0.0, 10_000.0, 0.5, "%.3g"),
    "beta1": (0.0, 0.9999, 0.01, "%.3f"),
    "beta2": (0.0, 0.99999, 0.001, "%.4f"),
    "label_smoothing": (0.0, 0.99, 0.05, "%.2f"),
    "mixup": (0.0, 100.0, 0.1, "%.2f"),
    "cutmix": (0.0, 100.0, 0.1, "%.2f"),
    "mix_probability": (0.0, 1.0, 0.1, "%.2f"),
    "random_erasing": (0.0, 1.0, 0.05, "%.2f"),
    "rand_augment": (0.0, 10.0, 1.0, "%.1f"),
    "rand_augment_spread": (0.0, 10.0, 0.1, "%.1f"),
    "ema_decay": (0.0, 0.99999, 0.001, "%.4f"),
    "grad_clip": (0.0, 1e6, 0.5, "%.2f"),
    "evaluate_every": (0.0, 10_000.0, 0.5, "%.2f"),
}
_WHOLE: dict[str, tuple[int, int, int]] = {
    "batch_size": (1, 65_536, 32),
    "crop_padding": (0, 512, 1),
    "cutout": (0, 512, 2),
    "rand_augment_ops": (1, 20, 1),
}
_NEEDS = {  # what a control is of no use without
    "rand_augment_spread": ("rand_augment",),
    "rand_augment_ops": ("rand_augment",),
    "mix_probability": ("mixup", "cutmix"),
}


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


def choose_budget() -> None:
    """The minutes, and whether the epochs are to follow from them."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        chosen = st.number_input(
            t("train_page.budget.minutes"),
            0.5,
            10_000.0,
            step=1.0,
            format="%.4g",
            key=state.seed("minutes", PRESETS["two_minutes"]["minutes"]),
            help=t("train_page.budget.minutes_help"),
            width=150,
        )
        state.keep("minutes", chosen)
        follows = st.toggle(
            t("train_page.budget.follows"),
            key=state.seed("by_time", False),
            help=t("train_page.budget.follows_help"),
        )
        state.keep("by_time", follows)


def minutes() -> float:
    """The chosen time."""
    return float(state.kept("minutes", PRESETS["two_minutes"]["minutes"]))


def follows_time() -> bool:
    """Whether as many epochs are trained as fit into the time."""
    return bool(state.kept("by_time", False))


def choose_seeds() -> tuple[int, ...]:
    """How many seeds: each trains every arm once, from other weights and in another order."""
    count = st.number_input(
        t("train_page.seeds.label"),
        1,
        20,
        key=state.seed("seeds", PRESETS["two_minutes"]["seeds"]),
        help=t("train_page.seeds.help"),
    )
    state.keep("seeds", count)
    return tuple(range(int(count)))


def choose_recipe() -> None:
    """Every field of a recipe, what it does, and what the paper used."""
    with st.expander(t("train_page.recipe.title")):
        st.caption(t("train_page.recipe.intro"))
        for group, fields in GROUPS.items():
            st.markdown(f"**{t(f'train_page.recipe_group.{group}')}**")
            columns = st.columns(3, gap="medium")
            first = 0
            if group == "steps":
                first = 1
                with columns[0]:
                    _optimizer()
            for number, name in enumerate(fields, first):
                with columns[number % 3]:
                    _number(name)
            for number, name in enumerate(_FLAGS[group], first + len(fields)):
                with columns[number % 3]:
                    _flag(name)
        st.markdown(f"**{t('train_page.recipe_group.machine')}**")
        for column, name in zip(st.columns(3, gap="medium"), _MACHINE, strict=False):
            with column:
                _flag(name)
        st.markdown(f"**{t('train_page.recipe_group.network')}**")
        st.caption(t("train_page.recipe.of_the_network"))
    with st.expander(t("train_page.recipe.paper")):
        paper.show({name: _value(name) for name in (*_ALL, "optimizer")})
        st.markdown(prose("train", "paper_recipe"))


def recipe() -> Recipe:
    """The chosen recipe; raises ValueError where it contradicts itself."""
    values = {name: _value(name) for name in (*_ALL, "optimizer", "flip", *_MACHINE)}
    values["betas"] = (values.pop("beta1"), values.pop("beta2"))
    values["grad_clip"] = values["grad_clip"] or None
    return Recipe(**values)


def take_over(given: Recipe, seeds: int) -> bool:
    """Set every control to a run's recipe; False where one cannot show its value."""
    whole = seeds <= 20
    values = {name: getattr(given, name) for name in _ALL if not name.startswith("beta")}
    values |= {"beta1": given.betas[0], "beta2": given.betas[1]}
    for name, value in values.items():
        low, high, *_ = (_NUMBERS | _WHOLE)[name]
        shown = min(high, max(low, value or 0))
        whole = whole and shown == (value or 0)
        state.put(name, float(shown) if name in _NUMBERS else shown)
    for name in ("optimizer", "flip", *_MACHINE):
        state.put(name, getattr(given, name))
    state.put("seeds", min(20, seeds))
    state.put("by_time", False)  # as long as the run that was cloned
    return whole


def _optimizer() -> None:
    chosen = st.segmented_control(
        t("train_page.recipe.optimizer"),
        list(paper.OPTIMIZERS),
        format_func=paper.OPTIMIZERS.__getitem__,
        key=state.seed("optimizer", "adamw"),
        required=True,
    )
    state.keep("optimizer", chosen)
    st.caption(t("train_page.recipe_says.optimizer"))


def _number(name: str) -> None:
    low, high, step, *how = (_NUMBERS | _WHOLE)[name]
    idle = name == "epochs" and follows_time()
    idle = idle or (name in _NEEDS and not any(_value(needed) for needed in _NEEDS[name]))
    value = st.number_input(
        t(f"train_page.recipe.{name}"),
        low,
        high,
        step=step,
        format=how[0] if how else None,
        key=state.seed(name, _usual(name)),
        disabled=idle,
    )
    state.keep(name, value)
    st.caption(t(f"train_page.recipe_says.{name}"))


def _flag(name: str) -> None:
    ticked = st.toggle(t(f"train_page.recipe.{name}"), key=state.seed(name, getattr(_USUAL, name)))
    state.keep(name, ticked)
    st.caption(t(f"train_page.recipe_says.{name}"))


def _value(name: str) -> Any:
    value = state.kept(name, _usual(name))
    return int(value) if name in _WHOLE else value


def _usual(name: str) -> Any:
    if name in ("beta1", "beta2"):
        return _USUAL.betas[name == "beta2"]
    value = getattr(_USUAL, name)
    return float(value or 0.0) if name in _NUMBERS else value


def _apply() -> None:
    chosen = PRESETS[st.session_state[state.key("preset")]]
    for name, value in chosen.items():
        state.put(name, value)
    state.put("warmup_epochs", chosen["epochs"] / 8)
