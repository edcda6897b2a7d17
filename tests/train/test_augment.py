import dataclasses

import numpy as np
import pytest
import torch
from torchvision.transforms import v2

from convnext_viz.data.randomness import generator, seeded
from convnext_viz.train import augment
from convnext_viz.train.recipe import Recipe

PLAIN = Recipe(batch_size=16, crop_padding=0, flip=False)


@pytest.fixture(scope="module")
def images():
    gen = torch.Generator().manual_seed(0)
    pictures = torch.randint(0, 256, (40, 3, 12, 10), generator=gen, dtype=torch.uint8)
    return pictures.contiguous(memory_format=torch.channels_last)


@pytest.fixture
def source(dataset):
    return augment.source(dataset, torch.device("cpu"))


@pytest.mark.parametrize("padding", [0, 1, 4, 9])
@pytest.mark.parametrize("flip", [False, True])
def test_crop_and_flip_is_what_torchvision_does_to_each_picture(images, padding, flip):
    indices = torch.tensor([3, 39, 0, 7, 7, 21])
    ours = augment.crop_and_flip(
        images, indices, padding=padding, flip=flip, gen=torch.Generator().manual_seed(5)
    )
    gen = torch.Generator().manual_seed(5)
    shift = torch.zeros(2, 6, dtype=torch.int64)
    if padding:
        shift = torch.randint(-padding, padding + 1, (2, 6, 1), generator=gen)[..., 0]
    flipped = torch.rand(6, 1, generator=gen) < 0.5 if flip else torch.zeros(6, 1)
    seen = set()
    for i, index in enumerate(indices):
        one = images[index]
        if padding:
            one = v2.functional.pad(one, [padding] * 4, padding_mode="reflect")
        top, left = (padding + int(shift[0, i])), (padding + int(shift[1, i]))
        one = v2.functional.crop(one, top, left, 12, 10)
        if flipped[i]:
            one = v2.functional.horizontal_flip(one)
        assert torch.equal(ours[i], one)
        seen.add((top, left, bool(flipped[i])))
    assert len(seen) > 1 or not (padding or flip)
    assert ours.is_contiguous(memory_format=torch.channels_last)


def test_normalisation_is_torchvisions(images):
    mean, std = (0.2, 0.5, 0.7), (0.1, 0.2, 0.3)
    oracle = v2.functional.normalize(images.float() / 255, list(mean), list(std))
    torch.testing.assert_close(augment.normalize(images, mean, std), oracle, rtol=1e-5, atol=1e-5)


def test_cutout_sets_one_clipped_square_to_the_mean():
    x = torch.ones(400, 3, 10, 12)
    augment.cutout(x, 4, gen=generator("test"))
    gone = x == 0
    assert torch.equal(gone[:, :1].expand_as(gone), gone)
    areas = set()
    for mask in gone[:, 0]:
        rows, cols = mask.any(1).nonzero().flatten(), mask.any(0).nonzero().flatten()
        assert mask.sum() == len(rows) * len(cols)  # a filled box
        assert 2 <= len(rows) <= 4
        assert 2 <= len(cols) <= 4
        assert len(rows) == 4 or rows.min() == 0 or rows.max() == 9
        areas.add(int(mask.sum()))
    assert {4, 16} <= areas


def test_random_erasing_erases_its_share_with_noise():
    x = torch.full((2000, 3, 16, 16), 9.0)
    augment.random_erasing(x, 0.25, gen=generator("test"))
    gone = (x != 9).all(1)
    hit = gone.any((1, 2))
    assert hit.float().mean() == pytest.approx(0.25, abs=0.03)
    share = gone[hit].float().mean((1, 2))
    assert share.min() > 0.0
    assert share.max() < 0.4
    assert share.mean() == pytest.approx((0.02 + 1 / 3) / 2, abs=0.02)
    noise = x[x != 9]
    assert noise.mean() == pytest.approx(0, abs=0.02)
    assert noise.std() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("kind", ["mixup", "cutmix"])
def test_mixing_is_torchvisions_and_targets_sum_to_one(source, kind):
    recipe = dataclasses.replace(PLAIN, **{kind: 0.8})
    x, labels = torch.randn(16, 3, 16, 16), torch.arange(16) % 10
    ours, targets = augment.mix(x, labels, 10, recipe, seed=11)
    of_kind = {"mixup": v2.MixUp, "cutmix": v2.CutMix}[kind](alpha=0.8, num_classes=10)
    with seeded(11, torch.device("cpu")):
        oracle, of_oracle = of_kind(x, labels)
    assert torch.equal(ours, oracle)
    assert torch.equal(targets, of_oracle)
    torch.testing.assert_close(targets.sum(1), torch.ones(16))
    assert not torch.equal(ours, x)


def test_both_kinds_of_mixing_take_turns_and_some_batches_are_left(source):
    recipe = dataclasses.replace(PLAIN, mixup=1.0, cutmix=1.0, mix_probability=0.8)
    x, labels = torch.rand(4, 3, 8, 8), torch.arange(4)
    kinds = []
    for seed in range(300):
        mixed, targets = augment.mix(x, labels, 10, recipe, seed=seed)
        pasted = torch.isin(mixed, x).all()  # CutMix invents no pixel
        kinds.append("none" if targets.ndim == 1 else "cutmix" if pasted else "mixup")
    counts = {kind: kinds.count(kind) / 300 for kind in set(kinds)}
    assert counts == pytest.approx({"none": 0.2, "mixup": 0.4, "cutmix": 0.4}, abs=0.08)


def test_an_epoch_has_every_picture_once_and_the_next_another_order():
    first = torch.cat([augment.batch_indices(20, 5, seed=1, step=s) for s in range(4)])
    second = torch.cat([augment.batch_indices(20, 5, seed=1, step=s) for s in range(4, 8)])
    assert sorted(first.tolist()) == sorted(second.tolist()) == list(range(20))
    assert first.tolist() != second.tolist()
    assert len(augment.batch_indices(3, 5, seed=1, step=7)) == 3


def test_a_batch_depends_on_seed_and_step_alone(source):
    recipe = Recipe(batch_size=16, mixup=0.5, cutmix=0.5, cutout=4, random_erasing=0.5)
    at_three = augment.draw(source, recipe, seed=1, step=3)
    torch.manual_seed(77)
    torch.rand(5)
    before = torch.get_rng_state()
    again = augment.draw(source, recipe, seed=1, step=3)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(at_three.x, again.x)
    assert torch.equal(at_three.targets, again.targets)
    for seed, step in ((1, 4), (2, 3)):
        assert not torch.equal(at_three.x, augment.draw(source, recipe, seed=seed, step=step).x)
    assert at_three.x.is_contiguous(memory_format=torch.channels_last)


def test_without_augmentation_the_batch_is_the_pictures(source, dataset):
    batch = augment.draw(source, PLAIN, seed=0, step=0)
    indices = augment.batch_indices(90, 16, seed=0, step=0)
    x = dataset.train_images[indices].float() / 255
    oracle = v2.functional.normalize(x, list(dataset.mean), list(dataset.std))
    torch.testing.assert_close(batch.x, oracle, rtol=1e-5, atol=1e-5)
    assert torch.equal(batch.targets, dataset.train_labels[indices])


def test_the_mean_of_a_normalised_set_is_zero(dataset):
    x = augment.normalize(dataset.train_images, dataset.mean, dataset.std)
    np.testing.assert_allclose(x.mean((0, 2, 3)), 0, atol=1e-4)
    np.testing.assert_allclose(x.std((0, 2, 3), correction=0), 1, atol=1e-4)
