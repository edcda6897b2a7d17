"""The bundled models' way out: a card tells the truth about the file beside it."""

from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.torch import load_file

from convnext_viz.data import shapes
from convnext_viz.nets import BUNDLED, load_bundled
from convnext_viz.nets.checkpoints.bundled import load_card
from convnext_viz.plans import plan
from convnext_viz.results import Evaluation
from convnext_viz.specs import ConvNeXtSpec
from convnext_viz.train import bundled, devices, evaluate, recipe
from convnext_viz.train.arms import restore
from convnext_viz.train.loop import lockstep
from convnext_viz.train.optim import optimizer

SHAPES = shapes(train=40, test=60)


def test_every_bundled_network_has_its_training_and_the_first_two_are_counterparts() -> None:
    assert set(BUNDLED) <= set(bundled.TRAININGS)
    ours, other = (bundled.TRAININGS[name].spec for name in ("cifar10_ln_gelu", "cifar10_bn_relu"))
    assert isinstance(ours, ConvNeXtSpec) and isinstance(other, ConvNeXtSpec)
    assert (ours.norm, ours.act, other.norm, other.act) == ("layer", "gelu", "batch", "relu")
    assert plan(ours, 32).macs == plan(other, 32).macs


@pytest.mark.parametrize("name", bundled.TRAININGS)
def test_card_holds_for_the_weights_that_ship(name: str, tmp_path: Path) -> None:
    (arm,) = bundled.fresh(name)
    card = bundled.ship(arm, SHAPES, tmp_path)
    assert card.name == name and name in card.command
    loaded = load_bundled(name, tmp_path)
    score = evaluate(loaded.net, SHAPES)
    assert score.accuracy == card.accuracy
    assert tuple(map(tuple, score.confusion.tolist())) == card.confusion
    assert loaded.preprocess.mean == pytest.approx(SHAPES.mean)
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 4_000_000


def test_a_cut_run_goes_on_from_its_last_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "cifar10_ln_gelu"
    short = {"batch_size": 20, "epochs": 3, "warmup_epochs": 0, "evaluate_every": 1}
    training = replace(
        bundled.TRAININGS[name],
        recipe=recipe.from_dict(recipe.to_dict(bundled.RECIPE) | short),
    )
    monkeypatch.setitem(bundled.TRAININGS, name, training)
    for cut in (2, 4):
        for event in bundled.train(bundled.fresh(name), SHAPES, tmp_path):
            if isinstance(event, Evaluation) and event.step == cut:
                break
        # Dropped while the event is shown: the snapshot of it is written already.
    again = list(bundled.train(bundled.fresh(name), SHAPES, tmp_path))
    straight = list(bundled.train(bundled.fresh(name), SHAPES, tmp_path / "other"))
    last, expected = (events[-1] for events in (again, straight))
    assert isinstance(last, Evaluation) and isinstance(expected, Evaluation)
    assert [e.step for e in again if isinstance(e, Evaluation)] == [4, 6]
    for label, arm in last.arms.items():
        assert arm.net.loss == pytest.approx(expected.arms[label].net.loss, rel=1e-5)


@pytest.mark.parametrize("name", BUNDLED)
def test_the_card_tells_of_the_training_that_the_command_repeats(name: str) -> None:
    card, training = load_card(name), bundled.TRAININGS[name]
    assert card.spec == training.spec
    told = [recipe.from_dict(said) for said in (card.recipe, card.restart) if said is not None]
    assert tuple(told) == training.rounds
    assert card.epochs == sum(one.epochs for one in training.rounds)


@pytest.mark.parametrize("averages", [False, True])
def test_a_restart_goes_on_from_the_weights_with_a_fresh_optimizer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, averages: bool
) -> None:
    name = "cifar10_ln_gelu"
    short = {"batch_size": 20, "epochs": 2, "warmup_epochs": 0, "evaluate_every": 1}
    first = recipe.from_dict(recipe.to_dict(bundled.RECIPE) | short)
    training = replace(
        bundled.TRAININGS[name],
        recipe=first,
        restart=replace(first, lr=1e-3),
        from_averages=averages,
    )
    monkeypatch.setitem(bundled.TRAININGS, name, training)
    straight = list(bundled.train(bundled.fresh(name), SHAPES, tmp_path / "straight"))
    scores = [event for event in straight if isinstance(event, Evaluation)]
    assert [event.step for event in scores] == [2, 4, 2, 4]
    # The same by hand: the first round's last weights and averages, nothing of its optimizer.
    by_hand = bundled.fresh(name)
    restore(by_hand, load_file(tmp_path / "straight" / "snapshot-0.safetensors"))
    if averages:
        assert by_hand[0].average is not None
        by_hand[0].net.load_state_dict(by_hand[0].average.state_dict())
    second = replace(training.rounds[1], bf16=devices.choose().bf16)
    by_hand[0].optimizer = optimizer(by_hand[0].net, second)
    *_, expected = lockstep(by_hand, SHAPES, second, seed=bundled.SEED + 1)
    assert isinstance(expected, Evaluation)
    got, wanted = scores[-1].arms[name], expected.arms[name]
    assert got.net.loss == pytest.approx(wanted.net.loss, rel=1e-5)
    assert got.ema is not None and wanted.ema is not None
    assert got.ema.loss == pytest.approx(wanted.ema.loss, rel=1e-5)
    for event in bundled.train(bundled.fresh(name), SHAPES, tmp_path / "cut"):
        if event is not None and (tmp_path / "cut" / "snapshot-1.safetensors").exists():
            break  # in the second round, after its first evaluation
    again = list(bundled.train(bundled.fresh(name), SHAPES, tmp_path / "cut"))
    assert [event.step for event in again if isinstance(event, Evaluation)] == [2, 4]
    last = again[-1]
    assert isinstance(last, Evaluation)
    assert last.arms[name].net.loss == pytest.approx(scores[-1].arms[name].net.loss, rel=1e-5)
