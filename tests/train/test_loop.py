import copy
import dataclasses
from itertools import islice

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from convnext_viz.data.randomness import seed_of
from convnext_viz.results import Evaluation, EvaluationProgress, StepMetrics
from convnext_viz.train import augment, evaluate, lockstep, prepare
from convnext_viz.train.ema import decay_at
from convnext_viz.train.evaluation import pooled, score
from convnext_viz.train.schedule import learning_rate
from tests.lab.curves import EVERYTHING, PLAIN, steps, timeless


@pytest.mark.parametrize(
    "recipe",
    [
        PLAIN,
        EVERYTHING,
        dataclasses.replace(EVERYTHING, optimizer="sgd", lr=0.1, betas=(0.9, 0.999)),
        dataclasses.replace(EVERYTHING, bf16=True, channels_last=False),
    ],
    ids=["plain", "everything", "sgd", "bf16"],
)
def test_one_arm_is_a_plain_torch_loop(dataset, tiny, recipe):
    net = tiny()
    by_hand, average = copy.deepcopy(net), copy.deepcopy(net)
    arms = prepare({"a": net}, recipe)
    ours = steps(lockstep(arms, dataset, recipe, seed=3))

    if recipe.channels_last:
        by_hand.to(memory_format=torch.channels_last)
    no_decay = [p for p in by_hand.parameters() if p.ndim == 1]
    decay = [p for p in by_hand.parameters() if p.ndim > 1]
    groups = [{"params": decay, "weight_decay": 0.05}, {"params": no_decay, "weight_decay": 0.0}]
    if recipe.optimizer == "adamw":
        optimizer = torch.optim.AdamW(groups, betas=recipe.betas, fused=True)
    else:
        optimizer = torch.optim.SGD(groups, momentum=0.9, nesterov=True, fused=True)
    source = augment.source(dataset, torch.device("cpu"))
    for step in range(10):
        batch = augment.draw(source, recipe, seed=3, step=step)
        torch.manual_seed(seed_of("net", 3, step))
        with torch.autocast("cpu", torch.bfloat16, enabled=recipe.bf16):
            logits = by_hand(batch.x)
        loss = F.cross_entropy(logits.float(), batch.targets, label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        limit = recipe.grad_clip or float("inf")
        norm = torch.nn.utils.clip_grad_norm_(by_hand.parameters(), limit)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, 5, recipe)
        optimizer.step()
        d = decay_at(step, recipe.ema_decay)
        with torch.no_grad():
            for mine, theirs in zip(average.parameters(), by_hand.parameters(), strict=True):
                mine.lerp_(theirs, 1 - d)
        metrics = ours[step].arms["a"]
        assert metrics.loss == loss.item()
        assert metrics.grad_norm == norm.item()
        assert metrics.accuracy == (logits.argmax(1) == batch.labels).float().mean().item()
    assert len(ours) == 10
    for mine, theirs in zip(net.parameters(), by_hand.parameters(), strict=True):
        assert torch.equal(mine, theirs)
    if recipe.ema_decay:
        for mine, theirs in zip(arms[0].average.parameters(), average.parameters(), strict=True):
            assert torch.equal(mine, theirs)


def test_label_smoothing_is_its_formula(dataset, tiny):
    recipe = dataclasses.replace(PLAIN, label_smoothing=0.3)
    net = tiny(drop_path_rate=0.0)
    batch = augment.draw(augment.source(dataset, torch.device("cpu")), recipe, seed=0, step=0)
    with torch.no_grad():
        log_p = net(batch.x).log_softmax(1)
    of_label = log_p[torch.arange(16), batch.labels]
    expected = -(0.7 * of_label + 0.3 * log_p.mean(1)).mean()
    first = next(lockstep(prepare({"a": net}, recipe), dataset, recipe, seed=0))
    assert first.arms["a"].loss == pytest.approx(expected.item(), rel=1e-6)


def test_a_group_learns_at_its_share_of_the_rate(dataset, tiny):
    recipe = dataclasses.replace(PLAIN, optimizer="sgd", betas=(0.0, 0.999), weight_decay=0.0)
    net = tiny()
    nets = {"plain": copy.deepcopy(net), "half": copy.deepcopy(net)}
    plain, half = arms = prepare(nets, recipe)
    half.optimizer.param_groups[0]["lr_scale"] = 0.5
    events = lockstep(arms, dataset, recipe, seed=0, start_step=1)
    assert next(e for e in events if isinstance(e, StepMetrics)).lr > 0
    scaled = {id(p) for p in half.optimizer.param_groups[0]["params"]}
    given = zip(net.parameters(), plain.net.parameters(), half.net.parameters(), strict=True)
    for before, of_plain, of_half in given:
        share = 0.5 if id(of_half) in scaled else 1.0
        moved = (of_plain - before) * share
        torch.testing.assert_close(of_half - before, moved, rtol=1e-3, atol=1e-7)
    assert 0 < len(scaled) < len(list(net.parameters()))


def test_two_arms_that_are_one_network_have_one_curve(dataset, tiny):
    arms = prepare({"a": tiny(), "b": tiny()}, EVERYTHING)
    for event in lockstep(arms, dataset, EVERYTHING, seed=0):
        if isinstance(event, StepMetrics):
            assert event.arms["a"] == event.arms["b"]
        if isinstance(event, Evaluation):
            assert event.arms["a"].ema.loss == event.arms["b"].ema.loss
            assert event.arms["a"].net.accuracy == event.arms["b"].net.accuracy


