"""A family is a row: a toy one goes through check, JSON, link, difference and controls as it is."""

import json
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import pytest
from hypothesis import given
from streamlit.testing.v1 import AppTest

from convnext_viz.specs import (
    FAMILIES,
    VARIANTS,
    ConvNeXtSpec,
    Family,
    default_size,
    diff,
    family_of,
    field_names,
    from_dict,
    from_query,
    to_dict,
    to_query,
    varied,
)
from convnext_viz.specs.fields import (
    check,
    choice,
    described,
    flag,
    groups,
    integer,
    limits,
    number,
    numbers,
    per_stage,
    text,
)
from convnext_viz.text import use_language
from convnext_viz.train.experiment import Arm, Experiment, grid
from convnext_viz.train.experiment import from_dict as experiment_from_dict
from convnext_viz.train.experiment import to_dict as experiment_to_dict
from convnext_viz.ui.architecture import controls
from tests.strategies import legal

Pool = Literal["class_token", "mean"]


@dataclass(frozen=True, kw_only=True)
class ToySpec:
    """A network of no family that there is."""

    name: str = text("toy_tiny")
    pool: Pool = choice("mean", Pool, short={"class_token": "CLS", "mean": "GAP"}, group="head")
    depths: tuple[int, ...] = per_stage((2, 2), 24, group="stages")
    heads: tuple[int, ...] = per_stage((1, 2), 16, like="depths", group="stages")
    window: int | tuple[int, ...] = per_stage(
        7, 15, odd=True, one_for_all=True, like="depths", group="stages", unit="px"
    )
    rate: float = number(0.0, 0, 1, high_open=True, group="head")
    hidden: int | None = integer(None, 1, 64, optional=True, group="head")
    qkv_bias: bool = flag(True, group="stages")
    scales: tuple[float, ...] = numbers((1.0, 0.5), 0, low_open=True, group="stages")
    num_classes: int = integer(10, 0, 1000, group="head")

    def __post_init__(self) -> None:
        check(self)


TOY = Family(
    key="toy",
    spec=ToySpec,
    series={"toy": {"toy_tiny": ToySpec(), "toy_cls": ToySpec(name="toy_cls", pool="class_token")}},
    default_size=lambda spec: 96,
    factors={"pool": ("class_token", "mean"), "rate": (0.0, 0.5)},
    bases=(),
)
toys = legal(ToySpec)


@pytest.fixture(autouse=True)
def _toy_family(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FAMILIES, "toy", TOY)


@pytest.fixture
def toy() -> Any:
    return ToySpec(depths=(3, 1), window=(3, 5), hidden=8)


def test_a_named_network_is_of_the_family_that_names_it() -> None:
    for key, family in FAMILIES.items():
        assert family.key == key
        for name, spec in family.variants.items():
            assert spec.name == name and family_of(spec) is family and isinstance(spec, family.spec)
            assert default_size(spec) > 0
    assert default_size(VARIANTS["convnext_tiny"]) == 224
    assert default_size(VARIANTS["cifar_bn_relu"]) == 32


@given(toys)
def test_json_brings_a_toy_back(spec: Any) -> None:
    values = json.loads(json.dumps(to_dict(spec)))
    assert values["family"] == "toy"
    again = from_dict(values)
    assert again == spec and hash(again) == hash(spec)


@given(toys, toys)
def test_a_link_brings_a_toy_back(spec: Any, base: Any) -> None:
    assert from_query(to_query(spec, base), base) == replace(spec, name=base.name)


@pytest.mark.parametrize(
    ("change", "allowed"),
    [
        ({"name": 3}, "text"),
        ({"pool": "max"}, "class_token, mean"),
        ({"depths": (2, 25)}, "each from 1 to 24"),
        ({"heads": (1,)}, "one value for each of the 2 stages in depths"),
        ({"window": 4}, "an odd whole number from 1 to 15, or 2 of them"),
        ({"window": (3, 5, 7)}, "an odd whole number from 1 to 15, or 2 of them"),
        ({"rate": 1}, "0 ≤ … < 1"),
        ({"rate": float("nan")}, "0 ≤ … < 1"),
        ({"hidden": 0}, "a whole number from 1 to 64, or None (off)"),
        ({"hidden": 2.0}, "a whole number from 1 to 64, or None (off)"),
        ({"qkv_bias": 1}, "True, False"),
        ({"scales": (1.0,)}, "2 numbers, each > 0"),
        ({"scales": (1.0, 0.0)}, "2 numbers, each > 0"),
        ({"num_classes": -1}, "a whole number from 0 to 1000"),
    ],
)
def test_what_a_toy_cannot_be_is_named(change: dict[str, Any], allowed: str) -> None:
    (field, value), *_ = change.items()
    with pytest.raises(ValueError) as refusal:
        ToySpec(**change)
    assert str(refusal.value).startswith(f"{field} = {value!r} is not possible. Allowed: ")
    assert allowed in str(refusal.value)
    with use_language("zh"), pytest.raises(ValueError, match=f"^{field} = .* 不可用"):
        ToySpec(**change)


