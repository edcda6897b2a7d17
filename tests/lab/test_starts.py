"""Runs whose arms start from trained weights: resumed, killed, refused, and what they cost."""

import dataclasses
import shutil

import pytest
import torch
from safetensors.torch import load_file

from convnext_viz.data.sources import load
from convnext_viz.lab import Lab, kept_weights, starts
from convnext_viz.lab.launcher import LocalLauncher
from convnext_viz.nets import build, load_bundled, load_checkpoint
from convnext_viz.results import Evaluation, StepMetrics
from convnext_viz.specs import CONVNEXT
from convnext_viz.train import Arm, lockstep, prepare
from convnext_viz.train.fine_tuning import arm, compare
from convnext_viz.train.recipe import Recipe
from tests.lab.forked import DATA, TINY, ended, experiment, kill, steps, until, worker_of
from tests.lab.test_lab import QUICK


class Nowhere(LocalLauncher):
    """No worker is started."""

    def start(self, home, worker):
        raise OSError


@pytest.fixture
def alone(tmp_path, monkeypatch):
    monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(tmp_path))
    return Lab(tmp_path, launcher=Nowhere())


@pytest.fixture
def start(tmp_path):
    """Weights of one's own, of a tiny network that is used to other means."""
    given = load_bundled("cifar10_ln_gelu")
    spec = dataclasses.replace(TINY, num_classes=7, drop_path_rate=0.0)
    net = build(spec, seed=5).eval()
    own = dataclasses.replace(given, net=net, spec=spec, labels=tuple("abcdefg"))
    return kept_weights.keep(own, home=tmp_path)


def three(start, **changes):
    spec = starts.spec_of(start, 10, 16)
    arms = (
        Arm("tuned", spec, start, layer_decay=0.8),
        Arm("probe", spec, start, frozen=True),
        Arm("fresh", spec),
    )
    return experiment(**{"arms": arms, **changes})


def plain(requested, found):
    """What a plain loop without any lab gives."""
    torch.set_num_threads(1)
    losses, data = {}, load(requested.data)
    for seed in requested.seeds:
        arms = prepare(
            {arm.label: starts.net_of(arm, found, seed) for arm in requested.arms},
            requested.recipe,
            learning={arm.label: starts.learning_of(arm, found) for arm in requested.arms},
        )
        for event in lockstep(arms, data, requested.recipe, seed=seed):
            if isinstance(event, StepMetrics):
                for label, arm in event.arms.items():
                    losses.setdefault((label, seed), []).append(arm.loss)
            elif isinstance(event, Evaluation):
                for label, tested in event.arms.items():
                    losses.setdefault((label, seed, "test"), []).append(tested.net.loss)
    return losses


def test_killed_in_the_middle_it_comes_to_the_same_numbers(lab, start, monkeypatch):
    monkeypatch.setattr("convnext_viz.lab.session.CHECKPOINT_EVERY", 0.05)
    requested = three(start)
    run = lab.submit(requested)
    until(lambda: steps(lab, run) > 60 and worker_of(lab, run))
    kill(worker_of(lab, run))
    until(lambda: lab.status(run).state == "interrupted")
    lab.resume(run)
    until(lambda: ended(lab, run))
    assert lab.status(run).state == "finished"
    losses = plain(requested, starts.found(requested.arms))
    for curve in lab.metrics(run):
        assert curve.loss.tolist() == losses[curve.label, curve.seed]
        assert (
            curve.test_loss[~torch.tensor(curve.test_loss).isnan().numpy()].tolist()
            == (losses[curve.label, curve.seed, "test"])
        )
    # What is explained has the normalisation that each arm was fed with.
    own, data = starts.resolve(start), load(DATA)
    for label, expected in (("tuned", own.preprocess), ("probe", own.preprocess), ("fresh", data)):
        shown = lab.network(run, label)
        assert (shown.preprocess.mean, shown.preprocess.std) == (expected.mean, expected.std)
    body = own.net.state_dict()
    for name, value in lab.network(run, "probe").net.state_dict().items():
        assert name.startswith("head.fc.") or torch.equal(value, body[name])
    assert not torch.equal(
        lab.network(run, "tuned").net[0].conv.weight, own.net.state_dict()["stem.conv.weight"]
    )
    # An arm of the lab is a start again.
    again = f"run:{run}:3:tuned"
    assert starts.spec_of(again, 10, 16) == dataclasses.replace(
        requested.arms[0].spec, head_init_scale=0.001
    )
    taken = starts.resolve(again)
    assert torch.equal(taken.net[0].conv.weight, lab.network(run, "tuned", 3).net[0].conv.weight)
    assert taken.preprocess.mean == own.preprocess.mean
    with pytest.raises(ValueError, match="no variant called"):
        starts.resolve(f"run:{run}:3:nobody")


