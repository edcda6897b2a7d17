"""The bundled models' way out: a card tells the truth about the file beside it."""

from pathlib import Path

import pytest

from convnext_viz.data import shapes
from convnext_viz.nets import BUNDLED, load_bundled
from convnext_viz.plans import plan
from convnext_viz.results import Evaluation
from convnext_viz.train import bundled, evaluate, recipe

SHAPES = shapes(train=40, test=60)


def test_twins_are_the_bundled_names_and_differ_in_norm_and_act_only() -> None:
    assert tuple(bundled.TWINS) == BUNDLED
    ours, other = bundled.TWINS.values()
    assert (ours.norm, ours.act, other.norm, other.act) == ("layer", "gelu", "batch", "relu")
    assert plan(ours, 32).macs == plan(other, 32).macs


def test_card_holds_for_the_weights_that_ship(tmp_path: Path) -> None:
    cards = bundled.ship(bundled.twins(), SHAPES, tmp_path)
    assert [card.name for card in cards] == list(BUNDLED)
    for card in cards:
        loaded = load_bundled(card.name, tmp_path)
        score = evaluate(loaded.net, SHAPES)
        assert score.accuracy == card.accuracy
        assert tuple(map(tuple, score.confusion.tolist())) == card.confusion
        assert loaded.preprocess.mean == pytest.approx(SHAPES.mean)


def test_a_cut_run_goes_on_from_its_last_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = {"batch_size": 20, "epochs": 2, "warmup_epochs": 0, "evaluate_every": 1, "bf16": False}
    monkeypatch.setattr(bundled, "RECIPE", recipe.from_dict(recipe.to_dict(bundled.RECIPE) | short))
    events = bundled.train(bundled.twins(), SHAPES, tmp_path)
    for event in events:
        if isinstance(event, Evaluation):
            break  # the snapshot of the first epoch is about to be the last
    again = list(bundled.train(bundled.twins(), SHAPES, tmp_path))
    evaluations = [e.step for e in again if isinstance(e, Evaluation)]
    assert evaluations == [2, 4]