def test_an_arm_does_not_feel_who_trains_beside_it(dataset, tiny):
    alone = list(lockstep(prepare({"a": tiny()}, EVERYTHING), dataset, EVERYTHING, seed=0))
    nets = {"other": tiny(norm="batch", act="relu"), "a": tiny(), "third": tiny(kernel_size=3)}
    paired = list(lockstep(prepare(nets, EVERYTHING), dataset, EVERYTHING, seed=0))
    for one, other in zip(steps(alone), steps(paired), strict=True):
        assert one.arms["a"] == other.arms["a"]


def test_same_seed_same_numbers_other_seed_others(dataset, tiny):
    def run(seed):
        torch.manual_seed(seed * 100)  # what was drawn before must not matter
        arms = prepare({"a": tiny(), "b": tiny(norm="batch")}, EVERYTHING)
        return timeless(lockstep(arms, dataset, EVERYTHING, seed=seed))

    assert run(1) == run(1)
    assert run(1) != run(2)


def test_the_callers_randomness_is_left_alone(dataset, tiny):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    list(lockstep(prepare({"a": tiny()}, EVERYTHING), dataset, EVERYTHING, seed=0))
    assert torch.equal(torch.get_rng_state(), before)


def test_asking_for_three_events_is_three_steps(dataset, tiny):
    arms = prepare({"a": tiny()}, PLAIN)
    reported = list(islice(lockstep(arms, dataset, PLAIN, seed=0), 3))
    assert [e.step for e in reported] == [1, 2, 3]
    assert [e.images for e in reported] == [16, 32, 48]
    assert [e.epoch for e in reported] == pytest.approx([0.2, 0.4, 0.6])
    assert all(e.seconds > 0 for e in reported)
    counted = {int(state["step"]) for state in arms[0].optimizer.state.values()}
    assert counted == {3}


def test_nothing_leaks_to_the_caller_between_two_events(dataset, tiny):
    recipe = dataclasses.replace(EVERYTHING, bf16=True)
    for event in lockstep(prepare({"a": tiny()}, recipe), dataset, recipe, seed=0):
        assert not torch.is_inference_mode_enabled()
        assert torch.is_grad_enabled()
        assert not torch.is_autocast_enabled("cpu")
        assert event.step >= 1


def test_evaluations_show_progress_and_count_right(dataset, tiny):
    arms = prepare({"a": tiny(norm="batch"), "b": tiny()}, EVERYTHING)
    events = list(lockstep(arms, dataset, EVERYTHING, seed=0))
    progress = [e for e in events if isinstance(e, EvaluationProgress) and e.step == 10]
    assert [(e.done, e.total) for e in progress] == [(40, 160), (80, 160), (120, 160), (160, 160)]
    last = events[-1]
    assert isinstance(last, Evaluation)
    assert last.step == 10
    assert last.epoch == 2
    x = augment.normalize(dataset.test_images, dataset.mean, dataset.std)
    for arm in arms:
        for net, given in (
            (arm.net, last.arms[arm.label].net),
            (arm.average, last.arms[arm.label].ema),
        ):
            with torch.no_grad():
                logits = copy.deepcopy(net).eval()(x)
            loss = F.cross_entropy(logits, dataset.test_labels)
            assert given.loss == pytest.approx(loss.item(), rel=1e-5)
            confusion = np.zeros((10, 10), int)
            np.add.at(confusion, (dataset.test_labels.numpy(), logits.argmax(1).numpy()), 1)
            np.testing.assert_array_equal(given.confusion, confusion)
            assert given.accuracy == pytest.approx(np.trace(confusion) / 40)


def test_scores_of_parts_pool_to_the_score_of_the_whole(dataset, tiny):
    net = tiny().train()
    complete = evaluate(net, dataset)
    assert net.training
    cuts = ((0, 7), (7, 8), (8, 40))
    parts = [
        score(net, dataset.test_images[a:b], dataset.test_labels[a:b], dataset) for a, b in cuts
    ]
    together = pooled(parts)
    assert together.loss == pytest.approx(complete.loss, rel=1e-6)
    assert together.accuracy == pytest.approx(complete.accuracy)
    np.testing.assert_array_equal(together.confusion, complete.confusion)


def test_bfloat16_is_near_float32(dataset, tiny):
    first = []
    for bf16 in (False, True):
        recipe = dataclasses.replace(PLAIN, bf16=bf16)
        reported = next(lockstep(prepare({"a": tiny()}, recipe), dataset, recipe, seed=0))
        first.append(reported.arms["a"])
    assert first[0].loss == pytest.approx(first[1].loss, rel=0.01)
    assert first[0].grad_norm == pytest.approx(first[1].grad_norm, rel=0.05)
    assert first[0].loss != first[1].loss


@pytest.mark.parametrize(
    ("nets", "words"),
    [
        ({}, "no network"),
        ({"still": nn.ReLU()}, "still"),
    ],
)
def test_what_cannot_be_trained_is_refused(nets, words):
    with pytest.raises(ValueError, match=words):
        prepare(nets, PLAIN)


@pytest.mark.parametrize("changes", [{"num_classes": 7}, {"num_classes": 0}])
def test_a_network_for_other_classes_is_refused(dataset, tiny, changes):
    arms = prepare({"seven": tiny(**changes)}, PLAIN)
    with pytest.raises(ValueError, match=r"seven.*num_classes=10"):
        next(lockstep(arms, dataset, PLAIN, seed=0))


@pytest.mark.parametrize("norm", ["batch", "layer"])
def test_a_batch_of_one_is_refused_where_the_norm_needs_more(dataset, tiny, norm):
    """torch itself stops in the middle of the first step where a map has one cell."""
    one = dataclasses.replace(PLAIN, batch_size=1)
    arms = prepare({"lonely": tiny(norm=norm)}, one)
    if norm == "batch":
        with pytest.raises(ValueError, match="lonely has batch norm"):
            next(lockstep(arms, dataset, one, seed=0))
    else:
        assert next(lockstep(arms, dataset, one, seed=0))
