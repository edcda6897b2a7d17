"""The recipe's controls: presets, a budget of time, every setting with a sentence."""

from typing import Any

import streamlit as st

from convnext_viz.specs.fields import Field, described, groups, limits
from convnext_viz.text import prose, t
from convnext_viz.train import Recipe
from convnext_viz.ui import choices, paper_recipes
from convnext_viz.ui.train import paper

# Minutes to finish in, seeds, pictures to learn from, and what of the recipe changes; the warm-up
# is an eighth of the epochs.
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
_BY_PRESET = ("epochs", "warmup_epochs", "batch_size")  # of the recipe
_MINUTES = (0.5, 10_000.0)
_MOST_SEEDS = 20
DEFAULT = Recipe(epochs=8.0, batch_size=64, warmup_epochs=1.0)
"""The recipe of two minutes, with which the page opens."""

# Betas are two controls; everything else is drawn as the recipe's fields describe it.
_BETAS = {
    "beta1": Field(kind="number", limits=(0, 0.9999), step=0.01, format="%.3f"),
    "beta2": Field(kind="number", limits=(0, 0.99999), step=0.001, format="%.4f"),
}
_CONTROLS = {name: one for name, one in described(Recipe).items() if name != "betas"} | _BETAS
_GROUPS = {
    group: tuple(n for name in names for n in (_BETAS if name == "betas" else (name,)))
    for group, names in groups(Recipe).items()
}


def choose_preset() -> None:
    """How much time there is; everything it sets can still be changed."""
    st.segmented_control(
        t("train_page.preset.label"),
        list(PRESETS),
        format_func=lambda name: t(f"train_page.preset.{name}"),
        key=choices.choice("train_preset", PRESETS, "two_minutes", link="preset"),
        on_change=_apply,
        required=True,
        help=t("train_page.preset.help"),
    )


def choose_budget() -> None:
    """The minutes, and whether the epochs are to follow from them."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.number_input(
            t("train_page.budget.minutes"),
            *_MINUTES,
            step=1.0,
            format="%.4g",
            key=choices.number("train_minutes", *_MINUTES, of_preset("minutes"), link="minutes"),
            help=t("train_page.budget.minutes_help"),
            width=150,
        )
        st.toggle(
            t("train_page.budget.follows"),
            key=choices.choice("train_by_time", (False, True), False, link="by_time"),
            help=t("train_page.budget.follows_help"),
        )


def minutes() -> float:
    """The chosen time."""
    return float(choices.value("train_minutes", of_preset("minutes")))


def of_preset(name: str) -> Any:
    """What the chosen preset sets; the link says only what differs from it."""
    preset = PRESETS[choices.value("train_preset", "two_minutes")]
    return preset["epochs"] / 8 if name == "warmup_epochs" else preset[name]


def follows_time() -> bool:
    """Whether as many epochs are trained as fit into the time."""
    return bool(choices.value("train_by_time", False))


def choose_seeds() -> tuple[int, ...]:
    """How many seeds: each trains every arm once, from other weights and in another order."""
    count = st.number_input(
        t("train_page.seeds.label"),
        1,
        _MOST_SEEDS,
        key=choices.number("train_seeds", 1, _MOST_SEEDS, of_preset("seeds"), link="seeds"),
        help=t("train_page.seeds.help"),
    )
    return tuple(range(int(count)))


def choose_recipe() -> None:
    """Every field of a recipe, what it does, and what the paper used."""
    with st.expander(t("train_page.recipe.title"), key="train_recipe"):
        st.caption(t("train_page.recipe.intro"))
        for group, names in _GROUPS.items():
            st.markdown(f"**{t(f'train_page.recipe_group.{group}')}**")
            columns = st.columns(3, gap="medium")
            for number, name in enumerate(names):
                with columns[number % 3]:
                    _control(name, _CONTROLS[name])
                    st.caption(t(f"train_page.recipe_says.{name}"))
        st.markdown(f"**{t('train_page.recipe_group.network')}**")
        st.caption(t("train_page.recipe.of_the_network"))
    with st.expander(t("train_page.recipe.paper"), key="train_paper"):
        paper.show({name: _value(name) for name in _CONTROLS})
        st.markdown(prose("train", "paper_recipe"))


def recipe() -> Recipe:
    """The chosen recipe; raises ValueError where it contradicts itself."""
    values = {name: _value(name) for name in _CONTROLS}
    values["betas"] = (values.pop("beta1"), values.pop("beta2"))
    values["grad_clip"] = values["grad_clip"] or None
    return Recipe(**values)


def take_over(given: Recipe, seeds: int) -> bool:
    """Set every control to a run's recipe; False where one cannot show its value."""
    complete = seeds <= _MOST_SEEDS
    for name, what in _CONTROLS.items():
        value = _of(given, name)
        if what.kind == "number":
            low, high = limits(what)
            shown = min(high, max(low, value))
            complete = complete and shown == value
            value = shown
        choices.put(f"train_{name}", value)
    choices.put("train_seeds", min(_MOST_SEEDS, seeds))
    choices.put("train_by_time", False)  # as long as the run that was cloned
    return complete


def _control(name: str, what: Field) -> None:
    label, key, default = t(f"train_page.recipe.{name}"), f"train_{name}", _default(name)
    match what.kind:
        case "choice":
            st.segmented_control(
                label,
                what.choices,
                format_func=paper_recipes.OPTIMIZERS.__getitem__,
                key=choices.choice(key, what.choices, default, link=name),
                required=True,
            )
        case "flag":
            st.toggle(label, key=choices.choice(key, (False, True), default, link=name))
        case _:
            idle = name == "epochs" and follows_time()
            idle = idle or bool(what.needs and not any(_value(other) for other in what.needs))
            low, high = limits(what)
            st.number_input(
                label,
                low,
                high,
                step=what.step,
                format=what.format,
                key=choices.number(key, low, high, default, link=name),
                disabled=idle,
            )


def _value(name: str) -> Any:
    value = choices.value(f"train_{name}", _default(name))
    return int(value) if _CONTROLS[name].integral else value


def _default(name: str) -> Any:
    return of_preset(name) if name in _BY_PRESET else _of(DEFAULT, name)


def _of(recipe: Recipe, name: str) -> Any:
    """A recipe's value as its control has it, where nothing is 0."""
    if name in _BETAS:
        return float(recipe.betas[list(_BETAS).index(name)])
    value, what = getattr(recipe, name), _CONTROLS[name]
    return float(value or 0) if what.kind == "number" and not what.integral else value


def _apply() -> None:
    for name in ("minutes", "seeds", "pictures", *_BY_PRESET):
        choices.put(f"train_{name}", of_preset(name))