def test_fields_of_another_family_are_refused() -> None:
    with pytest.raises(ValueError, match=r"kernel_size.*name, pool, depths"):
        from_dict({"family": "toy", "kernel_size": 7})
    with pytest.raises(ValueError, match=r"pool.*name, stem"):
        from_dict({"pool": "mean"})


def test_a_toy_differs_from_a_convnext_in_everything_but_what_they_share(toy: Any) -> None:
    tiny: Any = ConvNeXtSpec(depths=(3, 1), dims=(8, 16))
    changed = diff(tiny, toy)
    assert changed["family"] == ("convnext", "toy")
    assert changed["pool"] == (None, "mean") and changed["stem"] == ("patchify", None)
    assert changed["num_classes"] == (1000, 10)
    assert not {"depths", "name", "head_hidden"} & set(changed)
    assert diff(toy, tiny) == {field: (new, old) for field, (old, new) in changed.items()}
    assert varied([tiny, tiny, toy]) == tuple(changed) and varied([toy]) == ()


def test_arms_of_a_toy_are_an_experiment(toy: Any) -> None:
    arms = grid(toy, {"pool": ["class_token", "mean"], "rate": [0.0, 0.5]})
    assert [arm.label for arm in arms][:2] == ["CLS · rate 0.0", "CLS · rate 0.5"]
    with pytest.raises(ValueError, match=r"norm.*pool"):
        grid(toy, {"norm": ["layer"]})
    mixed = Experiment(name="mixed", arms=(*arms, Arm("tiny", ConvNeXtSpec())))
    assert experiment_from_dict(json.loads(json.dumps(experiment_to_dict(mixed)))) == mixed


def test_the_controls_of_a_toy_are_drawn_from_its_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(VARIANTS, "toy_tiny", ToySpec())  # type: ignore[misc]
    monkeypatch.setattr(controls, "t", lambda key, **_: key)  # a toy has no labels
    app = AppTest.from_function(_draw, default_timeout=60)
    app.session_state["arch_net"], app.session_state["arch_knobs"] = "toy_tiny", True
    app.run()
    assert not app.exception, app.exception
    assert [one.label.rpartition(".")[2] for one in app.tabs] == ["head", "stages"]
    kinds = ("selectbox", "number_input", "text_input", "toggle")
    drawn: dict[str, Any] = {
        w.key.removeprefix("arch_"): w for kind in kinds for w in app.get(kind) if w.key
    }
    assert set(drawn) == {name for name in field_names(ToySpec) if name != "name"}
    assert drawn["pool"].options == [f"architecture.option.pool.{word}" for word in get_args(Pool)]
    assert (drawn["hidden"].min, drawn["hidden"].max, drawn["hidden"].value) == (1, 64, None)
    assert (drawn["heads"].value, drawn["window"].value) == ("1, 2", "7")
    assert drawn["qkv_bias"].value is True and drawn["rate"].value == 0.0
    assert "px" in drawn["window"].help


def _draw() -> None:
    from convnext_viz.ui.architecture.controls import choose_knobs

    choose_knobs()


def test_controls_know_of_a_toy_what_stands_in_its_fields() -> None:
    assert groups(ToySpec) == {
        "head": ("pool", "rate", "hidden", "num_classes"),
        "stages": ("depths", "heads", "window", "qkv_bias", "scales"),
    }
    known = described(ToySpec)
    assert limits(known["hidden"]) == (1, 64) and limits(known["rate"]) == (0.0, 1.0)
    assert known["window"].unit == "px" and known["hidden"].optional
