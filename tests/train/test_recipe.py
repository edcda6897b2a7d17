import json
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convnext_viz.specs.fields import described
from convnext_viz.text import use_language
from convnext_viz.train.recipe import Recipe, from_dict, to_dict


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("optimizer", "adam"),
        ("lr", 0),
        ("lr", float("nan")),
        ("lr", "fast"),
        ("min_lr", 1.0),
        ("weight_decay", -0.1),
        ("betas", (0.9,)),
        ("betas", (0.9, 1.0)),
        ("betas", None),
        ("grad_clip", 0),
        ("batch_size", 0),
        ("batch_size", 2.5),
        ("batch_size", True),
        ("epochs", 0),
        ("warmup_epochs", -1),
        ("label_smoothing", 1.0),
        ("crop_padding", -1),
        ("flip", 1),
        ("cutout", 1.5),
        ("rand_augment", 10.5),
        ("rand_augment", True),
        ("rand_augment_spread", -1),
        ("rand_augment_ops", 0),
        ("random_erasing", 1.1),
        ("mixup", -0.1),
        ("cutmix", float("inf")),
        ("mix_probability", 2),
        ("ema_decay", 1.0),
        ("bf16", "yes"),
        ("channels_last", None),
        ("evaluate_every", -1),
    ],
)
def test_an_impossible_value_is_named(field, value):
    with pytest.raises(ValueError) as refused:
        Recipe(**{field: value})
    assert field in str(refused.value)
    assert str(value) in str(refused.value)


def test_every_field_is_described_and_its_default_is_legal():
    assert list(described(Recipe)) == [field.name for field in fields(Recipe)]
    assert Recipe() == Recipe(**to_dict(Recipe()))


def test_a_warm_up_longer_than_the_training_is_refused():
    with pytest.raises(ValueError, match=r"5.*3"):
        Recipe(epochs=3, warmup_epochs=5)


def test_errors_speak_chinese():
    with use_language("zh"), pytest.raises(ValueError, match="允许的取值"):
        Recipe(lr=-1)


@given(
    st.builds(
        Recipe,
        optimizer=st.sampled_from(["adamw", "sgd"]),
        lr=st.floats(1e-5, 1),
        min_lr=st.floats(0, 1e-5),
        betas=st.tuples(st.floats(0, 0.99), st.floats(0, 0.99)),
        grad_clip=st.none() | st.floats(0.1, 10),
        epochs=st.integers(1, 300) | st.floats(1, 300),
        bf16=st.booleans(),
    )
)
def test_json_gives_the_same_recipe(recipe):
    again = from_dict(json.loads(json.dumps(to_dict(recipe))))
    assert again == recipe
    assert hash(again) == hash(recipe)


def test_a_field_that_no_recipe_has_is_refused():
    with pytest.raises(ValueError, match="momentun"):
        from_dict({"momentun": 0.9})


def test_a_recipe_of_an_older_release_is_the_one_it_was():
    saved = to_dict(Recipe(lr=0.01, epochs=7))
    for name in ("rand_augment", "rand_augment_spread", "rand_augment_ops"):
        saved.pop(name)
    assert from_dict(json.loads(json.dumps(saved))) == Recipe(lr=0.01, epochs=7)
    assert from_dict(saved).rand_augment == 0  # as it trained then
