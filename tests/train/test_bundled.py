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
    """The second epoch is the first with larger pictures."""
    short = {"batch_size": 20, "epochs": 3, "warmup_epochs": 0, "evaluate_every": 1}
    monkeypatch.setattr(bundled, "RECIPE", recipe.from_dict(recipe.to_dict(bundled.RECIPE) | short))
    monkeypatch.setattr(bundled, "SIZES", ((1, 16), (3, 32)))
    read: list[int] = []
    whole = bundled.resized
    monkeypatch.setattr(
        bundled, "resized", lambda dataset, size: read.append(size) or whole(dataset, size)
    )
    for cut in (2, 4):
        for event in bundled.train(bundled.twins(), SHAPES, tmp_path):
            if isinstance(event, Evaluation) and event.step == cut:
                break  # its snapshot is written
    again = list(bundled.train(bundled.twins(), SHAPES, tmp_path))
    straight = list(bundled.train(bundled.twins(), SHAPES, tmp_path / "other"))
    last, expected = (events[-1] for events in (again, straight))
    assert isinstance(last, Evaluation) and isinstance(expected, Evaluation)
    assert [e.step for e in again if isinstance(e, Evaluation)] == [4, 6]
    assert read == [16, 32, 32, 16, 32]
    for label, arm in last.arms.items():
        assert arm.net.loss == pytest.approx(expected.arms[label].net.loss, rel=1e-5)


def test_smaller_pictures_are_averages() -> None:
    small = bundled.resized(SHAPES, 16)
    assert small.train_images.shape == (40, 3, 16, 16)
    assert small.train_images.float().mean() == pytest.approx(
        SHAPES.train_images.float().mean().item(), abs=0.5
    )
    assert bundled.resized(SHAPES, 32) is SHAPES
