"""The recipe on the Train page: every field has its control, presets and budget keep their word."""

from collections.abc import Iterator
from dataclasses import fields, replace

import pytest

from convnext_viz.data import DataSpec
from convnext_viz.lab import Lab, within
from convnext_viz.specs.variant_labels import shown as shown_label
from convnext_viz.train import Experiment, Recipe, grid
from convnext_viz.ui.factors import BASES
from convnext_viz.ui.paper_recipes import ROWS
from convnext_viz.ui.train.recipe import PRESETS
from tests.lab.forked import until
from tests.pages.train_page import opened, own_lab
from tests.pages.visits import quiet

EXOTIC = Recipe(
    optimizer="sgd",
    lr=0.05,
    min_lr=0.01,
    weight_decay=0.0005,
    betas=(0.8, 0.99),
    grad_clip=2.5,
    batch_size=96,
    epochs=7,
    warmup_epochs=2,
    label_smoothing=0.2,
    crop_padding=3,
    resized_crop=0.6,
    flip=False,
    cutout=8,
    random_erasing=0.4,
    rand_augment=5.0,
    rand_augment_spread=1.5,
    rand_augment_ops=3,
    mixup=0.3,
    cutmix=0.7,
    mix_probability=0.6,
    ema_decay=0.99,
    bf16=True,
    channels_last=False,
    evaluate_every=0.25,
)


@pytest.fixture(scope="module", autouse=True)
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    yield from own_lab(tmp_path_factory.mktemp("lab"))


def test_every_field_of_a_recipe_has_its_control() -> None:
    app = quiet(opened())
    keys = {w.key for kind in ("number_input", "toggle", "button_group") for w in app.get(kind)}
    wanted = {field.name for field in fields(Recipe)} - {"betas"} | {"beta1", "beta2"}
    assert {f"train_{name}" for name in wanted} <= keys
    assert {f"train_mini_{name}" for name in ("drop_path_rate", "layer_scale", "stem")} <= keys
    assert "train_mini_head_init_scale" in keys


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_sets_everything_that_it_claims(preset: str) -> None:
    app = opened()
    if preset != "two_minutes":  # the page begins with it
        app.segmented_control(key="train_preset").set_value(preset).run()
    quiet(app)
    claimed = {**PRESETS[preset], "warmup_epochs": PRESETS[preset]["epochs"] / 8}
    assert app.select_slider(key="train_pictures").value == claimed.pop("pictures")
    found = {name: app.number_input(key=f"train_{name}").value for name in claimed}
    assert found == claimed


def test_a_clone_takes_over_every_field(lab: Lab) -> None:
    assert all(getattr(EXOTIC, f.name) != getattr(Recipe(), f.name) for f in fields(Recipe))
    requested = Experiment(
        name="exotic",
        arms=grid(BASES["mini"], {"norm": ["batch", "rms"], "head_init_scale": [0.001, 1.0]}),
        data=DataSpec(train=1000, test=200),
        recipe=EXOTIC,
        seeds=(0, 1),
    )
    run = lab.submit(requested)
    lab.stop(run)
    app = opened(run=run)
    quiet(app.button(key="train_clone").click().run())
    assert not [w for w in app.warning if "could not be copied" in w.value]
    shown = {w.key: w.value for kind in ("number_input", "toggle") for w in app.get(kind)}
    for field in fields(Recipe):
        if field.name not in ("betas", "optimizer"):
            assert shown[f"train_{field.name}"] == getattr(EXOTIC, field.name), field.name
    assert (shown["train_beta1"], shown["train_beta2"]) == EXOTIC.betas
    assert app.segmented_control(key="train_optimizer").value == "sgd"
    assert list(app.dataframe[0].value["Variant"]) == list(map(shown_label, requested.labels))


def test_the_papers_recipes_stand_beside_what_is_chosen() -> None:
    app = quiet(opened())
    table = app.dataframe[1].value
    assert len(table) == len(ROWS) and len(table.columns) == 6
    app.number_input(key="train_rand_augment").set_value(9.0).run()
    here = quiet(app).dataframe[1].value.set_index("Setting")["Chosen here"]
    assert here["RandAugment magnitude"] == "9 ± 0.5"
    assert here["Mixup α"] == "none"


def test_as_many_epochs_are_offered_as_fit_into_the_time(lab: Lab) -> None:
    app = opened()
    app.toggle(key="train_by_time").set_value(True).run()
    assert app.number_input(key="train_epochs").disabled
    app.button_group(key="train_mini_norm").set_value(["layer"]).run()
    app.button_group(key="train_mini_act").set_value(["gelu"]).run()
    requested = Experiment(
        name="one",
        arms=grid(BASES["mini"], {"norm": ["layer"]}),
        data=DataSpec(train=2000, test=400),
        recipe=Recipe(epochs=8.0, batch_size=64, warmup_epochs=1.0),
        seeds=(0, 1, 2),
    )
    until(lambda: lab.estimate(requested).measured, seconds=280)
    epoch = replace(requested, recipe=replace(requested.recipe, epochs=1.0))
    # Enough for some epochs on the slowest machine, and for no whole number of them.
    minutes = max(0.5, round(3.4 * lab.estimate(epoch).seconds / 60, 2))
    recipe = within(requested, lab.estimate(requested), minutes).recipe
    app.number_input(key="train_minutes").set_value(minutes).run()
    said = [text.value for text in quiet(app.run()).markdown if "that fit into" in text.value]
    assert len(said) == 1 and f"fit into {minutes:g} min: **{recipe.epochs:g}**" in said[0]
    assert lab.estimate(replace(requested, recipe=recipe)).seconds <= 60 * minutes * 1.001
    longer = replace(requested, recipe=replace(recipe, epochs=recipe.epochs + 1))
    assert lab.estimate(longer).seconds > 60 * minutes
    # The click itself, with which that becomes the run: tests/e2e.