def test_what_was_kept_is_the_network_as_it_was(alone, start):
    kind, _, mark = start.partition(":")
    file = alone.home / "starts" / f"{mark}.safetensors"
    assert kind == "file" and len(mark) == 64 and file.is_file()
    found = starts.resolve(start)
    assert found.labels == tuple("abcdefg") and found.preprocess.mean
    assert kept_weights.keep(file) == start == kept_weights.keep(file.read_bytes())
    for name, value in load_file(file).items():
        assert torch.equal(found.net.state_dict()[name], value)
    assert load_checkpoint(file).spec == found.spec


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ("timm:resnet18.nobody", "resnet18"),
        ("bundled:nobody", "nobody"),
        (f"file:{'0' * 64}", "not in this lab"),
        ("run:nobody:0:a", "no run nobody"),
        ("somewhere", "somewhere"),
        ("file:../../x", "file:../../x"),
    ],
)
def test_a_start_that_is_not_there_is_said_before_the_run_is_queued(alone, start, words):
    requested = experiment(arms=(Arm("a", TINY, start),))
    with pytest.raises(ValueError, match=words):
        alone.submit(requested)
    with pytest.raises(ValueError, match=words):
        starts.spec_of(start, 10, 32)
    assert not [run for run in alone.runs() if not run.recorded]


def test_published_weights_that_cannot_be_reached_are_a_sentence(alone, monkeypatch):
    from convnext_viz.specs import VARIANTS

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    start = "timm:resnet18.a1_in1k"
    spec = starts.spec_of(start, 10, 32)  # known without its weights
    assert spec == dataclasses.replace(VARIANTS["resnet18"], num_classes=10, head_init_scale=0.001)
    monkeypatch.setattr("convnext_viz.nets.checkpoints.hub.cached_file", lambda *a, **k: None)
    with pytest.raises(ValueError, match=r"resnet18\.a1_in1k"):
        alone.submit(experiment(arms=(Arm("a", spec, start),)))
    assert not [run for run in alone.runs() if not run.recorded]


def test_weights_that_went_or_changed_fail_the_run_with_a_sentence(lab, start, tmp_path):
    lab.places(1)
    requested = three(start, recipe=dataclasses.replace(QUICK, epochs=400), seeds=(0,))
    run = lab.submit(requested)
    until(lambda: steps(lab, run) > 5)
    lab.stop(run)
    until(lambda: ended(lab, run))
    folder = tmp_path / "starts"
    shutil.move(folder, tmp_path / "away")
    lab.resume(run)
    until(lambda: ended(lab, run))
    assert lab.status(run).state == "failed" and "not in this lab" in lab.status(run).message
    shutil.move(tmp_path / "away", folder)
    found = starts.resolve(start)
    found.net[0].conv.weight.data.mul_(2)
    other = kept_weights.keep(found, home=tmp_path)
    mark, changed = (one.removeprefix("file:") for one in (start, other))
    shutil.copy(folder / f"{changed}.safetensors", folder / f"{mark}.safetensors")
    lab.resume(run)
    until(lambda: ended(lab, run))
    assert "not the ones this run began with" in lab.status(run).message


def test_an_arm_that_is_another_network_is_named(alone, start):
    wide = dataclasses.replace(TINY, dims=(8, 24))
    with pytest.raises(ValueError, match=r"“wide”.*stage2"):
        alone.submit(experiment(arms=(Arm("wide", wide, start),)))


def test_a_probe_costs_a_pass_and_hardly_any_steps(lab, start):
    many = Recipe(batch_size=48, epochs=200, warmup_epochs=0, resized_crop=0.5, evaluate_every=0)
    spec = dataclasses.replace(starts.spec_of(start, 10, 16), dims=(32, 64), depths=(2, 4))
    arms = (Arm("tuned", spec), Arm("probe", spec, frozen=True))
    requested = experiment(arms=arms, recipe=many, seeds=(0,))
    assert not lab.estimate(requested).measured
    lab.warm(DATA)
    until(lambda: lab.estimate(requested).measured)
    tuned, probe = lab.estimate(requested).arms
    assert 0 < probe.seconds < tuned.seconds / 3
    assert lab.estimate(requested).batches > 0
    alone = dataclasses.replace(requested, arms=arms[1:])
    assert lab.estimate(alone).batches == 0


def test_the_three_ways_are_one_experiment(start, alone):
    spec = starts.spec_of(start, 10, 16)
    given = compare(DATA, start, spec, pictures=60, name="mine", seeds=(0, 1))
    tuned, probe, scratch = given.arms
    assert (tuned.start, probe.start, scratch.start) == (start, start, "")
    assert probe.frozen and tuned.layer_decay == 0.8
    rate = given.recipe.lr
    assert rate == 5e-5 and scratch.lr_scale * rate == pytest.approx(1e-3)
    assert tuned.lr_scale * rate == pytest.approx(1e-3)  # a small network
    large = arm("fine_tune", CONVNEXT["convnext_tiny"], start)
    assert large.lr_scale * rate == 5e-5  # Liu et al. 2022, Table 6
    slow = compare(DATA, start, spec, pictures=60, name="x", lr_scales={"fine_tune": 2.0})
    assert slow.arms[0].lr_scale == 2.0 and slow.arms[1:] == given.arms[1:]
    assert given.recipe.weight_decay == 1e-8 and given.recipe.warmup_epochs == 0
    assert given.recipe.epochs * (60 // 8) == pytest.approx(600)
    assert scratch.spec.head_init_scale == 1.0 and spec.head_init_scale == 0.001
    assert alone.submit(given)
