"""The recipe's ingredients as they are shown: the paper's numbers, targets, averages, previews."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from convnext_viz.data import sample_image
from convnext_viz.specs import CIFAR
from convnext_viz.train import ema, targets
from convnext_viz.train.findings import FINDINGS
from convnext_viz.train.first_update import first_update
from convnext_viz.train.paper import FURTHER, PAPER, SIZES
from convnext_viz.train.preview import augmented, every_operation, mixed
from convnext_viz.train.rand_augment import OPERATIONS
from convnext_viz.train.recipe import Recipe

# Table 5, left and right, and Table 6, left and right; "–": no such network.
PRINTED = {
    "lr": ["4e-3", "4e-3", "5e-5", "5e-5"],
    "weight_decay": ["0.05", "0.05", "1e-8", "1e-8"],
    "batch_size": ["4096", "4096", "512", "512"],
    "epochs": ["300", "90", "30", "30"],
    "warmup_epochs": ["20", "5", "0", "0"],
    "mixup": ["0.8", "0.8", "0", "0"],
    "cutmix": ["1.0", "1.0", "0", "0"],
    "random_erasing": ["0.25"] * 4,
    "label_smoothing": ["0.1"] * 4,
    "rand_augment": ["9"] * 4,
    "ema_decay": ["0.9999", "0", "0", "0"],
}
DROP_PATH = ["0.1/0.4/0.5/0.5/–", "0.0/0.0/0.1/0.1/0.2", "–/–/0.8/0.95/–", "0.0/0.1/0.2/0.3/0.4"]


def test_the_papers_recipes_are_the_printed_ones() -> None:
    for field, printed in PRINTED.items():
        assert [getattr(one, field) for one in PAPER.values()] == list(map(float, printed)), field
    for further, printed in zip(FURTHER.values(), DROP_PATH, strict=True):
        rates = dict(zip(SIZES, printed.split("/"), strict=True))
        assert further.drop_path == {s: float(rate) for s, rate in rates.items() if rate != "–"}


def test_findings_quote_the_papers_tables() -> None:
    said = {(one.key, one.values.get("old"), one.values.get("new")) for one in FINDINGS}
    assert ("training", "76.13", "78.82 ± 0.07") in said and ("training", "78.20", "81.14") in said
    assert ("average", "81.97 ± 0.06", "82.1") in said
    assert all(one.source for one in FINDINGS)


@pytest.mark.parametrize("epsilon", [0.0, 0.1, 0.4])
def test_the_smoothed_loss_is_torchs(epsilon: float) -> None:
    logits = np.array([2.0, -1.0, 0.5, 3.0], dtype=np.float32)
    soft = targets.smoothed(targets.one_hot(4, 0), epsilon)
    loss = F.cross_entropy(torch.tensor(logits)[None], torch.tensor([0]), label_smoothing=epsilon)
    assert targets.cross_entropy(logits, soft) == pytest.approx(float(loss), abs=1e-6)
    assert soft.sum() == pytest.approx(1)


def test_a_sure_target_has_no_entropy_and_no_minus() -> None:
    assert f"{targets.entropy(targets.one_hot(10, 3)):.3f}" == "0.000"


def test_the_smoothed_loss_is_smallest_at_the_best_gap() -> None:
    soft = targets.smoothed(targets.one_hot(10, 3), 0.1)
    best = targets.best_gap(10, 0.1)

    def loss(gap: float) -> float:
        return targets.cross_entropy(gap * targets.one_hot(10, 3), soft)

    assert loss(best) == pytest.approx(targets.entropy(soft))
    assert loss(best) < min(loss(best - 0.01), loss(best + 0.01))


def test_what_is_left_of_the_initial_weights() -> None:
    shares = list(ema.initial_shares([0.9999] * 6931))
    assert [round(shares[n - 1], 3) for n in (100, 1000, 6931)] == [0.99, 0.905, 0.5]
    assert ema.half_life(0.9999) == pytest.approx(6931, abs=1)
    ramp = list(ema.initial_shares(ema.decay_at(step, 0.9999) for step in range(200)))
    # The product of (1 + s) / (10 + s) is one over a binomial coefficient.
    assert ramp[-1] == pytest.approx(1 / math.comb(209, 9))


def test_the_lag_is_that_of_an_average_of_a_moving_weight() -> None:
    net = torch.nn.Linear(1, 1)
    torch.nn.init.zeros_(net.weight)
    average = ema.averaged(net)
    decays = [ema.decay_at(step, 0.9) for step in range(40)]
    for decay in decays:
        with torch.no_grad():
            net.weight += 1
        ema.update(average, net, decay)
    *_, lag = ema.lags(decays)
    assert float((net.weight - average.weight).detach()) == pytest.approx(lag, rel=1e-5)


@pytest.fixture(scope="module")
def photos() -> list[np.ndarray]:
    names = ("chelsea", "coffee")
    return [np.array(sample_image(name).resize((48, 48))) for name in names]


@pytest.mark.parametrize("kind", ["mixup", "cutmix"])
def test_a_mixed_image_has_the_share_of_its_target(photos: list[np.ndarray], kind: str) -> None:
    one, other = photos
    found = mixed(one, other, Recipe(**{kind: 1.0}), seed=3)
    assert 0 < found.share < 1
    if kind == "mixup":
        expected = found.share * one.astype(float) + (1 - found.share) * other
        assert np.abs(found.image - expected).max() <= 0.51
    else:
        pasted = (found.image != one).any(2)
        assert (found.image[pasted] == other[pasted]).all()
        box = np.argwhere(pasted)
        area = np.prod(box.max(0) - box.min(0) + 1)
        assert found.share == pytest.approx(1 - area / pasted.size, abs=0.02)


def test_operations_are_named_and_erasing_is_counted(photos: list[np.ndarray]) -> None:
    plain = augmented(photos[0], Recipe(rand_augment=0, random_erasing=0), seed=0, draws=2)
    assert all((one.image == photos[0]).all() and not one.operations for one in plain)
    erased = augmented(photos[0], Recipe(rand_augment=0, random_erasing=1), seed=0, draws=4)
    for one in erased:
        assert 0.02 < one.erased < 0.4
        assert (one.image != photos[0]).any(2).mean() == pytest.approx(one.erased, abs=0.02)
    drawn = augmented(photos[0], Recipe(rand_augment=9, random_erasing=0), seed=0, draws=8)
    assert {len(one.operations) for one in drawn} == {0, 1, 2}
    assert all((one.image == photos[0]).all() for one in drawn if not one.operations)
    every = every_operation(photos[0], magnitude=9)
    assert [one.operations[0].name for one in every] == list(OPERATIONS)


def test_layer_scale_scales_the_gradient_of_the_branches_and_not_its_own() -> None:
    x = torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    recipe = Recipe(lr=1e-3, min_lr=0, weight_decay=0, label_smoothing=0)
    small, large = (
        first_update(CIFAR["cifar_ln_gelu"], x, torch.arange(4), recipe, gamma=gamma)
        for gamma in (1e-6, 1e-2)
    )
    ratio = large.gradients["branches"] / small.gradients["branches"]
    assert ratio == pytest.approx(1e4, rel=0.1)
    assert large.gradients["gamma"] == pytest.approx(small.gradients["gamma"], rel=0.1)
    assert small.branch < 1e-4 < large.branch
    # AdamW moves every γ by the learning rate in its first step, here a thousand times its value.
    assert small.gamma_after == pytest.approx(1e-3, rel=0.01)
    assert small.branch_step < large.branch_step <= 1.0
